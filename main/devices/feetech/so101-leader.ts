import type { ArmHealth } from '../../../shared/portal/arm-health.ts';
import type { Clock } from '../../../shared/portal/clock.ts';
import type { ArmWarning, JointFeature, JointReading, MotorisedLeader } from '../device.ts';
import { holdMotor, releaseMotor, setUpMotors } from './arm-setup.ts';
import type { FeetechBus } from './bus.ts';
import { toJointValue, toSteps } from './normalise.ts';
import { So101Line } from './so101-line.ts';
import type { So101Joint } from './so101-motors.ts';
import { REGISTER } from './table.ts';

/** Of full force while the leader moves by itself, ×0.1 %: a hand is stronger. */
const GUIDE_TORQUE = 400;

/** An SO-101 (or SO-100) leader on its bus: free to be moved and only read, but for the moments in which it is brought to a pose. */
export class So101Leader implements MotorisedLeader {
  readonly features: readonly JointFeature[];
  readonly #line: So101Line;
  #isDriven = false;
  #turn: Promise<void> = Promise.resolve();

  constructor(bus: FeetechBus, joints: readonly So101Joint[], calibrationFile: string, clock: Clock, warn: ArmWarning = () => undefined) {
    this.features = joints.map(({ feature }) => feature);
    this.#line = new So101Line(bus, joints, calibrationFile, clock, {
      prepare: async () => {
        // One that comes back was unplugged while it was driven, and is let go here.
        this.#isDriven = false;
        await setUpMotors(bus, joints, 'leader');
        for (const { id } of joints) await releaseMotor(bus, id);
      },
      warn,
    });
  }

  get health(): ArmHealth | null {
    return this.#line.health;
  }

  open(): Promise<void> {
    return this.#line.open();
  }

  async close(): Promise<void> {
    if (this.#isDriven) await this.letGo();
    await this.#line.close();
  }

  drive(pose: Readonly<Record<string, number>>): Promise<void> {
    return this.#inTurn(() => this.#driveNow(pose));
  }

  letGo(): Promise<void> {
    return this.#inTurn(async () => {
      this.#isDriven = false;
      // One motor that does not answer must not keep the others under torque; opening the arm again releases them all.
      for (const { id } of this.#line.joints) await this.#freeMotor(id).catch(() => undefined);
    });
  }

  /** Values beyond a joint's range are cut: a person's hand may go further than the calibration did. */
  async read(): Promise<JointReading> {
    const { steps, timestampUs } = await this.#line.readSteps();
    const positions = this.#line.joints.map(({ id, norm, calibration, feature: { name, min, max } }) => [name, Math.min(max, Math.max(min, toJointValue(steps.get(id) ?? 0, norm, calibration)))] as const);
    return { positions: Object.fromEntries(positions), timestampUs };
  }

  async #driveNow(pose: Readonly<Record<string, number>>): Promise<void> {
    this.#line.mustBeOpen();
    const { bus, joints } = this.#line;
    if (!this.#isDriven) {
      this.#isDriven = true;
      for (const { id } of joints) {
        await bus.write(id, REGISTER.torqueLimit, GUIDE_TORQUE);
        await holdMotor(bus, id);
      }
    }
    const steps = joints.flatMap(({ id, norm, calibration, feature }) => {
      const value = pose[feature.name];
      return value === undefined || !Number.isFinite(value) ? [] : [[id, toSteps(value, norm, calibration)] as const];
    });
    if (steps.length > 0) await bus.syncWrite(REGISTER.goalPosition, new Map(steps));
  }

  /** Without its full force it would be too weak for whatever it is used for next. */
  async #freeMotor(id: number): Promise<void> {
    const { bus } = this.#line;
    await releaseMotor(bus, id);
    await bus.write(id, REGISTER.torqueLimit, await bus.read(id, REGISTER.maxTorqueLimit));
  }

  /** Torque that comes on while another call takes it off would stay on. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}
