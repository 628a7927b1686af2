/**
 * Packets of the Feetech servo bus ("protocol 0", STS/SMS series): `FF FF | id | length | code | parameters | checksum`, the
 * code an instruction on the way out and the error bits on the way back; length = parameters + 2, checksum = inverted low byte
 * of the sum from id to the last parameter. Source: Feetech memory map ST3215 V3.7 and the vendor's SDK.
 */
export const INSTRUCTION = { ping: 0x01, read: 0x02, write: 0x03, regWrite: 0x04, action: 0x05, syncRead: 0x82, syncWrite: 0x83 } as const;
export type Instruction = keyof typeof INSTRUCTION;

/** Addresses every servo; only a ping is answered. */
export const BROADCAST_ID = 0xfe;
/** Highest id a servo can have. */
export const MAX_ID = 0xfd;
/** The vendor's limit for a whole packet. */
export const MAX_PACKET_BYTES = 250;
/** Bytes of a packet without its parameters. */
export const EMPTY_PACKET_BYTES = 6;
/** At 1 Mbaud, 8N1. */
export const BYTE_US = 10;

/** A packet as it came: `code` is the instruction of a request, the error bits of a reply. */
export interface BusPacket {
  id: number;
  code: number;
  parameters: Uint8Array;
}

/** The packet's bytes. Throws RangeError for an id or a parameter that is no byte, or a packet above the vendor's limit. */
export function encodePacket(id: number, code: number, parameters: ArrayLike<number>): Uint8Array {
  if (parameters.length + EMPTY_PACKET_BYTES > MAX_PACKET_BYTES) throw new RangeError(`a bus packet of ${parameters.length + EMPTY_PACKET_BYTES} bytes is above ${MAX_PACKET_BYTES}`);
  const bytes = new Uint8Array(parameters.length + EMPTY_PACKET_BYTES);
  const content = [id, parameters.length + 2, code, ...Array.from(parameters)];
  for (const byte of content) if (!Number.isInteger(byte) || byte < 0 || byte > 0xff) throw new RangeError(`${byte} is no byte`);
  bytes.set([0xff, 0xff]);
  bytes.set(content, 2);
  bytes[bytes.length - 1] = checksum(bytes, 2, bytes.length - 1);
  return bytes;
}

export function pingPacket(id: number): Uint8Array {
  return encodePacket(id, INSTRUCTION.ping, []);
}

export function readPacket(id: number, address: number, count: number): Uint8Array {
  return encodePacket(id, INSTRUCTION.read, [address, count]);
}

export function writePacket(id: number, address: number, data: ArrayLike<number>): Uint8Array {
  return encodePacket(id, INSTRUCTION.write, [address, ...Array.from(data)]);
}

/** Every listed servo answers by itself, in the order of the list. */
export function syncReadPacket(ids: readonly number[], address: number, count: number): Uint8Array {
  return encodePacket(BROADCAST_ID, INSTRUCTION.syncRead, [address, count, ...ids]);
}

/** Never answered. `rows`: as many bytes for each id. */
export function syncWritePacket(address: number, count: number, rows: readonly (readonly [id: number, data: ArrayLike<number>])[]): Uint8Array {
  return encodePacket(BROADCAST_ID, INSTRUCTION.syncWrite, [address, count, ...rows.flatMap(([id, data]) => [id, ...Array.from(data)])]);
}

/** Inverted low byte of the sum of `bytes` from `start` up to `end`. */
export function checksum(bytes: Uint8Array, start: number, end: number): number {
  let sum = 0;
  for (let at = start; at < end; at += 1) sum += bytes[at] ?? 0;
  return ~sum & 0xff;
}
