import type { ArmLeft } from '../shared/arm-left.ts';
import { toPortalError, type PortalError } from '../shared/portal/errors.ts';
import type { HostState } from '../shared/portal/host-state.ts';
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
  /** What becomes of the arm at the end, as far as it is known. */
  #left: ArmLeft = { torque: 'on', insteadOf: null, reason: '' };
  #isLeftTold = false;
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

  /** Before the end, while the loop still runs: holds, and before an orderly end parks the arm where that is configured. `end` then lets it go, or not. */
  async prepareToLeave(how: Ending): Promise<void> {
    const { limits, rest, ports } = this.#options;
    this.#isLeaving = true;
    this.commands.drop();
    this.safety.leave();
    const { onExit } = rest;
    if (onExit === 'hold') return;
    if (how === 'failed') return this.#willHold('the robot host ended because something failed');
    if (onExit === 'release') return this.#willLetGo();
    ports.output.note('parking; a second Ctrl-C holds the arm where it is');
    const ended = await new Promise<string | null>((resolve) => {
      if (!this.safety.send(parkErrand(rest.pose, limits.align_ms, resolve), ports.clock.nowUs())) resolve(reasonAgainst(this.safety.state));
    });
    const failure = ended ?? rest.strayed(this.#reading.positions);
    if (failure === null) this.#willLetGo();
    else this.#willHold(failure);
  }

  /** Ends the loop, lets the arm go where that is due, and says how it was left. Rejects when some motor could not be let go. */
  async end(): Promise<void> {
    this.#stop();
    // A goal that is still on its way would switch the torque on again.
    await this.#lastTick;
    try {
      if (this.#left.torque === 'off') await this.#options.follower.release();
    } catch (thrown) {
      this.#left = { torque: 'unknown', insteadOf: this.#exitAction, reason: toPortalError(thrown).message };
      throw thrown;
    } finally {
      this.#tellLeft();
    }
  }

  /** The process ends this instant: says how the arm is left by that. */
  abandon(reason: string): void {
    this.#willHold(reason);
    this.#tellLeft();
  }

  get #exitAction(): ArmLeft['insteadOf'] {
    const { onExit } = this.#options.rest;
    return onExit === 'hold' ? null : onExit;
  }

  #willLetGo(): void {
    this.#left = { torque: 'off', insteadOf: null, reason: '' };
  }

  #willHold(reason: string): void {
    const insteadOf = this.#exitAction;
    this.#left = { torque: 'on', insteadOf, reason: insteadOf === null ? '' : reason };
  }

  #tellLeft(): void {
    if (this.#isLeftTold) return;
    this.#isLeftTold = true;
    const { torque, insteadOf, reason } = this.#left;
    this.#options.ports.output.event({ event: 'arm_left', torque, instead_of: insteadOf, reason });
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

function reasonAgainst({ word, reason }: HostState): string {
  return word === 'STOPPED' ? `STOP ${reason}` : reason;
}
