import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bindArm } from '../../main/devices/feetech/arm-bindings.ts';
import { createArmLookup } from '../../main/devices/feetech/arm-lookup.ts';
import { saveCalibrationFile } from '../../main/devices/feetech/calibration-file.ts';
import { calibrationPath } from '../../main/devices/feetech/calibration-places.ts';
import type { ArmCalibration } from '../../main/devices/feetech/calibration.ts';
import { encodeRegister, REGISTER } from '../../main/devices/feetech/table.ts';
import { createDevices } from '../../main/devices/registry.ts';
import { portKey } from '../../main/devices/serial-ports.ts';
import type { FollowerArm } from '../../main/devices/device.ts';
import { systemClock } from '../../main/system-clock.ts';
import { readTextFile } from '../../main/text-file.ts';
import { SO101_JOINTS } from '../../shared/so101-joints.ts';
import { simulatedArm, TEST_CALIBRATION, type SimulatedArm } from '../fakes/sim-so101-arm.ts';

/** An arm on an adapter without a serial number is known by the name of its port alone, and ports change their arms. */
describe.skipIf(process.platform === 'win32')('an arm that is remembered by its port’s name', () => {
  let folder: string;
  let port: string;
  let arms: SimulatedArm[];
  let follower: FollowerArm | null;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'at-port-'));
    port = join(folder, 'ttyUSB0');
    arms = [];
    follower = null;
  });
  afterEach(async () => {
    await follower?.close();
    for (const { terminal } of arms) terminal.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Plugs in an arm whose motors hold `TEST_CALIBRATION`, the gripper's offset but for `shift` steps. */
  function plugIn(shift: number): { arm: SimulatedArm; writes: number[] } {
    const arm = simulatedArm('follower', systemClock);
    const gripper = arm.sim.servos[5] ?? expect.unreachable();
    gripper.memory.write(REGISTER.homingOffset.address, encodeRegister(REGISTER.homingOffset, gripper.memory.get(REGISTER.homingOffset) + shift));
    const writes: number[] = [];
    arm.sim.onWrite = ({ address }) => { writes.push(address); };
    arms.push(arm);
    rmSync(port, { force: true });
    symlinkSync(arm.terminal.path, port);
    return { arm, writes };
  }

  function setUp(calibration: ArmCalibration): FollowerArm {
    const root = join(folder, 'calibration');
    saveCalibrationFile(calibrationPath('follower', 'mine', root), calibration, systemClock.nowUs());
    const key = portKey({ path: port, vendorId: '1a86', productId: '7523', serialNumber: null, manufacturer: null });
    expect(key).toBe(port);
    bindArm(join(folder, 'data'), { port: key, kind: 'follower', id: 'mine' });
    const lookup = createArmLookup(join(folder, 'data'), { HF_LEROBOT_CALIBRATION: root });
    const file = lookup.calibration('follower', lookup.port('follower', null), null);
    const fields = SO101_JOINTS.map(({ name }) => ({ name, dtype: 'f32' as const }));
    follower = createDevices(systemClock, { jpeg: null, webcams: null }).follower({ port: key, calibration: { file, text: readTextFile(file) }, units: 'degrees' }, fields);
    return follower;
  }

  it('is opened when it is this one, and another one in its place is refused before a byte is written', async () => {
    plugIn(0);
    const mine = setUp(TEST_CALIBRATION);
    await mine.open();
    await mine.close();
    const { arm, writes } = plugIn(1);
    await expect(mine.open()).rejects.toMatchObject({ code: 'CALIBRATION_MISMATCH', message: expect.stringContaining(port) as unknown, details: { got: 'gripper.homing_offset 51 instead of 50', fix: expect.stringContaining('Another arm may be on this port') as unknown } });
    expect([writes, arm.sim.servos.some(({ isHolding }) => isHolding)]).toEqual([[], false]);
  });

  it('is not mistaken for another one that is plugged in while the host runs, and goes on when it is back', async () => {
    const first = plugIn(0);
    const mine = setUp(TEST_CALIBRATION);
    await mine.open();
    const { positions } = await mine.read();
    const outcome = (): Promise<string> => mine.read().then(() => 'read', (error: { code: string }) => error.code);
    first.arm.terminal.close();
    await expect.poll(outcome, { timeout: 10_000 }).toBe('PORT_LOST');
    const other = plugIn(-3);
    await expect.poll(outcome, { timeout: 10_000 }).toBe('CALIBRATION_MISMATCH');
    await expect(mine.write(positions)).rejects.toMatchObject({ code: 'CALIBRATION_MISMATCH' });
    expect([other.writes, other.arm.sim.servos.some(({ isHolding }) => isHolding)]).toEqual([[], false]);
    other.arm.terminal.close();
    plugIn(0);
    await expect.poll(outcome, { timeout: 10_000 }).toBe('read');
  });
});
