import { FeetechBus } from '../../main/devices/feetech/bus.ts';
import { formatCalibration, type ArmCalibration } from '../../main/devices/feetech/calibration.ts';
import { motorNames, so101Joints, SO101_MOTORS, type So101Joint } from '../../main/devices/feetech/so101-motors.ts';
import { encodeRegister, REGISTER } from '../../main/devices/feetech/table.ts';
import { SerialLink } from '../../main/devices/serial-link.ts';
import { openPseudoTerminal, type PseudoTerminal } from '../../main/devices/sim-bus/pseudo-terminal.ts';
import type { SimBus } from '../../main/devices/sim-bus/sim-bus.ts';
import { createSimSo101, type SimArmKind } from '../../main/devices/sim-bus/sim-so101.ts';
import { systemClock } from '../../main/system-clock.ts';
import type { Clock } from '../../shared/portal/clock.ts';
import { MemoryLink } from './memory-link.ts';

/** The full turn of a wrist, half a turn for the others. */
export const TEST_CALIBRATION: ArmCalibration = Object.fromEntries(
  SO101_MOTORS.map((name, index) => [name, { id: index + 1, driveMode: 0, homingOffset: index * 10, rangeMin: name === 'wrist_roll' ? 0 : 1000, rangeMax: name === 'wrist_roll' ? 4095 : 3000 }]),
);

/** A calibrated arm on a simulated bus behind a real pseudo-terminal. */
export interface SimulatedArm {
  sim: SimBus;
  terminal: PseudoTerminal;
  bus: FeetechBus;
  joints: So101Joint[];
  calibrationText: string;
}

/** `clock` moves the servos; the bus itself runs by the system's. The caller closes `terminal`. */
export function simulatedArm(kind: SimArmKind, clock: Clock): SimulatedArm {
  const terminal = openPseudoTerminal((bytes) => { sim.receive(bytes); });
  const sim = calibratedBus(kind, clock, (bytes) => { terminal.write(bytes); });
  sim.lineBaud = () => terminal.baud();
  const joints = so101Joints(TEST_CALIBRATION, 'degrees');
  return { sim, terminal, bus: new FeetechBus(new SerialLink(terminal.path), systemClock, motorNames(joints)), joints, calibrationText: formatCalibration(TEST_CALIBRATION) };
}

/** The same without a serial port: bytes cross in no time, and `clock` alone decides when a silent servo is given up. */
export interface MemoryArm extends Pick<SimulatedArm, 'sim' | 'bus' | 'joints'> {
  link: MemoryLink;
}

export function memoryArm(kind: SimArmKind, clock: Clock): MemoryArm {
  const link = new MemoryLink();
  const sim = calibratedBus(kind, clock, (bytes) => { link.fromBus(bytes); });
  link.toBus = (bytes) => { sim.receive(bytes); };
  const joints = so101Joints(TEST_CALIBRATION, 'degrees');
  return { sim, link, bus: new FeetechBus(link, clock, motorNames(joints)), joints };
}

function calibratedBus(kind: SimArmKind, clock: Clock, send: (bytes: Uint8Array) => void): SimBus {
  const sim = createSimSo101(kind, clock, send);
  for (const [index, name] of SO101_MOTORS.entries()) {
    const memory = sim.servos[index]?.memory;
    const motor = TEST_CALIBRATION[name];
    if (memory === undefined || motor === undefined) throw new Error(`no servo for ${name}`);
    // Written, not set: it must outlast a loss of power, as a calibration does.
    for (const [register, value] of [[REGISTER.homingOffset, motor.homingOffset], [REGISTER.minPositionLimit, motor.rangeMin], [REGISTER.maxPositionLimit, motor.rangeMax]] as const) {
      memory.write(register.address, encodeRegister(register, value));
    }
  }
  return sim;
}
