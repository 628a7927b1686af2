import { beforeEach, describe, expect, it } from 'vitest';
import type { JointReading, LeaderArm } from '../../../main/devices/device.ts';
import { JogLeader } from '../../../main/devices/jog-leader.ts';
import { SimLeader } from '../../../main/devices/sim-leader.ts';
import { LeaderDevice } from '../../../main/leader-device.ts';
import { LeaderLoop } from '../../../main/leader-loop.ts';
import { PortalError } from '../../../shared/portal/errors.ts';
import { ManualClock } from './manual-clock.ts';

const JOINTS = [{ name: 'pan.pos', min: -110, max: 110, unit: 'deg', rest: 0 }];
/** Lets what was promised happen. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

let clock: ManualClock;
beforeEach(() => { clock = new ManualClock(); });
const pass = async (ms: number): Promise<void> => {
  for (let at = 0; at < ms; at += 1) {
    clock.advance(1);
    await settle();
  }
};

/** An arm whose readings are answered by the test. */
function slowArm() {
  const asked: { answer(ageMs?: number): void; fail(code: 'PORT_LOST' | 'BUS_TIMEOUT'): void }[] = [];
  const arm: LeaderArm = {
    features: JOINTS,
    open: () => Promise.resolve(),
    close: () => Promise.resolve(),
    read: () =>
      new Promise<JointReading>((resolve, reject) => {
        asked.push({
          answer: (ageMs = 0) => resolve({ positions: { 'pan.pos': 1 }, timestampUs: clock.nowUs() - ageMs * 1000 }),
          fail: (code) => reject(new PortalError(code, 'gone')),
        });
      }),
  };
  return { arm, asked };
}

describe('the leader loop', () => {
  function bench(arm: LeaderArm) {
    const readings: JointReading[] = [];
    const failures: string[] = [];
    const loop = new LeaderLoop(clock, 100, () => arm, {
      onReading: (reading) => readings.push(reading),
      onFailure: (error, isNews) => failures.push(`${error.code} ${isNews}`),
    });
    loop.start();
    return { loop, readings, failures };
  }

  it('reads a hundred times a second, and counts no turn as late', async () => {
    const leader = new SimLeader(clock, JOINTS);
    await leader.open();
    const { loop, readings } = bench(leader);
    await pass(1000);
    expect(readings).toHaveLength(100);
    expect(loop.overruns).toBe(0);
    expect(loop.perS(clock.nowUs())).toBeGreaterThan(40);
    loop.stop();
    await pass(100);
    expect(readings).toHaveLength(100);
  });

  it('never asks twice at once, counts the turns that had to wait, and hands on nothing that is old', async () => {
    const { arm, asked } = slowArm();
    const { loop, readings } = bench(arm);
    await pass(45);
    expect(asked).toHaveLength(1);
    expect(loop.overruns).toBe(3);
    asked[0]?.answer(101);
    await settle();
    expect(readings, 'older than 100 ms').toHaveLength(0);
    await pass(10);
    asked[1]?.answer(99);
    await settle();
    expect(readings).toHaveLength(1);
    expect(loop.isFresh(clock.nowUs())).toBe(true);
    await pass(20);
    expect(loop.isFresh(clock.nowUs()), 'nothing came since').toBe(false);
  });

  it('counts the turns that a busy machine left out', async () => {
    const leader = new SimLeader(clock, JOINTS);
    await leader.open();
    const { loop } = bench(leader);
    await pass(100);
    clock.step(200);
    await pass(50);
    expect(loop.overruns).toBeGreaterThanOrEqual(18);
  });

  it('says a failure once, and is fresh again with the next reading', async () => {
    const { arm, asked } = slowArm();
    const { loop, failures } = bench(arm);
    for (let turn = 0; turn < 3; turn += 1) {
      await pass(11);
      asked.at(-1)?.fail('BUS_TIMEOUT');
      await settle();
    }
    expect(failures).toEqual(['BUS_TIMEOUT true', 'BUS_TIMEOUT false', 'BUS_TIMEOUT false']);
    expect(loop.isFresh(clock.nowUs())).toBe(false);
    await pass(11);
    asked.at(-1)?.answer();
    await settle();
    expect(loop.isFresh(clock.nowUs())).toBe(true);
  });
});

