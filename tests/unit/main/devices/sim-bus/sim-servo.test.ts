import { describe, expect, it } from 'vitest';
import { encodeRegister, REGISTER, type Register } from '../../../../../main/devices/feetech/table.ts';
import { SimServo } from '../../../../../main/devices/sim-bus/sim-servo.ts';

const S = 1_000_000;

function servo(actual = 2048): { it: SimServo; write(register: Register, value: number): void; after(seconds: number): SimServo } {
  let nowUs = 1;
  const it = new SimServo(1, actual, nowUs);
  return {
    it,
    write: (register, value) => { it.write(register.address, encodeRegister(register, value), nowUs); },
    after(seconds) {
      // In the steps of a control loop: a pause of seconds is something else to a motion than the loop that it stands for.
      for (let step = 0; step < seconds * 100; step += 1) it.advance((nowUs += S / 100));
      return it;
    },
  };
}

describe('a simulated servo', () => {
  it('follows a goal with speed and lag, and only under torque', () => {
    const one = servo();
    one.write(REGISTER.goalPosition, 3000);
    expect(one.after(1).actual).toBe(2048);
    one.write(REGISTER.torqueEnable, 1);
    expect(one.after(0.05).actual).toBeLessThan(2500);
    expect(one.after(2).memory.get(REGISTER.presentPosition)).toBe(3000);
  });

  it('holds where it is when torque comes on without a goal', () => {
    const one = servo(1000);
    one.write(REGISTER.torqueEnable, 1);
    expect(one.after(1).memory.get(REGISTER.presentPosition)).toBe(1000);
  });

  it('tells its position less the homing offset, within one turn, and cuts goals at its limits in that frame', () => {
    const one = servo(100);
    one.write(REGISTER.homingOffset, 300);
    expect(one.after(0.01).memory.get(REGISTER.presentPosition)).toBe(4096 - 200);
    const two = servo(2048);
    two.write(REGISTER.homingOffset, -100);
    two.write(REGISTER.maxPositionLimit, 2200);
    two.write(REGISTER.goalPosition, 4000);
    two.write(REGISTER.torqueEnable, 1);
    expect(two.after(2).memory.get(REGISTER.presentPosition)).toBe(2200);
    expect(Math.round(two.it.actual)).toBe(2100);
  });

  it('keeps settings over a loss of power only when they were written unlocked', () => {
    const one = servo();
    one.write(REGISTER.pCoefficient, 16);
    one.write(REGISTER.lock, 1);
    one.write(REGISTER.dCoefficient, 9);
    one.write(REGISTER.torqueEnable, 1);
    expect(one.it.memory.get(REGISTER.dCoefficient)).toBe(9);
    one.it.powerCycle(2 * S);
    expect([one.it.memory.get(REGISTER.pCoefficient), one.it.memory.get(REGISTER.dCoefficient), one.it.isHolding]).toEqual([16, 32, false]);
  });

  it('does not let its measurements or its model be written', () => {
    const one = servo(1234);
    one.write(REGISTER.presentPosition, 1);
    one.write(REGISTER.modelNumber, 1);
    expect([one.it.memory.get(REGISTER.presentPosition), one.it.memory.get(REGISTER.modelNumber)]).toEqual([1234, 777]);
  });

  it('trips when it works against something for longer than its patience, and recovers by torque off and on', () => {
    const one = servo();
    one.write(REGISTER.torqueEnable, 1);
    one.write(REGISTER.goalPosition, 3500);
    one.it.isJammed = true;
    expect(one.after(1).errorBits & 0x20).toBe(0);
    expect(one.after(2).errorBits & 0x20).toBe(0x20);
    one.it.isJammed = false;
    expect(one.after(1).actual).toBe(2048);
    one.write(REGISTER.torqueEnable, 0);
    one.write(REGISTER.torqueEnable, 1);
    expect(one.after(2).memory.get(REGISTER.presentPosition)).toBe(3500);
    expect(one.it.errorBits).toBe(0);
  });

  it('warms up under load and says when the supply does not fit', () => {
    const one = servo();
    one.it.volts = 12;
    expect(one.after(0.1).errorBits).toBe(0x01);
    expect(one.it.memory.get(REGISTER.presentVoltage)).toBe(120);
    one.it.heatTo(80);
    expect(one.it.errorBits & 0x04).toBe(0x04);
    expect(one.after(30).memory.get(REGISTER.presentTemperature)).toBeLessThan(80);
  });

  it('can be turned by hand only without torque', () => {
    const one = servo();
    one.it.turnByHand(100, S);
    expect(one.it.memory.get(REGISTER.presentPosition)).toBe(100);
    one.write(REGISTER.torqueEnable, 1);
    one.it.turnByHand(3000, 2 * S);
    expect(one.it.memory.get(REGISTER.presentPosition)).toBe(100);
  });
});
