import type { ArmJoint, CalibrationPhase } from '../../../shared/arm-setup.ts';
import type { Clock } from '../../../shared/portal/clock.ts';
import { PortalError } from '../../../shared/portal/errors.ts';
import { checkMotors } from './arm-check.ts';
import { releaseMotor } from './arm-setup.ts';
import type { FeetechBus } from './bus.ts';
import type { ArmCalibration } from './calibration.ts';
import { saveCalibrationFile, type SavedCalibration } from './calibration-file.ts';
import { checkSweeps, gripperDriveMode, homingOffset, spanWarnings, withinTurn } from './calibration-guards.ts';
import { applyCalibration } from './calibration-apply.ts';
import { RangeSweep } from './range-sweep.ts';
import { SO101_IDS, type So101Motor } from './so101-motors.ts';
import { PHASE_MULTI_TURN, REGISTER, STEPS_PER_TURN } from './table.ts';

const IDS = SO101_IDS.map(({ id }) => id);
/** As many as lerobot takes while a range is recorded: a hand on the arm shakes its cables. */
const SWEEP_RETRIES = 5;
/** A joint moved by so much was moved, about 4°. */
const MOVED_STEPS = 50;

/** One joint as it stands. Before the sweep min and max are the position. */
export interface JointProgress extends ArmJoint {
  motor: So101Motor;
}

export interface CalibrationOutcome {
  calibration: ArmCalibration;
  saved: SavedCalibration;
  warnings: readonly string[];
}

/**
 * Calibrates an SO-101 arm with a person's hands, as lerobot does: middle, sweep, then ranges. Offsets are worked out here while
 * the arm is moved, and everything is written at the end: whoever leaves before, or loses power, leaves the motors' calibration
 * as it was. Every step that is refused throws and stays where it is.
 */
export class CalibrationRun {
  readonly #bus: FeetechBus;
  readonly #clock: Clock;
  readonly #path: string;
  readonly #partner: ArmCalibration | null;
  #phase: CalibrationPhase = 'ready';
  /** What the servos take off their encoder now, and what they will. */
  #heldOffsets = new Map<number, number>();
  #offsets = new Map<number, number>();
  #sweeps: RangeSweep[] = [];
  /** Where each joint stood when it was written, as it reads since then. */
  #checkedFrom: ReadonlyMap<number, number> = new Map();
  readonly #moved = new Set<number>();
  #outcome: CalibrationOutcome | null = null;

  /** `path`: where the file goes. `partner`: the other arm of the pair, to be compared with. The bus is open. */
  constructor(bus: FeetechBus, clock: Clock, options: { path: string; partner: ArmCalibration | null }) {
    this.#bus = bus;
    this.#clock = clock;
    this.#path = options.path;
    this.#partner = options.partner;
  }

  get phase(): CalibrationPhase {
    return this.#phase;
  }

  /** From `check` on. */
  get outcome(): CalibrationOutcome | null {
    return this.#outcome;
  }

