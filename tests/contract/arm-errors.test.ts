import { spawn } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { servoFault } from '../../main/devices/feetech/servo-faults.ts';
import { So101Follower } from '../../main/devices/feetech/so101-follower.ts';
import { REGISTER } from '../../main/devices/feetech/table.ts';
import { SerialLink } from '../../main/devices/serial-link.ts';
import type { SimServo } from '../../main/devices/sim-bus/sim-servo.ts';
import type { PortalError } from '../../shared/portal/errors.ts';
import { memoryArm, simulatedArm, type MemoryArm, type SimulatedArm } from '../fakes/sim-so101-arm.ts';
import { ManualClock } from '../unit/main/manual-clock.ts';

let clock: ManualClock;
let arm: MemoryArm;
let follower: So101Follower;
beforeEach(() => {
  clock = new ManualClock();
  arm = memoryArm('follower', clock);
  follower = new So101Follower(arm.bus, arm.joints, 'arm.json', clock);
});

const servo = (id: number): SimServo => arm.sim.servos[id - 1] as SimServo;

/** What a call comes to while time passes: on this bus a silent motor costs time of the manual clock alone. */
async function failure(call: () => Promise<unknown>): Promise<PortalError> {
  let outcome: unknown = null;
  const done = call().then(() => { outcome = 'no error'; }, (thrown: unknown) => { outcome = thrown; });
  while (outcome === null) {
    clock.advance(10);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await done;
  return outcome as PortalError;
}

interface Trouble {
  what: string;
  make(): void;
  code: string;
  /** Who or what it names. */
  names: RegExp;
  /** What the reader is told to do. */
  fix: RegExp;
}

/** What people run into with these arms, and what they have to be told: so101.md, 6. */
describe('an arm that cannot be opened says what is wrong and what to do', () => {
  it.each<Trouble>([
    { what: 'no power', make: () => { for (const { id } of arm.joints) arm.sim.faults.silent.add(id); }, code: 'MOTOR_MISSING', names: /1 \(shoulder_pan\), .*6 \(gripper\)/u, fix: /power supply.*cable to the first motor.*jumper.*right port/u },
    { what: 'a loose cable', make: () => { for (const id of [4, 5, 6]) arm.sim.faults.silent.add(id); }, code: 'MOTOR_MISSING', names: /4 \(wrist_flex\), 5 \(wrist_roll\), 6 \(gripper\)/u, fix: /cable between motor 3 and motor 4/u },
    { what: 'motors without ids of their own', make: () => { for (const id of [2, 5]) arm.sim.faults.silent.add(id); }, code: 'MOTOR_MISSING', names: /2 \(shoulder_lift\), 5 \(wrist_roll\)/u, fix: /set up the motors one by one/iu },
    { what: 'two motors of one id', make: () => servo(6).memory.set(REGISTER.id, 5), code: 'BUS_CORRUPT', names: /motor 5 \(wrist_roll\)/u, fix: /share one id.*another program.*voltage/u },
    { what: 'a servo of another series', make: () => servo(2).memory.set(REGISTER.modelNumber, 0x0405), code: 'MOTOR_MODEL', names: /motor 2 \(shoulder_lift\)/u, fix: /SO-101/u },
    { what: 'mixed firmware', make: () => servo(3).memory.set(REGISTER.firmwareMinor, 9), code: 'FIRMWARE_MIXED', names: /3\.9: elbow_flex/u, fix: /one version/u },
    { what: 'the file of another arm', make: () => servo(1).memory.set(REGISTER.homingOffset, 77), code: 'CALIBRATION_MISMATCH', names: /shoulder_pan\.homing_offset 77/u, fix: /file of this very arm|calibrate/u },
  ])('$what', async ({ make, code, names, fix }) => {
    make();
    const error = await failure(() => follower.open());
    expect(error).toMatchObject({ code });
    expect(`${error.message} ${error.details.got}`).toMatch(names);
    expect(error.details.fix).toMatch(fix);
    expect(error.details.expected).toBeTruthy();
  });
});

describe('an arm that fails while it runs says which motor, what was measured, and what to do', () => {
  beforeEach(async () => { await follower.open(); });
  const faultOf = async (): Promise<PortalError> => {
    clock.advance(200);
    await follower.read();
    return (await follower.read()).fault ?? expect.unreachable();
  };

  it.each<Trouble>([
    { what: 'a jammed joint', make: () => servo(6).trip(), code: 'OVERLOAD', names: /motor 6 \(gripper\).*load/u, fix: /free the joint.*rearm.*power/iu },
    { what: 'heat', make: () => servo(2).heatTo(90), code: 'OVERHEATED', names: /motor 2 \(shoulder_lift\).*90 °C/u, fix: /cool down/u },
    { what: '12 V on servos for 7.4 V', make: () => { servo(5).volts = 12; }, code: 'VOLTAGE', names: /motor 5 \(wrist_roll\).*12\.0 V, 4\.0 to 8\.0 V allowed/u, fix: /7\.4 V.*12 V/u },
    { what: 'a supply that dipped', make: () => servo(4).powerCycle(clock.nowUs()), code: 'TORQUE_LOST', names: /motor 4 \(wrist_flex\)/u, fix: /supply.*rearm/u },
  ])('$what', async ({ make, code, names, fix }) => {
    make();
    const error = await faultOf();
    expect(error).toMatchObject({ code });
    expect(`${error.message} ${error.details.got}`).toMatch(names);
    expect(error.details.fix).toMatch(fix);
  });

  it.each<Trouble>([
    { what: 'a loose wire', make: () => { arm.sim.faults.silent.add(3); }, code: 'BUS_TIMEOUT', names: /motor 3 \(elbow_flex\)/u, fix: /power supply.*cable/u },
    { what: 'noise', make: () => { arm.sim.faults.corruptNext = 1e6; }, code: 'BUS_CORRUPT', names: /motors 1 \(shoulder_pan\)/u, fix: /another program/u },
    { what: 'a pulled plug', make: () => { arm.link.unplug(); }, code: 'PORT_LOST', names: /memory/u, fix: /plug/iu },
  ])('$what', async ({ make, code, names, fix }) => {
    make();
    const error = await failure(() => follower.read());
    expect(error).toMatchObject({ code });
    expect(error.message).toMatch(names);
    expect(error.details.fix).toMatch(fix);
  });

  it('an overload is over after rearm, which switches torque off and on where the joint is', async () => {
    servo(6).trip();
    expect(await faultOf()).toMatchObject({ code: 'OVERLOAD' });
    await follower.rearm();
    clock.advance(10);
    expect((await follower.read()).fault).toBeNull();
    expect(servo(6).isHolding).toBe(true);
    expect(servo(6).memory.get(REGISTER.goalPosition)).toBe(servo(6).memory.get(REGISTER.presentPosition));
  });

  it('an answer that this machine was late to hear is not taken for that of another register', async () => {
    const settle = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });
    arm.link.isLate = true;
    const major = arm.bus.read(4, REGISTER.firmwareMajor);
    for (let at = 0; at < 50; at += 10) {
      clock.advance(10);
      await settle();
    }
    // Asked twice by now, and answered twice: the second answer comes when the question is settled.
    arm.link.handOver();
    await settle();
    const minor = arm.bus.read(4, REGISTER.firmwareMinor);
    await settle();
    arm.link.isLate = false;
    for (let late = 0; late < 5; late += 1) {
      arm.link.handOver();
      await settle();
    }
    expect([await major, await minor]).toEqual([3, 10]);
  });

  it('every error bit has a code, words and a fix', () => {
    for (let bit = 1; bit <= 0x20; bit *= 2) expect(servoFault('motor 1', bit)).toMatchObject({ message: expect.stringMatching(/^motor 1 \w/u) as unknown, details: { fix: expect.stringMatching(/\w/u) as unknown } });
  });
});

