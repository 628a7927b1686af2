import type { PortalMetrics } from '../../shared/portal/metrics.ts';

/** One line of a role's `--json` output. */
export interface LoopEvent {
  event: string;
  [key: string]: unknown;
}

/** Who sent it: each is a process of its own. */
export type LoopPart = 'host' | 'policy' | 'console';

type MetricsEvent = LoopEvent & PortalMetrics & { state?: string; executed?: number | null };

/** What has to have happened for the loop to be closed, and how it stands. */
export interface LoopFacts {
  executed: number;
  observations: number;
  /** The policy gave way to the person. */
  takenOver: boolean;
  /** The person gave control back to the policy. */
  givenBack: boolean;
}

const MISSING: readonly [keyof LoopFacts, string][] = [
  ['executed', 'no action was executed by the robot'],
  ['observations', 'no observation was received'],
  ['takenOver', 'the person never took over from the policy'],
  ['givenBack', 'control was never given back to the policy'],
];

/** Reads the events of all processes and knows how the loop stands. */
export class LoopWatch {
  readonly #policy: string;
  readonly #person: string;
  readonly #observations: Record<LoopPart, number> = { host: 0, policy: 0, console: 0 };
  readonly #facts: LoopFacts = { executed: 0, observations: 0, takenOver: false, givenBack: false };
  readonly #waiting = new Set<() => void>();
  #driver: string | null = null;
  #state = 'starting';
  #replyUs: { p50: number | null; p95: number | null } = { p50: null, p95: null };
  #rate = 0;
  #lastRateAtMs = 0;
  #lastObservations = 0;

  constructor(names: { policy: string; person: string }) {
    this.#policy = names.policy;
    this.#person = names.person;
  }

  take(part: LoopPart, event: LoopEvent, nowMs: number): void {
    if (event.event === 'metrics') this.#takeMetrics(part, event as MetricsEvent, nowMs);
    // The robot's word counts: it decides who drives.
    if (part === 'host' && event.event === 'active_operator') this.#takeDriver(typeof event['identity'] === 'string' ? event['identity'] : null);
    for (const wake of [...this.#waiting]) wake();
  }

  get driver(): string | null {
    return this.#driver;
  }

  get facts(): Readonly<LoopFacts> {
    return this.#facts;
  }

  /** What is missing for a closed loop, as sentences; empty = it is closed. */
  missing(): string[] {
    return MISSING.filter(([fact]) => this.#facts[fact] === 0 || this.#facts[fact] === false).map(([, sentence]) => sentence);
  }

  /** Resolves with true when `holds`, with false at the deadline. Asked again at every event. */
  async until(holds: () => boolean, deadlineMs: number): Promise<boolean> {
    if (holds()) return true;
    return new Promise((resolve) => {
      const settle = (result: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(check);
        resolve(result);
      };
      const check = (): void => {
        if (holds()) settle(true);
      };
      const timer = setTimeout(() => settle(false), deadlineMs);
      this.#waiting.add(check);
    });
  }

  /** The line for a person: state, who drives, observations a second, observation→action p50/p95, age of the picture. */
  statusLine(frameAge: string | null): string {
    const ms = (us: number | null): string => (us === null ? '–' : `${(us / 1000).toFixed(1)}`);
    return [
      this.#state,
      this.#driver === null ? 'nobody drives' : `driven by ${this.#driver}`,
      `${this.#rate.toFixed(1)} observations/s`,
      `observation→action ${ms(this.#replyUs.p50)} / ${ms(this.#replyUs.p95)} ms`,
      `frame age ${frameAge ?? '–'}`,
      `${this.#facts.executed} actions executed`,
    ].join(' · ');
  }

  #takeDriver(identity: string | null): void {
    if (this.#driver === this.#policy && identity === this.#person) this.#facts.takenOver = true;
    if (this.#driver === this.#person && identity === this.#policy) this.#facts.givenBack = true;
    this.#driver = identity;
  }

  #takeMetrics(part: LoopPart, metrics: MetricsEvent, nowMs: number): void {
    this.#observations[part] = metrics.sync.observations_emitted;
    this.#facts.observations = Math.max(...Object.values(this.#observations));
    if (part !== 'host') return;
    this.#state = metrics.state ?? this.#state;
    this.#facts.executed = metrics.executed ?? this.#facts.executed;
    this.#replyUs = { p50: metrics.policy.e2e_us_p50, p95: metrics.policy.e2e_us_p95 };
    const seconds = (nowMs - this.#lastRateAtMs) / 1000;
    if (this.#lastRateAtMs > 0 && seconds > 0.2) this.#rate = Math.max(0, (this.#facts.observations - this.#lastObservations) / seconds);
    this.#lastRateAtMs = nowMs;
    this.#lastObservations = this.#facts.observations;
  }
}
