import { describe, expect, it } from 'vitest';
import { encodePacket, INSTRUCTION, pingPacket, readPacket, syncReadPacket, syncWritePacket, writePacket } from '../../../../../main/devices/feetech/packet.ts';
import { INSTRUCTION_RULES, PacketScanner, STATUS_RULES } from '../../../../../main/devices/feetech/packet-scanner.ts';
import { decodeRegister, encodeRegister, REGISTER } from '../../../../../main/devices/feetech/table.ts';
import { SeededRandom } from '../../../../fakes/seeded-random.ts';

const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(' ');
const bytesOf = (text: string): Uint8Array => Uint8Array.from(text.split(' ').map((byte) => Number.parseInt(byte, 16)));
const { presentPosition, goalPosition, maxPositionLimit, homingOffset, torqueEnable, lock } = REGISTER;

/** Recorded from lerobot 0.6.1 with feetech-servo-sdk 1.0.0. */
describe('instruction packets', () => {
  it.each([
    ['ping', pingPacket(1), 'FF FF 01 02 01 FB'],
    ['read model', readPacket(1, 3, 2), 'FF FF 01 04 02 03 02 F3'],
    ['read position', readPacket(1, presentPosition.address, 2), 'FF FF 01 04 02 38 02 BE'],
    ['torque on', writePacket(1, torqueEnable.address, encodeRegister(torqueEnable, 1)), 'FF FF 01 04 03 28 01 CE'],
    ['unlock', writePacket(6, lock.address, encodeRegister(lock, 0)), 'FF FF 06 04 03 37 00 BB'],
    ['upper limit', writePacket(1, maxPositionLimit.address, encodeRegister(maxPositionLimit, 2947)), 'FF FF 01 05 03 0B 83 0B 5D'],
    ['negative offset', writePacket(3, homingOffset.address, encodeRegister(homingOffset, -100)), 'FF FF 03 05 03 1F 64 08 69'],
    ['synchronous read', syncReadPacket([1, 2, 3, 4, 5, 6], presentPosition.address, 2), 'FF FF FE 0A 82 38 02 01 02 03 04 05 06 26'],
    [
      'synchronous write',
      syncWritePacket(goalPosition.address, 2, ([[1, 2210], [2, 2097], [3, 1863], [4, 2097], [5, 2559], [6, 2097]] as const).map(([id, goal]) => [id, encodeRegister(goalPosition, goal)])),
      'FF FF FE 16 83 2A 02 01 A2 08 02 31 08 03 47 07 04 31 08 05 FF 09 06 31 08 7C',
    ],
    ['action', encodePacket(0xfe, INSTRUCTION.action, []), 'FF FF FE 02 05 FA'],
  ])('%s', (_name, packet, recorded) => {
    expect(hex(packet)).toBe(recorded);
  });

  it('refuses what is no byte and what is too long', () => {
    expect(() => encodePacket(300, 1, [])).toThrow(RangeError);
    expect(() => encodePacket(1, 3, [1.5])).toThrow(RangeError);
    expect(() => encodePacket(1, 3, new Uint8Array(245))).toThrow(RangeError);
  });
});

describe('registers', () => {
  it('carry their sign in a bit of its own', () => {
    expect(decodeRegister(homingOffset, bytesOf('64 08'))).toBe(-100);
    for (const value of [-2047, -1, 0, 1, 2047]) expect(decodeRegister(homingOffset, encodeRegister(homingOffset, value))).toBe(value);
    expect(decodeRegister(presentPosition, bytesOf('0A 08'))).toBe(2058);
  });

  it('refuse what they cannot hold', () => {
    expect(() => encodeRegister(homingOffset, 2048)).toThrow(/Homing_Offset holds -2047 to 2047/u);
    expect(() => encodeRegister(torqueEnable, 256)).toThrow(RangeError);
    expect(() => encodeRegister(torqueEnable, -1)).toThrow(RangeError);
    expect(() => encodeRegister(goalPosition, 1.5)).toThrow(RangeError);
  });
});

describe('the scanner', () => {
  it('reads replies, also in pieces and one after the other', () => {
    const scanner = new PacketScanner(STATUS_RULES);
    const replies = bytesOf('FF FF 01 04 00 0A 08 E8 FF FF 02 04 00 14 08 DD');
    const found = [...replies].flatMap((byte) => scanner.push(Uint8Array.of(byte)));
    expect(found.map(({ id, code, parameters }) => [id, code, decodeRegister(presentPosition, parameters)])).toEqual([[1, 0, 2058], [2, 0, 2068]]);
    expect(scanner.isInside).toBe(false);
  });

  it('finds a reply behind noise, a header that is none and a damaged packet', () => {
    const scanner = new PacketScanner(STATUS_RULES);
    const found = scanner.push(bytesOf('00 12 FF FF FF 01 04 00 09 03 EE FF FF 01 02 00 00 FF FF 05 02 20 D8'));
    expect(found.map(({ id, code }) => [id, code])).toEqual([[1, 0], [5, 0x20]]);
    expect(scanner.corrupt).toBe(1);
    expect(scanner.skippedBytes).toBeGreaterThan(3);
  });

  it('survives any bytes, holds less than a packet, and finds what comes after them', () => {
    const random = new SeededRandom(5);
    for (let round = 0; round < 300; round += 1) {
      const scanner = new PacketScanner(round % 2 === 0 ? STATUS_RULES : INSTRUCTION_RULES);
      for (let piece = 0; piece < 20; piece += 1) scanner.push(Uint8Array.from({ length: random.integer(0, 39) }, () => (random.chance(0.3) ? 0xff : random.integer(0, 255))));
      // A begun packet may swallow what follows up to its claimed length; then the line is in step again.
      scanner.push(new Uint8Array(260));
      expect(scanner.isInside).toBe(false);
      expect(scanner.push(pingPacket(3))).toHaveLength(1);
    }
  });
});
