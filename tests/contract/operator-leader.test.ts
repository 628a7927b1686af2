import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { REGISTER } from '../../main/devices/feetech/table.ts';
import type { StationEvent } from '../../main/ports.ts';
import type { Station } from '../../main/station.ts';
import { systemClock } from '../../main/system-clock.ts';
import { TOPIC } from '../../shared/portal/names.ts';
import type { Transport } from '../../shared/portal/transport.ts';
import { simulatedArm, type SimulatedArm } from '../fakes/sim-so101-arm.ts';
import { mirrorOf, ofKind, StationBench, until } from '../unit/main/loopback-ports.ts';

/** Every joint in the middle of its range. */
const MIDDLE = { 'shoulder_pan.pos': 0, 'shoulder_lift.pos': 0, 'elbow_flex.pos': 0, 'wrist_flex.pos': 0, 'wrist_roll.pos': 0, 'gripper.pos': 50 };
const FILE = resolve('/arms/leader.json');

/** An operator without a window, with an arm on a real serial port; the room is the twin. */
describe.skipIf(process.platform === 'win32')('a leader arm of a headless operator', () => {
  let bench: StationBench;
  let arm: SimulatedArm;
  let folder: string;
  let sent: number;
  let hosted: StationEvent[];
  let robot: Station;
  let events: StationEvent[];
  beforeEach(() => {
    bench = new StationBench();
    arm = simulatedArm('leader', systemClock);
    folder = mkdtempSync(join(tmpdir(), 'portal-leader-'));
    symlinkSync(arm.terminal.path, join(folder, 'port'));
    bench.files.set(FILE, arm.calibrationText);
    sent = 0;
  });
  afterEach(async () => {
    await bench.close();
    arm.terminal.close();
    rmSync(folder, { recursive: true });
  });

  async function operator(leader = ''): Promise<void> {
    bench.files.set('operator.yaml', `leader: { kind: so101_leader, port: ${join(folder, 'port')}, calibration: ${FILE}, claim: true${leader} }`);
    bench.files.set('robot.yaml', `safety: { rest: ${JSON.stringify(MIDDLE)} }`);
    ({ events: hosted, station: robot } = await bench.robot('--config', 'robot.yaml'));
    ({ events } = await bench.start(['operator', '--config', 'operator.yaml'], { createTransport: () => watched(bench.room.join('unused')) }));
  }

  function watched(transport: Transport): Transport {
    const publish = transport.publishData.bind(transport);
    transport.publishData = (topic, ...rest) => {
      if (topic === TOPIC.action) sent += 1;
      return publish(topic, ...rest);
    };
    return transport;
  }

  const phase = (): string | undefined => ofKind(events, 'leader').at(-1)?.phase;
  const word = (): string | undefined => ofKind(hosted, 'host_state').at(-1)?.state;
  const drives = (): Promise<unknown> => until('it drives', () => phase() === 'engaged' && word() === 'ACTIVE');

  async function unplug(): Promise<void> {
    arm.terminal.close();
    rmSync(join(folder, 'port'));
    await until('the robot holds', () => word() === 'HOLDING');
    await until('the loss is said', () => phase() === 'lost');
    sent = 0;
  }

  /** The same arm again, its shoulder turned by so many steps from where the robot's is. */
  function plugIn(steps: number): void {
    arm = simulatedArm('leader', systemClock);
    turnPan(steps);
    symlinkSync(arm.terminal.path, join(folder, 'port'));
  }

  /** 0 = the middle of its range, where the robot of these tests stands. */
  function turnPan(steps: number): void {
    arm.sim.servos[0]?.turnByHand(2000 + steps, systemClock.nowUs());
  }

  /** Brings the robot to the pose of the leader, the shoulder in its middle. */
  async function together(leader = ''): Promise<void> {
    turnPan(0);
    await operator(leader);
    await drives();
    await until('the robot is there', () => word() === 'ACTIVE');
  }

  it('drives at once, under the host’s ramp; after it was unplugged only once it was held still for 2 s where the robot is', async () => {
    await together();
    await unplug();
    plugIn(600);
    await until('it is too far away', () => phase() === 'apart');
    expect(ofKind(events, 'leader').at(-1)?.reason).toMatch(/^shoulder_pan\.pos is 5\d away$/u);
    // Longer than it has to be held still: being still in another pose is not enough.
    await new Promise((done) => systemClock.after(2500, () => done(null)));
    expect([phase(), sent]).toEqual(['apart', 0]);
    turnPan(40);
    await until('it has to be held still', () => phase() === 'still');
    const stillUs = systemClock.nowUs();
    // A hand that is not still begins anew.
    await new Promise((done) => systemClock.after(300, () => done(null)));
    turnPan(-40);
    const movedUs = systemClock.nowUs();
    await drives();
    expect(systemClock.nowUs() - movedUs).toBeGreaterThan(1_900_000);
    expect(systemClock.nowUs() - stillUs).toBeGreaterThan(2_200_000);
    expect(sent).toBeGreaterThan(0);
  });

  it('that is not there when control comes does not drive when it is plugged in', async () => {
    await together();
    const { station } = await bench.start(['console', '--session', 'demo']);
    const { state } = await mirrorOf(station);
    await until('the robot is here', () => state().session?.robotIdentity != null);
    await station.console?.handlers.takeControl(undefined);
    await until('it drives no more', () => phase() === 'idle');
    arm.terminal.close();
    rmSync(join(folder, 'port'));
    await until('the loss', () => ofKind(events, 'error').length > 0);
    sent = 0;
    await station.console?.handlers.giveControl({ identity: 'operator' });
    await until('it is in control', () => ofKind(events, 'active_operator').at(-1)?.identity === 'operator' && phase() === 'lost');
    plugIn(600);
    await until('it waits', () => phase() === 'apart');
    turnPan(0);
    await until('it has to be held still', () => phase() === 'still');
    expect(sent).toBe(0);
    await drives();
  });

  it('drives at once again where the configuration says so', async () => {
    await together(', engage: ramp');
    await unplug();
    plugIn(600);
    await until('it drives', () => phase() === 'engaged' && sent > 0);
    await until('under the ramp', () => word() === 'ALIGNING' || word() === 'ACTIVE');
  });

  it('must be still also for the first time where the configuration says so', async () => {
    turnPan(0);
    await operator(', engage: still');
    await until('it waits', () => phase() === 'apart' || phase() === 'still');
    expect(sent).toBe(0);
  });

  it('is brought to the robot by its own motors where the configuration says so, and let go of in the end', async () => {
    turnPan(300);
    await operator(', engage: guide');
    await until('it is guided', () => phase() === 'guiding' && arm.sim.servos.every(({ isHolding }) => isHolding));
    expect(arm.sim.servos[0]?.memory.get(REGISTER.torqueLimit)).toBe(400);
    await until('it was let go', () => arm.sim.servos.every(({ isHolding }) => !isHolding));
    await drives();
  });

  it('waits after the robot has moved by itself, until it was held still where the robot is', async () => {
    for (const servo of arm.sim.servos) servo.turnByHand(2000, systemClock.nowUs());
    turnPan(600);
    await operator();
    await drives();
    expect(await robot.command('home')).toBe('moving to the rest pose');
    await until('it is too far away', () => phase() === 'apart');
    await until('the robot holds', () => word() === 'HOLDING');
    expect(ofKind(events, 'leader').at(-1)?.reason).toMatch(/^shoulder_pan\.pos is 5\d away$/u);
    sent = 0;
    turnPan(40);
    await until('it has to be held still', () => phase() === 'still');
    expect(sent).toBe(0);
    await drives();
  });
});