  /** Checks the motors, then lets the arm go limp. Rejects as `checkMotors` before anything was changed, or with CALIBRATION_REFUSED. */
  async release(): Promise<void> {
    this.#require('ready');
    await checkMotors(this.#bus, SO101_IDS);
    for (const { id, motor } of SO101_IDS) {
      await releaseMotor(this.#bus, id);
      await this.#oneTurn(id, motor);
      if ((await this.#bus.read(id, REGISTER.operatingMode)) !== 0) await this.#bus.write(id, REGISTER.operatingMode, 0);
      this.#heldOffsets.set(id, await this.#bus.read(id, REGISTER.homingOffset));
    }
    this.#phase = 'middle';
  }

  /** Reads every joint; while sweeping, their ranges grow with it. Rejects as `syncRead`; the next call goes on where this one failed. */
  async sample(): Promise<JointProgress[]> {
    const present = await this.#bus.syncRead(IDS, REGISTER.presentPosition, SWEEP_RETRIES);
    if (this.#phase === 'check') return this.#checked(present);
    return SO101_IDS.map(({ id, motor }, index) => {
      const position = this.#position(id, present.get(id) ?? 0);
      const sweep = this.#phase === 'sweep' || this.#phase === 'gripper' ? this.#sweeps[index] : undefined;
      if (this.#phase === 'sweep') sweep?.push(position);
      return { motor, position, min: sweep?.min ?? position, max: sweep?.max ?? position, problem: sweep?.problem ?? null, hasMoved: false };
    });
  }

  /** Every joint stands in the middle of its travel. */
  async confirmMiddle(): Promise<void> {
    this.#require('middle');
    const present = await this.#bus.syncRead(IDS, REGISTER.presentPosition, SWEEP_RETRIES);
    this.#offsets = new Map(IDS.map((id) => [id, homingOffset(this.#actual(id, present.get(id) ?? 0))]));
    this.#sweeps = SO101_IDS.map(({ motor, id }) => new RangeSweep(motor, this.#position(id, present.get(id) ?? 0)));
    this.#phase = 'sweep';
  }

  /** Every joint went from stop to stop. Throws CALIBRATION_REFUSED naming those that did not. */
  confirmSweep(): void {
    this.#require('sweep');
    checkSweeps(this.#sweeps);
    this.#phase = 'gripper';
  }

  /**
   * The gripper is closed: saves the file, writes the motors, and reads them back. Rejects with CALIBRATION_REFUSED, or as the
   * bus or the file system does; then file and motors are as before wherever that could still be done, and the message says where not.
   */
  async confirmGripper(): Promise<CalibrationOutcome> {
    this.#require('gripper');
    const before = await this.#bus.syncRead(IDS, REGISTER.presentPosition, SWEEP_RETRIES);
    const calibration = this.#calibration(before);
    const expected = new Map(IDS.map((id) => [id, this.#position(id, before.get(id) ?? 0)]));
    const saved = saveCalibrationFile(this.#path, calibration, this.#clock.nowUs());
    await applyCalibration(this.#bus, calibration, { expected, undoFile: saved });
    // From here on nothing is left that could fail: a reading that is lost must not have the motors written once more, from offsets of before.
    this.#outcome = { calibration, saved, warnings: this.#partner === null ? [] : spanWarnings(calibration, this.#partner) };
    this.#checkedFrom = expected;
    this.#phase = 'check';
    return this.#outcome;
  }

  /** One step back; what was found by the step that is left is forgotten. */
  back(): void {
    if (this.#phase === 'sweep') this.#phase = 'middle';
    else if (this.#phase === 'gripper') this.#phase = 'sweep';
  }

  #calibration(present: ReadonlyMap<number, number>): ArmCalibration {
    return Object.fromEntries(
      SO101_IDS.map(({ id, motor }, index) => {
        const range = this.#sweeps[index]?.range ?? { rangeMin: 0, rangeMax: STEPS_PER_TURN - 1 };
        const driveMode = motor === 'gripper' ? gripperDriveMode(this.#position(id, present.get(id) ?? 0), range) : 0;
        return [motor, { id, driveMode, homingOffset: this.#offsets.get(id) ?? 0, ...range }] as const;
      }),
    );
  }

  #checked(present: ReadonlyMap<number, number>): JointProgress[] {
    return SO101_IDS.map(({ id, motor }) => {
      const position = present.get(id) ?? 0;
      if (Math.abs(position - (this.#checkedFrom.get(id) ?? position)) > MOVED_STEPS) this.#moved.add(id);
      const { rangeMin, rangeMax } = this.#outcome?.calibration[motor] ?? { rangeMin: 0, rangeMax: STEPS_PER_TURN - 1 };
      return { motor, position, min: rangeMin, max: rangeMax, problem: null, hasMoved: this.#moved.has(id) };
    });
  }

  #actual(id: number, present: number): number {
    return withinTurn(present + (this.#heldOffsets.get(id) ?? 0));
  }

  /** As the joint will read once its new offset is written. In `middle`, where there is none yet, as its encoder stands. */
  #position(id: number, present: number): number {
    return this.#phase === 'middle' && this.#offsets.size === 0 ? this.#actual(id, present) : withinTurn(this.#actual(id, present) - (this.#offsets.get(id) ?? 0));
  }

  /** With multi-turn feedback on, positions leave 0–4095 and no offset fits them. */
  async #oneTurn(id: number, motor: So101Motor): Promise<void> {
    const phase = await this.#bus.read(id, REGISTER.phase);
    if ((phase & PHASE_MULTI_TURN) !== 0) await this.#bus.write(id, REGISTER.phase, phase & ~PHASE_MULTI_TURN);
    const present = await this.#bus.read(id, REGISTER.presentPosition);
    if (Math.abs(present) < STEPS_PER_TURN) return;
    throw new PortalError('CALIBRATION_REFUSED', `motor ${id} (${motor}) counts several turns`, {
      expected: `a position from 0 to ${STEPS_PER_TURN - 1}`, got: String(present), fix: 'Its setting was put right just now: switch the power of the arm off and on, then begin again.',
    });
  }

  #require(phase: CalibrationPhase): void {
    if (this.#phase !== phase) throw new PortalError('USAGE', 'this step of the calibration is not next', { expected: this.#phase, got: phase });
  }
}

