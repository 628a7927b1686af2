import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ArmDesk } from '../../main/devices/feetech/arm-desk.ts';
import { calibrationPath } from '../../main/devices/feetech/calibration-places.ts';
import { saveCalibrationFile } from '../../main/devices/feetech/calibration-file.ts';
import { SerialLink } from '../../main/devices/serial-link.ts';
import type { SerialPortInfo } from '../../main/devices/serial-ports.ts';
import { systemClock } from '../../main/system-clock.ts';
import type { ArmSetupView } from '../../shared/arm-setup.ts';
import { simulatedArm, TEST_CALIBRATION, type SimulatedArm } from '../fakes/sim-so101-arm.ts';
import { until } from '../fakes/until.ts';

describe.skipIf(process.platform === 'win32')('the desk that sets up arms for a window', () => {
  let folder: string;
  let arm: SimulatedArm;
  let desk: ArmDesk;
  let ports: SerialPortInfo[];
  let views: ArmSetupView[];
  /** Ports cannot be listed now. */
  let isDeaf: boolean;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'desk-'));
    arm = simulatedArm('leader', systemClock);
    ports = [];
    views = [];
    isDeaf = false;
    desk = new ArmDesk({ clock: systemClock, listPorts: () => (isDeaf ? Promise.reject(new Error('no ports can be listed')) : Promise.resolve(ports)), openLink: (path, baud) => new SerialLink(path, baud), dataDir: folder, root: join(folder, 'cal') });
    desk.onView((view) => views.push(view));
  });
  afterEach(async () => {
    await desk.close();
    arm.terminal.close();
    rmSync(folder, { recursive: true });
  });

  const port = (): SerialPortInfo => ({ path: arm.terminal.path, vendorId: '1a86', productId: '55d3', serialNumber: 'S1', manufacturer: null });
  const begin = (task: 'calibrate' | 'motors' | 'import' | 'check') => desk.act({ do: 'begin', task, kind: 'leader', id: 'mine', port: arm.terminal.path, file: null });

  it('marks a port that is plugged in while it is open, and asks it without writing', async () => {
    let writes = 0;
    arm.sim.onWrite = () => { writes += 1; };
    expect((await desk.act({ do: 'open' })).ports).toEqual([]);
    ports = [port()];
    await until('the port', () => views.at(-1)?.ports[0]?.isNew === true);
    const { ports: [asked] } = await desk.act({ do: 'identify' });
    expect(asked).toMatchObject({ key: 'usb:S1', answer: { motors: 6, volts: 5, kind: 'leader', error: null } });
    expect(writes).toBe(0);
    ports = [];
    await until('its going', () => views.at(-1)?.ports.length === 0);
  });

  it('goes on looking for ports when the first look failed', async () => {
    isDeaf = true;
    expect(await desk.act({ do: 'open' })).toMatchObject({ error: { message: 'no ports can be listed' } });
    isDeaf = false;
    ports = [port()];
    await until('the port', () => views.at(-1)?.ports.length === 1);
  });

  it('has what went wrong in its view, and goes on with the next action', async () => {
    ports = [port()];
    await desk.act({ do: 'open' });
    expect(await desk.act({ do: 'next' })).toMatchObject({ error: { code: 'USAGE' } });
    expect(await begin('import')).toMatchObject({ error: { code: 'FILE_UNREADABLE' }, arm: null });
    expect(await begin('check')).toMatchObject({ error: { code: 'CALIBRATION_MISSING' }, arm: null });
    arm.sim.faults.silent.add(2);
    expect(await begin('calibrate')).toMatchObject({ error: { code: 'MOTOR_MISSING' }, arm: null, doing: null });
    arm.sim.faults.silent.clear();
    expect(await begin('calibrate')).toMatchObject({ error: null, calibration: { phase: 'ready' } });
  });

  it('lets the port go when it is closed, also in the middle of looking for a motor', async () => {
    for (const servo of arm.sim.servos) servo.isPlugged = false;
    await desk.act({ do: 'open' });
    await begin('motors');
    const looking = desk.act({ do: 'next' });
    await until('the second rate', () => views.some(({ doing }) => doing?.includes('500000') === true));
    await desk.close();
    await looking;
    expect(views.some(({ doing }) => doing?.includes('115200') === true), 'not all rates were tried').toBe(false);
    const link = new SerialLink(arm.terminal.path);
    await link.open({ onBytes: () => undefined, onLost: () => undefined });
    await link.close();
  });

  it('shows a calibration that was replaced as a way back, and does not write over a list of arms that it cannot read', async () => {
    const path = calibrationPath('leader', 'mine', join(folder, 'cal'));
    saveCalibrationFile(path, { ...TEST_CALIBRATION, gripper: { id: 6, driveMode: 1, homingOffset: 0, rangeMin: 1, rangeMax: 2000 } }, 0);
    const { backup } = saveCalibrationFile(path, TEST_CALIBRATION, 0);
    expect((await desk.act({ do: 'open' })).calibrations).toEqual([
      { kind: 'leader', id: 'mine', path, replaced: null }, { kind: 'leader', id: 'mine', path: backup, replaced: '1970-01-01 00:00:00 UTC' },
    ]);
    writeFileSync(join(folder, 'arms.json'), 'not ours');
    expect(await desk.act({ do: 'cancel' })).toMatchObject({ error: { code: 'FILE_UNREADABLE' } });
  });

  it('says that a motor does not answer while joints are shown, and takes it back once it does', async () => {
    ports = [port()];
    await desk.act({ do: 'open' });
    await begin('calibrate');
    await desk.act({ do: 'next' });
    await until('joints', () => views.at(-1)?.calibration?.joints.length === 6);
    arm.sim.faults.silent.add(3);
    await until('the trouble', () => views.at(-1)?.error?.code === 'BUS_TIMEOUT');
    arm.sim.faults.silent.clear();
    await until('its end', () => views.at(-1)?.error === null);
    expect(views.at(-1)?.calibration?.phase).toBe('middle');
  });
});
