import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCalibrationFile, saveCalibrationFile } from '../../main/devices/feetech/calibration-file.ts';
import { REGISTER } from '../../main/devices/feetech/table.ts';
import { runBusCommand } from '../../main/devices/sim-bus/sim-bus-commands.ts';
import { SIM_TRAVEL } from '../../main/devices/sim-bus/sim-so101.ts';
import { systemClock } from '../../main/system-clock.ts';
import { simulatedArm, TEST_CALIBRATION, type SimulatedArm } from '../fakes/sim-so101-arm.ts';
import { until } from '../fakes/until.ts';

interface Said {
  event: string;
  [field: string]: unknown;
}

/** A program of `scripts/` with `--json`, as a script talks with it. */
class Talk {
  readonly events: Said[] = [];
  readonly #child: ChildProcess;
  readonly ended: Promise<number | null>;

  constructor(program: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    this.#child = spawn(process.execPath, ['node_modules/tsx/dist/cli.mjs', `scripts/${program}.ts`, ...args, '--json'], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...env } });
    if (this.#child.stdout !== null) createInterface({ input: this.#child.stdout }).on('line', (line) => this.events.push(JSON.parse(line) as Said));
    this.ended = new Promise((resolve) => { this.#child.once('exit', resolve); });
  }

  /** The next event of this kind that was not looked at yet. */
  async next(event: string, matches: (said: Said) => boolean = () => true): Promise<Said> {
    let found = -1;
    await until(event, () => { found = this.events.findIndex((said) => said.event === event && matches(said)); return found >= 0; }, { deadlineMs: 60_000, seen: () => this.events.slice(-5) });
    const [said] = this.events.splice(0, found + 1).slice(-1);
    return said as Said;
  }

  enter(line = ''): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }
}

describe.skipIf(process.platform === 'win32')('npm run calibrate and npm run setup-motors', () => {
  let folder: string;
  let arm: SimulatedArm;
  let env: NodeJS.ProcessEnv;
  let talks: Talk[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'calibrate-'));
    arm = simulatedArm('follower', systemClock);
    mkdirSync(join(folder, 'ports'));
    symlinkSync(arm.terminal.path, join(folder, 'ports', 'SIM1'));
    env = { HF_LEROBOT_CALIBRATION: join(folder, 'cal'), PORTAL_CONSOLE_DATA_DIR: join(folder, 'data'), PORTAL_CONSOLE_SIM_PORTS: join(folder, 'ports') };
    talks = [];
  });
  afterEach(async () => {
    for (const talk of talks) talk.signal('SIGKILL');
    await Promise.all(talks.map(({ ended }) => ended));
    arm.terminal.close();
    rmSync(folder, { recursive: true });
  });

  const start = (program: string, ...args: string[]): Talk => {
    const talk = new Talk(program, args, env);
    talks.push(talk);
    return talk;
  };
  const calibrate = (...args: string[]): Talk => start('calibrate', '--arm', 'follower', ...args);
  const file = (): string => join(folder, 'cal', 'robots', 'so_follower', 'arm.json');
  const type = (line: string): string => runBusCommand(line, { bus: arm.sim, clock: systemClock, unplug: () => { arm.terminal.close(); } });
  const isPhase = (phase: string) => (said: Said): boolean => said['phase'] === phase;
  const everyJoint = (matches: (joint: { problem: string | null; min: number; max: number }) => boolean) => (said: Said): boolean => (said['joints'] as { problem: string | null; min: number; max: number }[]).every(matches);

