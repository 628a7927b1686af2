import { pushVarint, tag, WIRE } from './wire-writer.ts';

/**
 * The three messages that pass between this process and the engine once a packet, written and read by hand: data out, data in,
 * and the engine's word that data went out. The package's own classes describe every message at run time, which at 60 Hz, never
 * warm, costs a tenth of the whole round trip. Field numbers are those of `room.proto` and `ffi.proto` in @livekit/rtc-ffi-bindings.
 */

/** A data packet as the engine tells it; the bytes stay in its memory until `handle` is dropped. */
export interface EngineData {
  room: bigint;
  /** Empty for a hidden sender. */
  sender: string;
  topic: string;
  address: bigint;
  length: number;
  handle: bigint;
}

export interface DataToPublish {
  participant: bigint;
  address: bigint;
  length: number;
  reliable: boolean;
  topic: string;
}

/** Null = another event, or one that is built otherwise than expected; the package's classes know better. */
export function readDataPacket(event: Uint8Array): EngineData | null {
  // Most events are something else, and say so in their first byte.
  return event[0] === tag(1, WIRE.bytes) ? unlessMalformed(() => dataPacketIn(event)) : null;
}

/** The engine's answer to `publishDataRequest`, under the id of `readPublishId`. Null = another event. */
export function readPublishReply(event: Uint8Array): { asyncId: bigint; error: string | undefined } | null {
  if (event[0] !== tag(11, WIRE.bytes)) return null;
  return unlessMalformed(() => {
    const reply = inside(event);
    let asyncId = 0n;
    let error: string | undefined;
    while (reply.next()) {
      if (reply.field === 1) asyncId = BigInt(reply.value);
      else if (reply.field === 2) error = reply.text();
    }
    return { asyncId, error };
  });
}

/** The engine's immediate response to `publishDataRequest`. Null = none of it. */
export function readPublishId(response: Uint8Array): bigint | null {
  if (response[0] !== tag(7, WIRE.bytes)) return null;
  return unlessMalformed(() => {
    const publish = inside(response);
    while (publish.next()) if (publish.field === 1) return BigInt(publish.value);
    return null;
  });
}

/** Asks the engine to send `length` bytes at `address` to everybody. */
export function publishDataRequest({ participant, address, length, reliable, topic }: DataToPublish): Uint8Array {
  const name = new TextEncoder().encode(topic);
  const body: number[] = [tag(1, WIRE.varint)];
  pushVarint(body, participant);
  body.push(tag(2, WIRE.varint));
  pushVarint(body, address);
  body.push(tag(3, WIRE.varint));
  pushVarint(body, length);
  body.push(tag(4, WIRE.varint), reliable ? 1 : 0, tag(6, WIRE.bytes));
  pushVarint(body, name.byteLength);
  const head: number[] = [tag(7, WIRE.bytes)];
  pushVarint(head, body.length + name.byteLength);
  const request = new Uint8Array(head.length + body.length + name.byteLength);
  request.set(head);
  request.set(body, head.length);
  request.set(name, head.length + body.length);
  return request;
}

function dataPacketIn(event: Uint8Array): EngineData | null {
  const room = inside(event);
  let handle = 0;
  while (room.next()) {
    if (room.field === 1) handle = room.value;
    else if (room.field === 27) return packetIn(room.inside(), BigInt(handle));
    else return null;
  }
  return null;
}

function packetIn(packet: Fields, room: bigint): EngineData | null {
  let sender = '';
  let user: Fields | null = null;
  while (packet.next()) {
    if (packet.field === 2) sender = packet.text();
    else if (packet.field === 4) user = packet.inside();
  }
  if (user === null) return null;
  const data = { room, sender, topic: '', address: 0n, length: 0, handle: 0n };
  while (user.next()) {
    if (user.field === 2) data.topic = user.text();
    else if (user.field === 1) readBuffer(user.inside(), data);
  }
  return data;
}

function readBuffer(buffer: Fields, into: { address: bigint; length: number; handle: bigint }): void {
  while (buffer.next()) {
    const part = buffer.inside();
    while (part.next()) {
      if (buffer.field === 1 && part.field === 1) into.handle = BigInt(part.value);
      else if (buffer.field === 2 && part.field === 1) into.address = BigInt(part.value);
      else if (buffer.field === 2 && part.field === 2) into.length = part.value;
    }
  }
}

/** The one message that an event or a response consists of. */
function inside(message: Uint8Array): Fields {
  const outer = new Fields(message, 0, message.byteLength);
  outer.next();
  return outer.inside();
}

function unlessMalformed<T>(read: () => T | null): T | null {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof RangeError) return null;
    throw thrown;
  }
}

/** Walks over the fields of one message. Throws RangeError where the bytes are none, or a number exceeds 2^53. */
class Fields {
  field = 0;
  /** Of a number. */
  value = 0;
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;
  #start = 0;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  /** False at the end. */
  next(): boolean {
    if (this.#at >= this.#end) return false;
    const key = this.#varint();
    this.field = Math.floor(key / 8);
    switch (key % 8) {
      case WIRE.varint:
        this.value = this.#varint();
        break;
      case WIRE.bytes: {
        const length = this.#varint();
        this.#start = this.#at;
        this.#at += length;
        break;
      }
      case WIRE.fixed64:
        this.#at += 8;
        break;
      case WIRE.fixed32:
        this.#at += 4;
        break;
      default:
        throw new RangeError('no such wire type');
    }
    if (this.#at > this.#end) throw new RangeError('the message ends early');
    return true;
  }

  /** The field's bytes as a message. */
  inside(): Fields {
    return new Fields(this.#bytes, this.#start, this.#at);
  }

  /** The field's bytes as text. */
  text(): string {
    return Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset + this.#start, this.#at - this.#start).toString('utf8');
  }

  #varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new RangeError('the message ends early');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
      scale *= 128;
    }
    if (!Number.isSafeInteger(value)) throw new RangeError('a number beyond 2^53');
    return value;
  }
}
