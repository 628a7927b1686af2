import { toPortalError, type PortalError } from '../shared/portal/errors.ts';
import type { SafetyConfig } from '../shared/station-config.ts';
import type { CommandIntake } from './command-intake.ts';
import type { FollowerArm, JointFeature, JointReading } from './devices/device.ts';
import { parkErrand } from './errand.ts';
import type { Ending, StationPorts } from './ports.ts';
import type { RestPose } from './rest-pose.ts';
import type { Safety } from './safety.ts';
import { startTicker } from './ticker.ts';

/** Readings in a row that may fail before the arm is held. */
const MAX_MISSED_READINGS = 5;

export interface ArmLoopOptions {
  follower: FollowerArm;
  /** Under the limits of the configuration. */
  joints: readonly JointFeature[];
  limits: SafetyConfig;
  rest: RestPose;
  controlHz: number;
  safety: Safety;
  commands: CommandIntake;
  ports: Pick<StationPorts, 'clock' | 'output' | 'log'>;
}

/** The loop of an open arm: a reading in, the safety layer's goals out. Nothing else ever writes to the arm. */
export class ArmLoop {
  readonly safety: Safety;
  readonly commands: CommandIntake;
  readonly #options: ArmLoopOptions;
  #reading: JointReading;
  #missedReadings = 0;
  #fault: string | null = null;
  #isTicking = false;
  #isLeaving = false;
  #lastTick: Promise<void> = Promise.resolve();
  #stop: () => void = () => undefined;

  /** `reading`: the first one, from which the safety layer began. */
  constructor(options: ArmLoopOptions, reading: JointReading) {
    this.#options = options;
    this.#reading = reading;
    this.safety = options.safety;
    this.commands = options.commands;
  }

  /** The last one that did not fail. */
  get reading(): JointReading {
    return this.#reading;
  }

  /** Why the last reading may not be where the arm is; null = it is. */
  get trouble(): string | null {
    return this.#fault ?? (this.#missedReadings > 0 ? 'the arm does not answer' : null);
  }

  /** `onTicked` is called once a step, also while the arm does not answer. */
  run(onTicked: () => void): void {
    const { controlHz, ports } = this.#options;
    let said: object | null = null;
    const ticked = (): void => {
      const { state } = this.safety;
      // An end is told by its own events, which are the last; an arm that still moves is told all the same.
      if (state !== said && (!this.#isLeaving || state.task === 'park')) ports.output.event({ event: 'host_state', state: state.word, reason: state.reason, ...(state.fault === undefined ? {} : { fault: state.fault }) });
      said = state;
      onTicked();
    };
    this.#stop = startTicker(ports.clock, controlHz, () => {
      // A bus that is slower than the loop must not be asked twice at once.
      if (!this.#isTicking) {
        this.#lastTick = this.#tick().then(ticked);
        return;
      }
      this.safety.watch(ports.clock.nowUs());
      ticked();
    });
  }

  /** Before the end, while the loop still runs: holds, and before an orderly end parks the arm where that is configured. True = it is to be let go. */
  async prepareToLeave(how: Ending): Promise<boolean> {
    const { limits, rest, ports } = this.#options;
    this.#isLeaving = true;
    this.commands.drop();
    this.safety.leave();
    const { onExit } = rest;
    if (how === 'failed' || onExit === 'hold') return false;
    if (onExit === 'release') return true;
    ports.output.note('parking; a second Ctrl-C holds the arm where it is');
    const ended = await new Promise<string | null>((resolve) => {
      if (!this.safety.send(parkErrand(rest.pose, limits.align_ms, resolve), ports.clock.nowUs())) resolve(`${this.safety.state.word} ${this.safety.state.reason}`);
    });
    const failure = ended ?? rest.strayed(this.#reading.positions);
    if (failure !== null) ports.log.warn('the arm is held instead of parked', { reason: failure });
    return failure === null;
  }

  /** Ends the loop and lets the arm go, if so asked; its torque stays on otherwise. Rejects when some motor could not be let go. */
  async end(isLetGo: boolean): Promise<void> {
    this.#stop();
    // A goal that is still on its way would switch the torque on again.
    await this.#lastTick;
    if (isLetGo) await this.#options.follower.release();
  }

  async #tick(): Promise<void> {
    const { follower, ports } = this.#options;
    const { clock } = ports;
    this.#isTicking = true;
    try {
      this.#reading = await follower.read();
      this.#missedReadings = 0;
      const nowUs = clock.nowUs();
      this.#hear(this.#reading.fault ?? null, nowUs);
      this.commands.offerDueRow(nowUs);
      this.safety.wrote(await follower.write(this.safety.tick(nowUs, this.#reading.positions)));
      this.commands.ticked();
    } catch (thrown) {
      this.#missed(toPortalError(thrown, 'DEVICE_FAILED'));
    } finally {
      this.#isTicking = false;
    }
  }

  #missed(error: PortalError): void {
    const nowUs = this.#options.ports.clock.nowUs();
    this.#missedReadings += 1;
    if (this.#missedReadings >= MAX_MISSED_READINGS) this.#hear(error, nowUs);
    this.commands.ticked();
  }

  /** What is wrong with the arm now; said once, held as long as it lasts. */
  #hear(fault: PortalError | null, nowUs: number): void {
    if (fault !== null && fault.message !== this.#fault) this.#options.ports.output.event({ event: 'error', ...fault.toJSON() });
    this.#fault = fault?.message ?? null;
    this.safety.setFault(fault, nowUs);
  }
}