  it('calibrates an arm by hand, saves the file where lerobot looks for it, and remembers the arm by its adapter', async () => {
    const talk = calibrate('--id', 'arm', '--port', 'usb:SIM1');
    await talk.next('phase', isPhase('ready'));
    talk.enter();
    await talk.next('phase', isPhase('middle'));
    type('middle');
    talk.enter();
    await talk.next('phase', isPhase('sweep'));
    talk.enter();
    expect(await talk.next('error')).toMatchObject({ code: 'CALIBRATION_REFUSED', message: expect.stringContaining('shoulder_pan, shoulder_lift') as unknown });
    talk.enter('back');
    await talk.next('phase', isPhase('middle'));
    talk.enter();
    await talk.next('phase', isPhase('sweep'));
    type('wave');
    await talk.next('joints', everyJoint(({ problem, min, max }) => problem === null && max - min > 1400));
    await until('the hand is done', () => arm.sim.servos[5]?.actual === SIM_TRAVEL[5]?.closed && arm.sim.servos[4]?.actual === SIM_TRAVEL[4]?.middle, { deadlineMs: 60_000 });
    // The elbow to its stops once more, where the hand stays until they are seen: while it waved, a busy machine may have looked just before and after.
    const ELBOW = 2;
    for (const place of [950, 2060, 3150, 2060]) {
      type(`turn ${ELBOW + 1} ${place}`);
      await talk.next('joints', (said) => (said['joints'] as { position: number }[])[ELBOW]?.position === place - (2060 - 2047));
    }
    talk.enter();
    await talk.next('phase', isPhase('gripper'));
    talk.enter();
    expect(await talk.next('saved')).toMatchObject({ path: file(), backup: null, port: 'usb:SIM1', kind: 'follower', id: 'arm' });
    const elbow = readCalibrationFile(file())['elbow_flex'];
    expect(elbow).toMatchObject({ id: 3, driveMode: 0, homingOffset: 2060 - 2047, rangeMin: 950 - 13, rangeMax: 3150 - 13 });
    await talk.next('phase', isPhase('check'));
    arm.sim.servos[2]?.turnByHand(2600, systemClock.nowUs());
    await talk.next('joints', (said) => (said['joints'] as { hasMoved: boolean }[])[2]?.hasMoved === true);
    talk.enter();
    expect(await talk.ended).toBe(0);
    expect(JSON.parse(readFileSync(join(folder, 'data', 'arms.json'), 'utf8'))).toEqual([{ port: 'usb:SIM1', kind: 'follower', id: 'arm' }]);

    const check = calibrate('--check');
    expect(await check.next('check')).toMatchObject({ differences: [] });
    expect(await check.ended).toBe(0);
    arm.sim.servos[0]?.memory.set(REGISTER.homingOffset, 99);
    const differing = calibrate('--check');
    expect(await differing.next('check')).toMatchObject({ differences: [{ motor: 'shoulder_pan', key: 'homing_offset', file: 3, held: 99 }] });
    expect(await differing.ended).toBe(1);
  }, 240_000);

  it('leaves an arm whose calibration nobody finished as it was, limp, and says so', async () => {
    const talk = calibrate('--id', 'arm', '--port', arm.terminal.path);
    await talk.next('phase', isPhase('ready'));
    talk.enter();
    await talk.next('phase', isPhase('middle'));
    talk.signal('SIGINT');
    expect(await talk.next('left')).toMatchObject({ phase: 'middle', torque: 'off' });
    expect(await talk.ended).toBe(130);
    expect(arm.sim.servos.map(({ memory }) => memory.get(REGISTER.homingOffset))).toEqual([0, 10, 20, 30, 40, 50]);
  });

  it('takes over a file of another folder, and what the motors hold, and keeps what was there', async () => {
    const other = join(folder, 'other.json');
    saveCalibrationFile(other, { ...TEST_CALIBRATION, gripper: { id: 6, driveMode: 1, homingOffset: -7, rangeMin: 1100, rangeMax: 2200 } }, systemClock.nowUs());
    const fromMotors = calibrate('--id', 'arm', '--from-motors');
    expect(await fromMotors.next('saved')).toMatchObject({ path: file(), backup: null });
    expect(await fromMotors.ended).toBe(0);
    expect(readCalibrationFile(file())).toEqual(TEST_CALIBRATION);

    const imported = calibrate('--import', other);
    await imported.next('phase');
    imported.enter();
    const { backup } = await imported.next('saved');
    expect(await imported.ended).toBe(0);
    expect(readCalibrationFile(String(backup))).toEqual(TEST_CALIBRATION);
    expect(arm.sim.servos[5]?.memory.get(REGISTER.homingOffset)).toBe(-7);

    const undone = calibrate('--undo');
    await undone.next('phase');
    undone.enter();
    await undone.next('saved');
    expect(await undone.ended).toBe(0);
    expect(readCalibrationFile(file())).toEqual(TEST_CALIBRATION);
    expect(arm.sim.servos[5]?.memory.get(REGISTER.homingOffset)).toBe(50);
  });

