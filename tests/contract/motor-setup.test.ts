import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MotorSetup, SETUP_ORDER } from '../../main/devices/feetech/motor-setup.ts';
import { checkMotors } from '../../main/devices/feetech/arm-check.ts';
import { FeetechBus } from '../../main/devices/feetech/bus.ts';
import { SO101_IDS } from '../../main/devices/feetech/so101-motors.ts';
import { REGISTER } from '../../main/devices/feetech/table.ts';
import { SerialLink } from '../../main/devices/serial-link.ts';
import { openPseudoTerminal, type PseudoTerminal } from '../../main/devices/sim-bus/pseudo-terminal.ts';
import { runBusCommand } from '../../main/devices/sim-bus/sim-bus-commands.ts';
import type { SimBus } from '../../main/devices/sim-bus/sim-bus.ts';
import { createSimSo101 } from '../../main/devices/sim-bus/sim-so101.ts';
import { systemClock } from '../../main/system-clock.ts';

/** As its model number, 0x0504 with the high byte first, is read here. */
const SCS0009 = 0x0405;

describe.skipIf(process.platform === 'win32')('setting up new motors, one on the bus at a time', () => {
  let terminal: PseudoTerminal;
  let sim: SimBus;
  let setup: MotorSetup;
  let writes: number;
  const type = (line: string): string => runBusCommand(line, { bus: sim, clock: systemClock, unplug: () => { terminal.close(); } });
  beforeEach(() => {
    terminal = openPseudoTerminal((bytes) => { sim.receive(bytes); });
    sim = createSimSo101('follower', systemClock, (bytes) => { terminal.write(bytes); }, true);
    sim.lineBaud = () => terminal.baud();
    writes = 0;
    sim.onWrite = () => { writes += 1; };
    setup = new MotorSetup((baud) => new SerialLink(terminal.path, baud), systemClock);
  });
  afterEach(() => { terminal.close(); });

  it('gives each its id at 1 Mbaud, whatever rate it was left at, and all six are an arm afterwards', async () => {
    type('baud 6 1');
    type('baud 2 4');
    for (const motor of SETUP_ORDER) {
      type(`only ${motor.id}`);
      const found = await setup.assign(motor);
      expect(found).toEqual({ id: 1, baud: motor.id === 6 ? 500_000 : motor.id === 2 ? 115_200 : 1_000_000, warning: null });
    }
    // Being unplugged took their power: what answers now was kept.
    type('chain');
    const bus = new FeetechBus(new SerialLink(terminal.path), systemClock);
    await bus.open(() => undefined);
    await checkMotors(bus, SO101_IDS);
    expect(await bus.read(3, REGISTER.lock), 'switched off and on since').toBe(0);
    await bus.close();
  });

  it('takes a motor for set up that has its id, also when its answer to that was lost', async () => {
    type('only 6');
    sim.onWrite = ({ address }) => { if (address === REGISTER.id.address) sim.faults.dropNext = 1; };
    expect(await setup.assign(SETUP_ORDER[0]!)).toEqual({ id: 1, baud: 1_000_000, warning: null });
    expect(sim.servos[5]?.id).toBe(6);
  });

  it('finds a motor of any id, and changes nothing by looking', async () => {
    type('only 3');
    sim.servos[2]?.memory.set(REGISTER.id, 42);
    expect(await setup.find()).toEqual({ id: 42, baud: 1_000_000, warning: null });
    expect(writes).toBe(0);
  });

  it('refuses several motors, with ids of their own or the same, and changes nothing', async () => {
    await expect(setup.assign(SETUP_ORDER[0]!)).rejects.toMatchObject({ code: 'MOTOR_DUPLICATE', details: { got: 'answers on top of each other' } });
    for (const [index, servo] of sim.servos.entries()) servo.memory.set(REGISTER.id, index + 1);
    await expect(setup.assign(SETUP_ORDER[0]!)).rejects.toMatchObject({ code: 'MOTOR_DUPLICATE', details: { got: 'motors 1, 2, 3, 4, 5, 6' } });
    expect(writes).toBe(0);
  });

  it('sets up a motor of another model, a clone for instance, and says what to check', async () => {
    type('model 6 1540');
    type('only 6');
    const { warning } = await setup.assign(SETUP_ORDER[0]!);
    expect(warning).toMatch(/^motor 1 on .* says it is model 1540, not STS3215 \(777\);.*registers.*4096 steps.*12 V/u);
    expect(sim.servos[5]?.id).toBe(6);
  });

  it('refuses a motor of a series that counts otherwise', async () => {
    type('only 1');
    sim.servos[0]?.memory.set(REGISTER.modelNumber, SCS0009);
    await expect(setup.assign(SETUP_ORDER[0]!)).rejects.toMatchObject({ code: 'MOTOR_MODEL' });
    expect(writes).toBe(0);
  });

  it('says where to look when no motor answers at any rate, and which rates were tried', async () => {
    for (const servo of sim.servos) servo.isPlugged = false;
    const tried: number[] = [];
    await expect(setup.find((baud) => tried.push(baud))).rejects.toMatchObject({ code: 'MOTOR_MISSING', details: { fix: expect.stringContaining('power supply') as unknown } });
    expect(tried).toEqual([1_000_000, 500_000, 250_000, 128_000, 115_200, 57_600, 38_400, 19_200]);
  });

  it('does not take a motor for set up that loses its power in between', async () => {
    type('only 6');
    sim.onWrite = ({ address }) => { if (address === REGISTER.id.address) sim.faults.silent.add(6); };
    await expect(setup.assign(SETUP_ORDER[0]!)).rejects.toMatchObject({ code: 'MOTOR_MISSING', message: 'the motor does not answer as 6 (gripper)' });
  });
});
