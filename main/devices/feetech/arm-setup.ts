import type { FeetechBus } from './bus.ts';
import type { So101Joint } from './so101-motors.ts';
import { PHASE_MULTI_TURN, REGISTER, type Register } from './table.ts';

type Setting = readonly [Register, number];

/** What every servo of an arm is set to, as lerobot does. */
const COMMON: readonly Setting[] = [[REGISTER.returnDelayTime, 0], [REGISTER.maximumAcceleration, 254], [REGISTER.acceleration, 254], [REGISTER.operatingMode, 0]];
/** A softer position loop than the factory's: less shaking. */
const FOLLOWER: readonly Setting[] = [[REGISTER.pCoefficient, 16], [REGISTER.iCoefficient, 0], [REGISTER.dCoefficient, 32]];
/** A gripper closes on things: with full force it would burn out. */
const FOLLOWER_GRIPPER: readonly Setting[] = [[REGISTER.maxTorqueLimit, 500], [REGISTER.protectionCurrent, 250], [REGISTER.overloadTorque, 25]];

/**
 * Brings the servos' settings to what the arm needs. Reads first and writes only what differs: the lasting memory wears out, and
 * a write needs torque off, which lets the arm sink. `onRelease` is told before each motor that has to let go.
 */
export async function setUpMotors(bus: FeetechBus, joints: readonly So101Joint[], kind: 'leader' | 'follower', onRelease: (id: number) => void = () => undefined): Promise<void> {
  for (const joint of joints) {
    const changes = await differing(bus, joint, settingsOf(joint, kind));
    if (changes.length === 0) continue;
    onRelease(joint.id);
    await releaseMotor(bus, joint.id);
    for (const [register, value] of changes) await bus.write(joint.id, register, value);
  }
}

/** Torque off, settings open for writing. */
export async function releaseMotor(bus: FeetechBus, id: number): Promise<void> {
  await bus.write(id, REGISTER.torqueEnable, 0, 5);
  await bus.write(id, REGISTER.lock, 0, 5);
}

/** Torque on where the motor stands: the goal is written first, so that it does not run to an old one. */
export async function holdMotor(bus: FeetechBus, id: number): Promise<void> {
  if ((await bus.read(id, REGISTER.torqueEnable)) !== 1) {
    await bus.write(id, REGISTER.goalPosition, await bus.read(id, REGISTER.presentPosition));
    await bus.write(id, REGISTER.torqueEnable, 1);
  }
  await bus.write(id, REGISTER.lock, 1);
}

function settingsOf({ motor }: So101Joint, kind: 'leader' | 'follower'): Setting[] {
  if (kind === 'leader') return [...COMMON];
  return [...COMMON, ...FOLLOWER, ...(motor === 'gripper' ? FOLLOWER_GRIPPER : [])];
}

async function differing(bus: FeetechBus, { id }: So101Joint, settings: readonly Setting[]): Promise<Setting[]> {
  const changes: Setting[] = [];
  const phase = await bus.read(id, REGISTER.phase);
  if ((phase & PHASE_MULTI_TURN) !== 0) changes.push([REGISTER.phase, phase & ~PHASE_MULTI_TURN]);
  for (const [register, value] of settings) if ((await bus.read(id, register)) !== value) changes.push([register, value]);
  return changes;
}
