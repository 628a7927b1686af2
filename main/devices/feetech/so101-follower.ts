import type { ArmHealth } from '../../../shared/portal/arm-health.ts';
import type { Clock } from '../../../shared/portal/clock.ts';
import { PortalError, toPortalError } from '../../../shared/portal/errors.ts';
import { RPC_CODE } from '../../../shared/portal/names.ts';
import type { ArmWarning, FollowerArm, JointFeature, JointReading } from '../device.ts';
import { holdMotor, releaseMotor, setUpMotors } from './arm-setup.ts';
import type { FeetechBus } from './bus.ts';
import { toJointValue, toSteps } from './normalise.ts';
import { LATCHED_FAULT_BITS, MOTION_FAULT_BITS, servoFault } from './servo-faults.ts';
import { So101Line } from './so101-line.ts';
import type { So101Joint } from './so101-motors.ts';
import { REGISTER } from './table.ts';
import { TorqueWatch } from './torque-watch.ts';

/** An SO-101 (or SO-100) follower on its bus. It holds where it is found, and keeps holding when the program leaves. */
export class So101Follower implements FollowerArm {
  readonly features: readonly JointFeature[];
  readonly #line: So101Line;
  readonly #torque: TorqueWatch;
  #wasOpen = false;

  constructor(bus: FeetechBus, joints: readonly So101Joint[], calibrationFile: string, clock: Clock, warn: ArmWarning = () => undefined) {
    this.features = joints.map(({ feature }) => feature);
    this.#torque = new TorqueWatch(bus, joints, clock);
    this.#line = new So101Line(bus, joints, calibrationFile, clock, { prepare: () => this.#prepare(), warn });
  }

  /** A port that came back: what let go meanwhile is in somebody's hands, perhaps, and stays free until it is asked for. */
  async #prepare(): Promise<void> {
    if (this.#wasOpen) await this.#torque.look();
    if (this.#torque.fault === null) await this.#takeHold();
    this.#wasOpen = true;
  }

  async #takeHold(): Promise<void> {
    const { bus, joints } = this.#line;
    await setUpMotors(bus, joints, 'follower', (id) => this.#torque.letsGo(id));
    for (const { id } of joints) await holdMotor(bus, id);
    this.#torque.forget();
  }

  /** Also ends an overload: torque off and on is what clears it in the servo. */
  async rearm(): Promise<void> {
    this.#line.mustBeOpen();
    const { bus, joints } = this.#line;
    for (const { id } of joints) {
      if ((bus.errorBits(id) & LATCHED_FAULT_BITS) === 0) continue;
      // Before, not after: the loop goes on meanwhile, and its goal is from where the joint stood before it sank.
      this.#torque.letsGo(id);
      await releaseMotor(bus, id);
    }
    await this.#takeHold();
  }

  /** What this motor measured last, against its own limits. */
  #figures(id: number): string {
    const motor = this.#line.health?.motors.find((one) => one.id === id);
    if (motor === undefined) return '';
    const { volts, celsius, loadPercent, limits } = motor;
    return `${volts.toFixed(1)} V, ${limits.minVolts.toFixed(1)} to ${limits.maxVolts.toFixed(1)} V allowed, ${celsius} °C of at most ${limits.celsius}, load ${Math.abs(loadPercent).toFixed(0)} %`;
  }

  get health(): ArmHealth | null {
    const { health } = this.#line;
    if (health === null) return null;
    // A motor without torque measures nothing wrong with itself.
    return { ...health, motors: health.motors.map((motor) => (this.#torque.hasLost(motor.id) ? { ...motor, faults: ['torque_lost', ...motor.faults] } : motor)) };
  }

  open(): Promise<void> {
    return this.#line.open();
  }

  close(): Promise<void> {
    this.#wasOpen = false;
    this.#torque.forget();
    return this.#line.close();
  }

  /** `fault` names the first servo that must not be driven on. */
  async read(): Promise<JointReading> {
    const { steps, timestampUs } = await this.#line.readSteps();
    await this.#torque.lookInTime();
    const positions: Record<string, number> = {};
    let fault: PortalError | null = null;
    for (const { id, motor, norm, calibration, feature } of this.#line.joints) {
      positions[feature.name] = toJointValue(steps.get(id) ?? 0, norm, calibration);
      fault ??= servoFault(`motor ${id} (${motor})`, this.#line.bus.errorBits(id) & MOTION_FAULT_BITS, this.#figures(id));
    }
    return { positions, timestampUs, fault: fault ?? this.#torque.fault };
  }

  /** Throws NOT_SUPPORTED: an arm whose limits are unknown must be led to them by hand, never by its own motors. */
  calibration(): never {
    throw new PortalError('NOT_SUPPORTED', 'this arm is not calibrated by its own motion', {
      fix: 'Calibrate it by hand: npm run calibrate.', rpcCode: RPC_CODE.applicationError,
    });
  }

  /** Torque off on every motor. One that does not answer keeps none of the others powered; it is named afterwards. */
  async release(): Promise<void> {
    this.#line.mustBeOpen();
    const failures: string[] = [];
    for (const { id, motor } of this.#line.joints) {
      await releaseMotor(this.#line.bus, id).catch((thrown: unknown) => failures.push(`motor ${id} (${motor}): ${toPortalError(thrown).message}`));
    }
    if (failures.length > 0) throw new PortalError('DEVICE_FAILED', 'some motors could not be let go', { expected: 'torque off', got: failures.join('; '), fix: 'Switch the power of the arm off before you touch it.' });
  }

  /** Returns the goals in whole steps and inside the calibrated range, as they were sent; a motor that let go gets none. */
  async write(goals: Readonly<Record<string, number>>): Promise<Record<string, number>> {
    this.#line.mustBeOpen();
    const steps = new Map<number, number>();
    const applied: Record<string, number> = {};
    for (const [name, value] of Object.entries(goals)) {
      const joint = this.#line.joints.find(({ feature }) => feature.name === name);
      if (joint === undefined) throw new PortalError('DEVICE_FAILED', `The arm has no joint ${name}`, { expected: this.features.map((feature) => feature.name).join(', '), got: name });
      if (!Number.isFinite(value)) throw new PortalError('DEVICE_FAILED', `The goal of ${name} is not a number`, { got: String(value) });
      if (this.#torque.hasLost(joint.id)) continue;
      const goal = toSteps(value, joint.norm, joint.calibration);
      steps.set(joint.id, goal);
      applied[name] = toJointValue(goal, joint.norm, joint.calibration);
    }
    if (steps.size > 0) await this.#line.bus.syncWrite(REGISTER.goalPosition, steps);
    return applied;
  }
}