  it('goes back to the file of an older release, which the first calibration has left where it was', async () => {
    const old = join(folder, 'cal', 'robots', 'so101_follower', 'arm.json');
    saveCalibrationFile(old, TEST_CALIBRATION, systemClock.nowUs());
    saveCalibrationFile(file(), { ...TEST_CALIBRATION, gripper: { id: 6, driveMode: 1, homingOffset: -7, rangeMin: 1100, rangeMax: 2200 } }, systemClock.nowUs());
    const undone = calibrate('--id', 'arm', '--port', 'usb:SIM1', '--undo');
    await undone.next('phase');
    undone.enter();
    await undone.next('saved');
    expect(await undone.ended).toBe(0);
    expect(readCalibrationFile(file())).toEqual(TEST_CALIBRATION);
    expect(arm.sim.servos[5]?.memory.get(REGISTER.homingOffset)).toBe(50);
  });

  it('is not left with half a calibration in the motors: Ctrl+C waits until they are written', async () => {
    const other = join(folder, 'other.json');
    const wanted = Object.fromEntries(Object.entries(TEST_CALIBRATION).map(([motor, held]) => [motor, { ...held, homingOffset: held.homingOffset + 100 }]));
    saveCalibrationFile(other, wanted, systemClock.nowUs());
    const talk = calibrate('--id', 'arm', '--port', 'usb:SIM1', '--import', other);
    await talk.next('phase');
    let isSent = false;
    arm.sim.onWrite = ({ address }) => {
      if (address !== REGISTER.homingOffset.address || isSent) return;
      isSent = true;
      arm.sim.faults.delayMs = 10;
      talk.signal('SIGINT');
    };
    talk.enter();
    await talk.next('saved');
    expect(await talk.next('left')).toMatchObject({ phase: 'check', torque: 'off' });
    expect(await talk.ended).toBe(130);
    expect(arm.sim.servos.map(({ memory }) => memory.get(REGISTER.homingOffset))).toEqual([100, 110, 120, 130, 140, 150]);
  });

  it('sets motors up one by one, refusing two at once', async () => {
    for (const servo of arm.sim.servos) servo.memory.write(REGISTER.id.address, Uint8Array.of(1));
    const talk = start('setup-motors', '--arm', 'follower', '--port', 'usb:SIM1');
    await talk.next('motor', ({ motor }) => motor === 'gripper');
    talk.enter();
    expect(await talk.next('error')).toMatchObject({ code: 'MOTOR_DUPLICATE' });
    const another = start('setup-motors', '--arm', 'follower', '--port', '/dev/nowhere');
    await another.next('motor');
    another.signal('SIGINT');
    expect(await another.next('left'), 'nothing was begun').toMatchObject({ under_way: null });
    expect(await another.ended).toBe(130);
    for (const [index, motor] of ['gripper', 'wrist_roll', 'wrist_flex', 'elbow_flex', 'shoulder_lift', 'shoulder_pan'].entries()) {
      type(`only ${6 - index}`);
      talk.enter();
      expect(await talk.next('assigned')).toMatchObject({ motor, id: 6 - index });
    }
    await talk.next('chain');
    talk.enter();
    expect(await talk.next('error')).toMatchObject({ code: 'MOTOR_MISSING' });
    type('chain');
    talk.enter();
    await talk.next('done');
    expect(await talk.ended).toBe(0);
  }, 240_000);

  it.each([
    ['no kind', ['--id', 'arm'], 'USAGE'], ['no name', ['--arm', 'leader'], 'USAGE'], ['an unknown flag', ['--arm', 'leader', '--foo'], 'USAGE'],
    ['a name that is a path', ['--arm', 'leader', '--id', '../x', '--port', 'usb:SIM1'], 'VALUE_INVALID'], ['two jobs', ['--arm', 'leader', '--id', 'a', '--check', '--apply'], 'USAGE'],
  ])('refuses %s with exit code 2', async (_what, args, code) => {
    const talk = start('calibrate', ...args);
    expect(await talk.next('error')).toMatchObject({ code });
    expect(await talk.ended).toBe(2);
  });
});
