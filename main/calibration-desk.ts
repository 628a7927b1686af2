import type { CalibrationReport } from '../shared/portal/host-state.ts';
import type { Clock } from '../shared/portal/clock.ts';
import type { Calibration } from './devices/device.ts';
import type { Errand } from './errand.ts';

/** Long enough to be seen, short enough not to be waited for; the slew limit may make it longer. */
const LEAST_LEG_MS = 700;
/** A reply leaves this much before its caller gives up. */
const REPLY_MARGIN_MS = 500;

/** The host's one calibration: starts it, and tells whoever asks how far it is or how it ended. */
export class CalibrationDesk {
  readonly #clock: Clock;
  readonly #prepare: () => Calibration;
  #running: { calibration: Calibration; doing: string } | null = null;
  #last: CalibrationReport = { state: 'never' };
  readonly #waiting = new Set<() => void>();

  /** `prepare`: the arm's own way to calibrate, anew. */
  constructor(clock: Clock, prepare: () => Calibration) {
    this.#clock = clock;
    this.#prepare = prepare;
  }

  get report(): CalibrationReport {
    return this.#running === null ? this.#last : { state: 'running', doing: this.#running.doing };
  }

  get isRunning(): boolean {
    return this.#running !== null;
  }

  /** What the safety layer is to carry out; only with a call of `ended` by it another one can begin. */
  begin(): Errand {
    const calibration = this.#prepare();
    const run = { calibration, doing: '' };
    return {
      task: 'calibrate',
      next: (present) => {
        this.#running = run;
        const step = calibration.next(present);
        if (step !== null) run.doing = step.doing;
        return step === null ? null : { ...step, leastMs: LEAST_LEG_MS };
      },
      ended: (reason) => {
        this.#running = null;
        this.#last = reason === null ? { state: 'done', ranges: rounded(calibration.ranges), finishedUs: this.#clock.nowUs() } : { state: 'ended', reason };
        for (const tell of [...this.#waiting]) tell();
      },
    };
  }

  /** The report once nothing runs any more, or at the latest just before a caller that waits `timeoutMs` gives up. */
  settled(timeoutMs: number): Promise<CalibrationReport> {
    if (this.#running === null) return Promise.resolve(this.report);
    return new Promise((resolve) => {
      const tell = (): void => {
        cancel();
        this.#waiting.delete(tell);
        resolve(this.report);
      };
      const cancel = this.#clock.after(Math.max(0, timeoutMs - REPLY_MARGIN_MS), tell);
      this.#waiting.add(tell);
    });
  }
}

function rounded(ranges: Calibration['ranges']): Record<string, { min: number; max: number }> {
  const cut = (value: number): number => Math.round(value * 100) / 100;
  return Object.fromEntries(Object.entries(ranges).map(([joint, { min, max }]) => [joint, { min: cut(min), max: cut(max) }]));
}