describe('a leader without an arm', () => {
  async function jog(needsInput = false): Promise<JogLeader> {
    const leader = new JogLeader(clock, new SimLeader(clock, JOINTS), { unitsPerS: 25, needsInput });
    await leader.open();
    return leader;
  }
  const panAfter = async (leader: JogLeader, ms: number): Promise<number> => {
    let pan = Number.NaN;
    for (let at = 0; at < ms; at += 10) {
      clock.advance(10);
      pan = (await leader.read()).positions['pan.pos'] ?? Number.NaN;
    }
    return pan;
  };

  it('moves with the speed asked for, three times as fast with Shift, and never beyond its range', async () => {
    const leader = await jog();
    await leader.read();
    leader.jog({ velocities: { 'pan.pos': 1, 'tail.pos': 1 }, isFast: false });
    expect(await panAfter(leader, 100)).toBeCloseTo(2.5, 5);
    leader.jog({ velocities: { 'pan.pos': -0.5 }, isFast: true });
    expect(await panAfter(leader, 100)).toBeCloseTo(2.5 - 3.75, 5);
    for (let turn = 0; turn < 100; turn += 1) {
      leader.jog({ velocities: { 'pan.pos': 1 }, isFast: true });
      await panAfter(leader, 100);
    }
    expect(await panAfter(leader, 10)).toBe(110);
  });

  it('stands when nothing is asked of it any more, and leaps nowhere after a pause', async () => {
    const leader = await jog();
    await leader.read();
    leader.jog({ velocities: { 'pan.pos': 1 }, isFast: false });
    expect(await panAfter(leader, 1000), '150 ms of it count').toBeCloseTo(3.75, 1);
    clock.advance(60_000);
    leader.jog({ velocities: { 'pan.pos': 1 }, isFast: false });
    expect(await panAfter(leader, 10)).toBeLessThan(6);
  });

  it('cannot be read while a gamepad that it needs says nothing', async () => {
    const leader = await jog(true);
    await expect(leader.read()).rejects.toMatchObject({ code: 'DEVICE_FAILED', message: 'no gamepad is heard' });
    leader.jog({ velocities: {}, isFast: false });
    expect((await leader.read()).positions).toEqual({ 'pan.pos': 0 });
    clock.advance(200);
    await expect(leader.read()).rejects.toMatchObject({ code: 'DEVICE_FAILED' });
  });
});

describe('a leader that is kept open', () => {
  it('is tried again every second, says each trouble once, and is closed whenever it was opened', async () => {
    let trouble: PortalError | null = new PortalError('PORT_MISSING', 'not there');
    let isOpen = false;
    const said: string[] = [];
    const device = new LeaderDevice(clock, () => ({
      ...slowArm().arm,
      open: () => {
        if (trouble !== null) return Promise.reject(trouble);
        isOpen = true;
        return Promise.resolve();
      },
      close: () => {
        isOpen = false;
        return Promise.resolve();
      },
    }), { onOpen: () => said.push('open'), onFailure: (error) => said.push(error.code) });
    await device.open();
    expect(device.error?.code).toBe('PORT_MISSING');
    await pass(2500);
    trouble = new PortalError('MOTOR_MISSING', 'no power');
    await pass(1000);
    trouble = null;
    await pass(1000);
    expect(said).toEqual(['PORT_MISSING', 'MOTOR_MISSING', 'open']);
    expect(device.arm).not.toBeNull();
    await device.close();
    expect(isOpen).toBe(false);
    expect(device.arm).toBeNull();
  });
});