describe.skipIf(process.platform === 'win32')('a port', () => {
  let other: SimulatedArm;
  beforeEach(() => { other = simulatedArm('follower', clock); });
  afterEach(() => { other.terminal.close(); });
  const opening = (): Promise<void> => new SerialLink(other.terminal.path).open({ onBytes: () => undefined, onLost: () => undefined });

  it('belongs to one process: a second one is told who is in its way', async () => {
    const script = `import('./main/devices/serial-link.ts').then(async ({ SerialLink }) => { await new SerialLink(process.argv[1]).open({ onBytes() {}, onLost() {} }); console.log('open'); })`;
    const holder = spawn(process.execPath, ['--import', 'tsx', '-e', script, other.terminal.path], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      await new Promise<void>((resolve) => createInterface({ input: holder.stdout }).once('line', () => resolve()));
      await expect(opening()).rejects.toMatchObject({ code: 'PORT_BUSY', message: expect.stringContaining(other.terminal.path) as unknown, details: { fix: expect.stringMatching(/other program/u) as unknown } });
    } finally {
      holder.kill('SIGKILL');
    }
    // A process that died leaves no lock behind.
    await expect.poll(() => opening().then(() => 'open', (error: PortalError) => error.code), { timeout: 10_000 }).toBe('open');
  });

  it.skipIf(process.seteuid === undefined)('that this user may not open is said with the group and the rule', async () => {
    const isRoot = process.geteuid?.() === 0;
    chmodSync(other.terminal.path, 0o000);
    if (isRoot) process.seteuid?.(65_534);
    try {
      await expect(opening()).rejects.toMatchObject({ code: 'PERMISSION', details: { fix: expect.stringMatching(/dialout.*udev rule/u) as unknown } });
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });

  it('that is none is said, with how to find one', async () => {
    for (const path of ['/etc/passwd', '/tmp']) {
      await expect(new SerialLink(path).open({ onBytes: () => undefined, onLost: () => undefined })).rejects.toMatchObject({ code: 'DEVICE_FAILED', message: `${path} is no serial port`, details: { fix: expect.stringContaining('--list') as unknown } });
    }
  });

  it('that is not there is said with what to do', async () => {
    await expect(new SerialLink('/dev/ttyACM99').open({ onBytes: () => undefined, onLost: () => undefined })).rejects.toMatchObject({ code: 'PORT_MISSING', details: { fix: expect.stringMatching(/plug the arm in/iu) as unknown } });
  });
});
