import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FeetechBus } from '../../main/devices/feetech/bus.ts';
import { createRestFile } from '../../main/devices/feetech/rest-file.ts';
import { So101Follower } from '../../main/devices/feetech/so101-follower.ts';
import { REGISTER, STEPS_PER_TURN } from '../../main/devices/feetech/table.ts';
import { SerialLink } from '../../main/devices/serial-link.ts';
import type { StationEvent } from '../../main/ports.ts';
import type { Station } from '../../main/station.ts';
import { systemClock } from '../../main/system-clock.ts';
import { simulatedArm, TEST_CALIBRATION, type SimulatedArm } from '../fakes/sim-so101-arm.ts';
import { ofKind, StationBench, until } from '../unit/main/loopback-ports.ts';

/** 150 % of a whole turn a second, in the longest step that is ever made up for, 50 ms. */
const LONGEST_STEP = Math.ceil(STEPS_PER_TURN * 1.5 * 0.05) + 1;

interface Host {
  station: Station;
  events: StationEvent[];
}

describe.skipIf(process.platform === 'win32')('the rest pose of a robot host, at the bytes of its servos', () => {
  let arm: SimulatedArm;
  let bench: StationBench;
  let folder: string;
  let goals: Map<number, number[]>;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rest-'));
    bench = new StationBench();
    arm = simulatedArm('follower', systemClock);
    goals = new Map();
    arm.sim.onWrite = ({ id, address, data }) => {
      if (address === REGISTER.goalPosition.address) goals.set(id, [...(goals.get(id) ?? []), (data[0] ?? 0) + 256 * (data[1] ?? 0)]);
    };
  });
  afterEach(async () => {
    await bench.close();
    arm.terminal.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** `safety` as in station.yaml; `text`: the calibration by which the arm is known. */
  async function host(safety = '{}', text = arm.calibrationText): Promise<Host> {
    bench.files.set('robot.yaml', `safety: ${safety}\n`);
    const { devices } = bench.ports().ports;
    const follower = new So101Follower(new FeetechBus(new SerialLink(arm.terminal.path), systemClock), arm.joints, 'arm.json', systemClock);
    const restPoses = createRestFile(folder, { port: arm.terminal.path, calibration: { file: 'arm.json', text }, units: 'degrees' });
    return bench.robotWith({ devices: { ...devices, follower: () => follower }, restPoses }, '--config', 'robot.yaml');
  }

  /** Where each shaft stands, in the steps of its goals. */
  const stand = (): number[] => arm.sim.servos.map(({ memory }) => memory.get(REGISTER.presentPosition));
  const torques = (): boolean[] => arm.sim.servos.map(({ isHolding }) => isHolding);
  const far = (one: readonly number[], other: readonly number[]): number => Math.max(...one.map((steps, index) => Math.abs(steps - (other[index] ?? 0))));
  /** The arm goes somewhere else: to the built-in rest pose, where no own one says otherwise. */
  async function goHome({ station, events }: Host): Promise<void> {
    expect(await station.command('home')).toBe('moving to the rest pose');
    await until('home', () => ofKind(events, 'host_state').at(-1)?.reason === 'at the rest pose');
  }
  /** Captures the pose in which the arm was found, with the shoulder turned by 30 degrees. */
  async function capture(): Promise<{ pose: number[] } & Host> {
    arm.sim.servos[0]?.turnByHand(2400, systemClock.nowUs());
    const one = await host();
    const pose = stand();
    expect(await one.station.command('rest')).toBe('this is the rest pose now; asked to end, the arm goes there and lets go');
    return { pose, ...one };
  }
  /** Carries the arm elsewhere before the next start. */
  function carry(): void {
    const { servos } = arm.sim;
    servos[0]?.turnByHand(1700, systemClock.nowUs());
    servos[2]?.turnByHand(2000, systemClock.nowUs());
    goals.clear();
  }

  it('is none at first: asked to end, the arm holds where it is', async () => {
    const { station, events } = await host();
    expect(ofKind(events, 'limits')).toMatchObject([{ safety: { onExit: 'hold', rest: null } }]);
    const before = stand();
    goals.clear();
    await station.stop();
    expect(far(stand(), before)).toBeLessThan(3);
    expect(torques()).toEqual(Array(6).fill(true));
  });

  it('is captured with a word and kept: asked to end, this arm goes there under the slew limit and lets go, also after a restart', async () => {
    const { pose, station, events } = await capture();
    expect(ofKind(events, 'limits').at(-1)).toMatchObject({ safety: { onExit: 'park', rest: 'captured' } });
    await station.stop();
    expect(torques()).toEqual(Array(6).fill(false));
    carry();
    const again = await host();
    expect(ofKind(again.events, 'limits')).toMatchObject([{ safety: { onExit: 'park', rest: 'captured' } }]);
    const startedAt = systemClock.nowUs();
    await again.station.stop();
    expect(systemClock.nowUs() - startedAt).toBeGreaterThan(1_500_000);
    expect(far(stand(), pose)).toBeLessThan(25);
    expect(torques()).toEqual(Array(6).fill(false));
    for (const written of goals.values()) for (const [index, goal] of written.slice(1).entries()) expect(Math.abs(goal - (written[index] ?? 0))).toBeLessThanOrEqual(LONGEST_STEP);
    expect(again.events.at(-1)).toMatchObject({ event: 'exit', code: 0 });
  });

  it('is also where home goes', async () => {
    const { pose, ...one } = await capture();
    await one.station.stop('crash', 'failed');
    for (const servo of arm.sim.servos) servo.powerCycle(systemClock.nowUs());
    carry();
    const again = await host();
    await goHome(again);
    expect(far(stand(), pose)).toBeLessThan(25);
  });

  it.each([
    ['a failure', async ({ station }: Host) => station.stop('the server is gone', 'failed')],
    ['STOP', async ({ station }: Host) => { await station.command('stop'); await station.stop(); }],
    ['an overload', async ({ station, events }: Host) => { arm.sim.servos[5]?.trip(); await until('the fault', () => ofKind(events, 'error').find(({ code }) => code === 'OVERLOAD')); await station.stop(); }],
    ['a servo that does not answer', async ({ station, events }: Host) => { arm.sim.faults.silent.add(4); await until('the loss', () => ofKind(events, 'error').find(({ code }) => code === 'BUS_TIMEOUT')); await station.stop(); }],
    ['a servo that lost its torque', async ({ station, events }: Host) => { arm.sim.servos[2]?.powerCycle(systemClock.nowUs()); await until('the loss', () => ofKind(events, 'error').find(({ code }) => code === 'TORQUE_LOST')); await station.stop(); }],
  ])('is not gone to after %s: the arm holds', async (_what, end) => {
    const { station } = await capture();
    await station.stop('crash', 'failed');
    // Switched off and carried away: its rest pose is somewhere else now.
    for (const servo of arm.sim.servos) servo.powerCycle(systemClock.nowUs());
    carry();
    const again = await host();
    const before = stand();
    await end(again);
    expect(far(stand(), before)).toBeLessThan(8);
    expect(torques().filter((isOn) => !isOn).length).toBeLessThanOrEqual(1);
    expect(again.events.at(-1)).toMatchObject({ event: 'exit', code: 0 });
  });

  it('is left on the way by STOP, and by a servo in trouble: the arm holds there', async () => {
    const { pose, station } = await capture();
    await station.stop('crash', 'failed');
    for (const servo of arm.sim.servos) servo.powerCycle(systemClock.nowUs());
    carry();
    const again = await host();
    const ended = again.station.stop();
    await until('parking', () => ofKind(again.events, 'host_state').at(-1)?.state === 'ALIGNING');
    expect(await again.station.command('stop')).toBe('stopped');
    await ended;
    expect(far(stand(), pose)).toBeGreaterThan(100);
    expect(torques()).toEqual(Array(6).fill(true));
  });

  it('is no place to let go of an arm that was kept from getting there: it holds', async () => {
    const { station } = await capture();
    await station.stop('crash', 'failed');
    for (const servo of arm.sim.servos) servo.powerCycle(systemClock.nowUs());
    carry();
    const again = await host();
    const [pan] = arm.sim.servos;
    if (pan !== undefined) pan.isJammed = true;
    await again.station.stop();
    expect(torques()).toEqual(Array(6).fill(true));
    expect(again.events.at(-1)).toMatchObject({ event: 'exit', code: 0 });
  });

  it('costs a host nothing whose arm was unplugged', async () => {
    const { station, events } = await capture();
    arm.terminal.close();
    await until('the loss', () => ofKind(events, 'error').find(({ code }) => code === 'PORT_LOST'));
    await station.stop();
    expect(events.at(-1)).toMatchObject({ event: 'exit', code: 0 });
  });

  it('is that of one calibration: an arm that was calibrated anew, or another one, has none', async () => {
    const { station } = await capture();
    await station.stop();
    const other = JSON.stringify(Object.fromEntries(Object.entries(TEST_CALIBRATION).map(([motor, { id, driveMode, homingOffset, rangeMin, rangeMax }]) => [motor, { id, drive_mode: driveMode, homing_offset: homingOffset + 1, range_min: rangeMin, range_max: rangeMax }])));
    expect(ofKind((await host('{}', other)).events, 'limits')).toMatchObject([{ safety: { onExit: 'hold', rest: null } }]);
  });

  it('is forgotten with a word', async () => {
    const { station, events } = await capture();
    expect(await station.command('forget-rest')).toBe('the rest pose is forgotten; asked to end, the arm holds where it is');
    expect(ofKind(events, 'limits').at(-1)).toMatchObject({ safety: { onExit: 'hold', rest: null } });
    expect(await station.command('forget-rest')).toBe('no rest pose was kept');
    await station.stop();
    expect(torques()).toEqual(Array(6).fill(true));
    expect(readFileSync(join(folder, 'rest-poses.json'), 'utf8')).toBe('{}');
  });

  it('does not overrule on_exit', async () => {
    await (await capture()).station.stop('crash', 'failed');
    const one = await host('{ on_exit: hold }');
    expect(ofKind(one.events, 'limits')).toMatchObject([{ safety: { onExit: 'hold', rest: 'captured' } }]);
    expect(await one.station.command('rest')).toBe('this is the rest pose now; asked to end, the arm holds where it is (on_exit: hold)');
    await one.station.stop();
    expect(torques()).toEqual(Array(6).fill(true));
  });

  it('may stand in station.yaml, where no word changes it', async () => {
    const { station, events } = await host('{ rest: { shoulder_pan: 20, shoulder_lift: -30, elbow_flex: 40, wrist_flex: 10, wrist_roll: 0, gripper: 25 } }');
    expect(ofKind(events, 'limits')).toMatchObject([{ safety: { onExit: 'park', rest: 'configured' } }]);
    expect(await station.command('rest')).toBe('the rest pose is in station.yaml (safety.rest): change it there');
    await station.stop();
    // 20 degrees are 228 steps from the middle of 1000 to 3000, 25 % a quarter of them.
    expect([stand()[0], stand()[5]].map((steps) => Math.round((steps ?? 0) / 10) * 10)).toEqual([2230, 1500]);
    expect(torques()).toEqual(Array(6).fill(false));
  });

  it('is not taken from an arm that moves, or whose pose is not known for sure', async () => {
    arm.sim.servos[0]?.turnByHand(2800, systemClock.nowUs());
    const one = await host();
    await one.station.command('home');
    await until('moving', () => ofKind(one.events, 'host_state').at(-1)?.state === 'ALIGNING');
    expect(await one.station.command('rest')).toBe('the arm is moving: let it hold first');
    arm.sim.servos[1]?.trip();
    await until('the fault', () => ofKind(one.events, 'error').find(({ code }) => code === 'OVERLOAD'));
    expect(await one.station.command('rest')).toMatch(/^the pose is not known for sure: motor 2 \(shoulder_lift\) is overloaded/u);
  });

  it('is not taken from outside the limits, and one that was kept is not used when they have become narrower', async () => {
    const { pose, ...one } = await capture();
    await one.station.stop();
    const narrow = await host('{ limits: { shoulder_pan: [-10, 10] } }');
    expect(ofKind(narrow.events, 'warning')).toMatchObject([{ tag: 'rest-pose', message: expect.stringMatching(/^the rest pose that was captured is not used: shoulder_pan\.pos is at 3\d\.\d deg, outside its range of -10\.0 to 10\.0; capture it anew/u) as unknown }]);
    expect(await narrow.station.command('rest')).toMatch(/^this cannot be the rest pose: shoulder_pan\.pos is at 3/u);
    const before = stand();
    await narrow.station.stop();
    expect(far(stand(), before)).toBeLessThan(5);
    expect(far(before, pose)).toBeLessThan(25);
  });

  it('stops nobody when its file is damaged: the host says so and holds in the end', async () => {
    writeFileSync(join(folder, 'rest-poses.json'), '{"a":{"b":"c"}}');
    const { station, events } = await host();
    expect(ofKind(events, 'warning')).toMatchObject([{ tag: 'rest-pose', message: expect.stringContaining('rest-poses.json cannot be read') as unknown }]);
    expect(await station.command('rest')).toContain('cannot be read');
    await station.stop();
    expect(torques()).toEqual(Array(6).fill(true));
  });
});
