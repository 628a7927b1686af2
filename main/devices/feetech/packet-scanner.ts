import { checksum, EMPTY_PACKET_BYTES, MAX_ID, MAX_PACKET_BYTES, type BusPacket } from './packet.ts';

/** Highest error byte of a reply: above, the header was noise. */
const MAX_ERROR_BITS = 0x7f;

/** Which headers can be packets; everything else is noise. */
export interface ScannerRules {
  maxId: number;
  maxCode: number;
}

/** What comes back from servos. */
export const STATUS_RULES: ScannerRules = { maxId: MAX_ID, maxCode: MAX_ERROR_BITS };
/** What a servo hears. */
export const INSTRUCTION_RULES: ScannerRules = { maxId: 0xfe, maxCode: 0xff };

/**
 * Finds packets in a stream of bytes that may begin anywhere and hold noise, as the vendor's SDK does: an impossible header or
 * a wrong checksum costs one byte, then the search goes on. Holds less than one packet, whatever comes.
 */
export class PacketScanner {
  readonly #rules: ScannerRules;
  #held: Uint8Array = new Uint8Array(0);
  /** Bytes that belonged to no packet. */
  skippedBytes = 0;
  /** Packets whose checksum was wrong. */
  corrupt = 0;

  constructor(rules: ScannerRules) {
    this.#rules = rules;
  }

  /** Takes bytes as they come; returns the packets they complete. */
  push(bytes: Uint8Array): BusPacket[] {
    const all = new Uint8Array(this.#held.length + bytes.length);
    all.set(this.#held);
    all.set(bytes, this.#held.length);
    const packets: BusPacket[] = [];
    let at = 0;
    while (at < all.length) {
      const found = this.#look(all, at);
      if (found === 'incomplete') break;
      if (found === 'noise') {
        this.skippedBytes += 1;
        at += 1;
        continue;
      }
      packets.push(found);
      at += found.parameters.length + EMPTY_PACKET_BYTES;
    }
    this.#held = all.slice(at);
    return packets;
  }

  /** True when a packet has begun and not ended. */
  get isInside(): boolean {
    return this.#held.length > 0;
  }

  /** Forgets what was begun, as after a time-out. */
  clear(): void {
    this.#held = new Uint8Array(0);
  }

  #look(bytes: Uint8Array, at: number): BusPacket | 'noise' | 'incomplete' {
    const byte = (offset: number): number | undefined => bytes[at + offset];
    if (byte(0) !== 0xff || (byte(1) ?? 0xff) !== 0xff) return 'noise';
    // Three in a row: the header may begin with the second.
    const id = byte(2);
    if (id === undefined) return 'incomplete';
    if (id > this.#rules.maxId) return 'noise';
    const length = byte(3);
    if (length === undefined) return 'incomplete';
    if (length < 2 || length + 4 > MAX_PACKET_BYTES) return 'noise';
    const code = byte(4);
    if (code === undefined) return 'incomplete';
    if (code > this.#rules.maxCode) return 'noise';
    const end = at + length + 4;
    if (bytes.length < end) return 'incomplete';
    if (bytes[end - 1] !== checksum(bytes, at + 2, end - 1)) {
      this.corrupt += 1;
      return 'noise';
    }
    return { id, code, parameters: bytes.slice(at + 5, end - 1) };
  }
}
