import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FeetechBus } from '../../main/devices/feetech/bus.ts';
import { servoFault } from '../../main/devices/feetech/servo-faults.ts';
import { REGISTER } from '../../main/devices/feetech/table.ts';
import { SerialLink } from '../../main/devices/serial-link.ts';
import { openPseudoTerminal, type PseudoTerminal } from '../../main/devices/sim-bus/pseudo-terminal.ts';
import { SimBus } from '../../main/devices/sim-bus/sim-bus.ts';
import { SimServo } from '../../main/devices/sim-bus/sim-servo.ts';
import { systemClock } from '../../main/system-clock.ts';
import type { PortalError } from '../../shared/portal/errors.ts';
import { CountedLink } from '../fakes/counted-link.ts';
import { until } from '../fakes/until.ts';
import { ManualClock } from '../unit/main/manual-clock.ts';

const IDS = [1, 2, 3, 4, 5, 6];

/** Real servo bytes through a real pseudo-terminal and the real serialport package. Answers are given up when the test says so: a busy machine makes none late. */
describe.skipIf(process.platform === 'win32')('the servo bus on a serial port', () => {
  let terminal: PseudoTerminal;
  let sim: SimBus;
  let bus: FeetechBus;
  let lost: PortalError[];
  let clock: ManualClock;
  let link: CountedLink;
  let atSim: { heardBytes: number; sentBytes: number };
  /** Answers that wait on their way; null = they do not. */
  let held: Uint8Array[] | null;

  beforeEach(async () => {
    const servos = IDS.map((id) => new SimServo(id, 2000 + 10 * id, systemClock.nowUs()));
    atSim = { heardBytes: 0, sentBytes: 0 };
    held = null;
    terminal = openPseudoTerminal((bytes) => {
      sim.receive(bytes);
      atSim.heardBytes += bytes.byteLength;
    });
    sim = new SimBus(servos, systemClock, (bytes) => {
      if (held === null) answer(bytes);
      else held.push(bytes);
    });
    clock = new ManualClock();
    link = new CountedLink(new SerialLink(terminal.path));
    bus = new FeetechBus(link, clock);
    lost = [];
    await bus.open((error) => { lost.push(error); });
  });
  afterEach(async () => {
    await outwaited(bus.close());
    terminal.close();
  });
  const answer = (bytes: Uint8Array): void => {
    atSim.sentBytes += bytes.byteLength;
    terminal.write(bytes);
  };
  /** All that was sent has arrived, both ways. */
  const isQuiet = (): boolean => atSim.heardBytes === link.writtenBytes && link.heardBytes === atSim.sentBytes;

  /** What a call comes to while whatever is not answered is given up. */
  async function outwaited<T>(call: Promise<T>): Promise<T> {
    let isSettled = false;
    const settled = (): void => { isSettled = true; };
    call.then(settled, settled);
    for (let askedBytes = link.writtenBytes; !isSettled; askedBytes = link.writtenBytes) {
      await until('a question to which no more answers come', () => isSettled || (link.writtenBytes > askedBytes && isQuiet()));
      // Longer than any answer is waited for.
      clock.advance(5000);
    }
    return call;
  }

  const servo = (id: number): SimServo => {
    const found = sim.servos.find((one) => one.id === id);
    if (found === undefined) throw new Error(`no servo ${id}`);
    return found;
  };

  it('finds servos, reads and writes registers, and moves all at once', async () => {
    expect(await bus.ping(3)).toBe(true);
    expect(await outwaited(bus.ping(9))).toBe(false);
    expect(await bus.read(1, REGISTER.modelNumber)).toBe(777);
    await bus.write(3, REGISTER.homingOffset, -100);
    expect(await bus.read(3, REGISTER.homingOffset)).toBe(-100);
    const positions = await bus.syncRead(IDS, REGISTER.presentPosition);
    expect([...positions]).toEqual([[1, 2010], [2, 2020], [3, 2130], [4, 2040], [5, 2050], [6, 2060]]);
    for (const id of IDS) await bus.write(id, REGISTER.torqueEnable, 1);
    await bus.syncWrite(REGISTER.goalPosition, new Map(IDS.map((id) => [id, 2500])));
    const deadlineMs = performance.now() + 5000;
    let arrived: number[] = [];
    while (arrived.length < IDS.length && performance.now() < deadlineMs) arrived = [...(await bus.syncRead(IDS, REGISTER.presentPosition)).values()].filter((at) => at === 2500);
    expect(arrived).toHaveLength(IDS.length);
  });

  it('lists everybody on the bus', async () => {
    expect(await outwaited(bus.scan())).toEqual(IDS);
  });

  it('keeps the order of callers and never mixes their answers', async () => {
    const answers = await Promise.all(Array.from({ length: 60 }, (_, index) => bus.read((index % 6) + 1, REGISTER.id)));
    expect(answers).toEqual(Array.from({ length: 60 }, (_, index) => (index % 6) + 1));
    expect(bus.counters).toMatchObject({ retries: 0, timeouts: 0, corrupt: 0 });
  });

  it('asks again when an answer is lost or damaged', async () => {
    sim.faults.dropNext = 1;
    expect(await outwaited(bus.read(2, REGISTER.id))).toBe(2);
    sim.faults.corruptNext = 1;
    expect((await outwaited(bus.syncRead(IDS, REGISTER.presentPosition))).size).toBe(6);
    expect(bus.counters).toMatchObject({ retries: 2, timeouts: 1, corrupt: 1 });
  });

  it('names who is silent, whose answer is damaged, and goes on with the others', async () => {
    sim.faults.silent.add(4);
    await expect(outwaited(bus.syncRead(IDS, REGISTER.presentPosition))).rejects.toMatchObject({ code: 'BUS_TIMEOUT', details: { expected: 'motor 4' } });
    await expect(outwaited(bus.write(4, REGISTER.torqueEnable, 1))).rejects.toMatchObject({ code: 'BUS_TIMEOUT' });
    expect(await bus.read(5, REGISTER.id)).toBe(5);
    sim.faults.corruptNext = 99;
    await expect(outwaited(bus.read(1, REGISTER.id))).rejects.toMatchObject({ code: 'BUS_CORRUPT' });
    sim.faults.corruptNext = 0;
    expect(await bus.read(1, REGISTER.id)).toBe(1);
  });

  it('sees two servos of one id as a damaged answer', async () => {
    servo(6).memory.set(REGISTER.id, 5);
    await expect(outwaited(bus.read(5, REGISTER.presentPosition))).rejects.toMatchObject({ code: 'BUS_CORRUPT' });
  });

  it('hears the error bits of a synchronous read, with the reading', async () => {
    servo(2).trip();
    servo(3).volts = 12;
    expect((await bus.syncRead(IDS, REGISTER.presentPosition)).get(2)).toBe(2020);
    expect(IDS.map((id) => bus.errorBits(id))).toEqual([0, 0x20, 0x01, 0, 0, 0]);
    expect(servoFault('shoulder_lift', bus.errorBits(2))).toMatchObject({ code: 'OVERLOAD', message: 'shoulder_lift is overloaded and holds with reduced force' });
    expect(servoFault('elbow_flex', 0)).toBeNull();
  });

  it('takes a late answer for nobody', async () => {
    const late: Uint8Array[] = (held = []);
    await expect(outwaited(bus.read(1, REGISTER.id, 0))).rejects.toMatchObject({ code: 'BUS_TIMEOUT' });
    const next = bus.read(2, REGISTER.id);
    await until('both answers', () => late.length === 2);
    for (const bytes of late) answer(bytes);
    expect(await next).toBe(2);
  });

  it('has the port for itself', async () => {
    const other = new SerialLink(terminal.path);
    await expect(other.open({ onBytes: () => undefined, onLost: () => undefined })).rejects.toMatchObject({ code: 'PORT_BUSY' });
    await expect(new SerialLink('/dev/none').open({ onBytes: () => undefined, onLost: () => undefined })).rejects.toMatchObject({ code: 'PORT_MISSING' });
  });

  it('says when the plug was pulled, also to whoever was waiting', async () => {
    sim.faults.silent.add(1);
    const waiting = bus.read(1, REGISTER.id, 50);
    waiting.catch(() => undefined);
    terminal.close();
    await expect(waiting).rejects.toMatchObject({ code: 'PORT_LOST' });
    await until('the loss', () => lost.length === 1);
    await expect(bus.read(2, REGISTER.id)).rejects.toMatchObject({ code: 'PORT_LOST' });
  });
});
