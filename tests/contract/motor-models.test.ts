import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkMotors } from '../../main/devices/feetech/arm-check.ts';
import { identifyArms } from '../../main/devices/feetech/arm-finder.ts';
import { ArmDesk } from '../../main/devices/feetech/arm-desk.ts';
import { FeetechBus } from '../../main/devices/feetech/bus.ts';
import { SO101_IDS } from '../../main/devices/feetech/so101-motors.ts';
import { So101Follower } from '../../main/devices/feetech/so101-follower.ts';
import { So101Leader } from '../../main/devices/feetech/so101-leader.ts';
import { REGISTER } from '../../main/devices/feetech/table.ts';
import { SerialLink } from '../../main/devices/serial-link.ts';
import { simulatedPorts } from '../../main/devices/serial-ports.ts';
import { runBusCommand } from '../../main/devices/sim-bus/sim-bus-commands.ts';
import { systemClock } from '../../main/system-clock.ts';
import { simulatedArm, type SimulatedArm } from '../fakes/sim-so101-arm.ts';

/** A batch of STS3215, seen in the field, and a clone. */
const OTHER_BATCH = 778;
const CLONE = 1540;

describe.skipIf(process.platform === 'win32')('servos of another model number', () => {
  let arm: SimulatedArm;
  let heard: string[];
  const type = (line: string): string => runBusCommand(line, { bus: arm.sim, clock: systemClock, unplug: () => { arm.terminal.close(); } });
  beforeEach(() => {
    arm = simulatedArm('follower', systemClock);
    heard = [];
  });
  afterEach(async () => {
    await arm.bus.close();
    arm.terminal.close();
  });
  const warn = (sentence: string): void => { heard.push(sentence); };

  it('are driven like any other, and one warning names motor, numbers and what to check', async () => {
    type(`model 2 ${CLONE}`);
    const follower = new So101Follower(arm.bus, arm.joints, 'arm.json', systemClock, warn);
    await follower.open();
    expect(heard).toEqual([expect.stringMatching(/^motor 2 \(shoulder_lift\) on .* says it is model 1540, not STS3215 \(777\);.*registers.*4096 steps.*supply/u)]);
    const { positions } = await follower.read();
    await follower.write(positions);
    expect(arm.sim.servos.every(({ isHolding }) => isHolding)).toBe(true);
    await follower.close();
    await follower.open();
    expect(heard, 'the same arm again').toHaveLength(1);
    await follower.close();
  });

  it('are one warning for all six, on a leader too, and keep their number without power', async () => {
    for (const { id } of SO101_IDS) type(`model ${id} ${OTHER_BATCH}`);
    type('brownout');
    const leader = new So101Leader(arm.bus, arm.joints, 'arm.json', systemClock, warn);
    await leader.open();
    expect(heard).toEqual([expect.stringContaining('motors 1 (shoulder_pan), 2 (shoulder_lift), 3 (elbow_flex), 4 (wrist_flex), 5 (wrist_roll), 6 (gripper)')]);
    await leader.close();
  });

  it('may have a firmware of their own beside an STS3215, but not two among themselves', async () => {
    type(`model 4 ${CLONE}`);
    arm.sim.servos[3]?.memory.set(REGISTER.firmwareMinor, 1);
    await arm.bus.open(() => undefined);
    expect(await checkMotors(arm.bus, SO101_IDS)).toHaveLength(1);
    type(`model 5 ${CLONE}`);
    await expect(checkMotors(arm.bus, SO101_IDS)).rejects.toMatchObject({ code: 'FIRMWARE_MIXED', details: { got: '3.1: wrist_flex; 3.10: wrist_roll' } });
  });

  it('are found as an arm by whoever asks the ports, but not servos of the SCS series', async () => {
    for (const { id } of SO101_IDS) type(`model ${id} ${CLONE}`);
    const port = { path: arm.terminal.path, vendorId: '1a86', productId: '55d3', serialNumber: null, manufacturer: null };
    const ask = async (): Promise<unknown> => (await identifyArms([port], (path) => new SerialLink(path), systemClock))[0];
    expect(await ask()).toMatchObject({ motors: [1, 2, 3, 4, 5, 6], kind: 'follower', error: null });
    type(`model 3 ${0x0405}`);
    expect(await ask()).toMatchObject({ motors: [1, 2, 4, 5, 6], kind: null, error: null });
  });

  it('are told of in the window while an arm is set up', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'models-'));
    const ports = join(folder, 'ports');
    mkdirSync(ports);
    symlinkSync(arm.terminal.path, join(ports, 'SIM1'));
    type(`model 6 ${CLONE}`);
    const desk = new ArmDesk({ clock: systemClock, listPorts: () => Promise.resolve(simulatedPorts({ PORTAL_CONSOLE_SIM_PORTS: ports })), openLink: (path, baud) => new SerialLink(path, baud), dataDir: join(folder, 'data'), root: join(folder, 'cal') });
    try {
      await desk.act({ do: 'open' });
      const begin = { do: 'begin', kind: 'follower', id: 'mine', port: join(ports, 'SIM1'), file: null } as const;
      expect(await desk.act({ ...begin, task: 'calibrate' })).toMatchObject({ error: null, calibration: { phase: 'ready' }, warnings: [expect.stringContaining('6 (gripper)')] });
      await desk.act({ do: 'cancel' });
      expect(await desk.act({ ...begin, task: 'fromMotors' })).toMatchObject({ error: null, warnings: [expect.stringContaining('6 (gripper)')] });
    } finally {
      await desk.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('are refused before anything is written when they are of the SCS series', async () => {
    type(`model 5 ${0x0405}`);
    let writes = 0;
    arm.sim.onWrite = () => { writes += 1; };
    const bus = new FeetechBus(new SerialLink(arm.terminal.path), systemClock);
    await expect(new So101Follower(bus, arm.joints, 'arm.json', systemClock, warn).open()).rejects.toMatchObject({ code: 'MOTOR_MODEL', message: 'motor 5 (wrist_roll) is a servo of the SCS series', details: { got: '1029' } });
    expect([writes, heard]).toEqual([0, []]);
  });
});
