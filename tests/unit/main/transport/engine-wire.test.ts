import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { FfiEvent, FfiRequest, FfiResponse } from '@livekit/rtc-ffi-bindings';
import { describe, expect, it } from 'vitest';
import { SDK_VERSION } from '../../../../main/transport/engine.ts';
import { publishDataRequest, readDataPacket, readPublishId, readPublishReply } from '../../../../main/transport/engine-wire.ts';

/** The package's own classes are the measure: what they write must be read, and they must read what is written. */
type Parts = { sender?: string; topic?: string; handle?: bigint; address?: bigint; length?: bigint; room?: bigint };

function packet({ sender = 'operator', topic = 'portal_action', handle = 77n, address = 0x7fff_dead_beefn, length = 44n, room = 3n }: Parts = {}): Uint8Array {
  return new FfiEvent({
    message: {
      case: 'roomEvent',
      value: {
        roomHandle: room,
        message: {
          case: 'dataPacketReceived',
          value: { kind: 1, participantIdentity: sender, value: { case: 'user', value: { data: { handle: { id: handle }, data: { dataPtr: address, dataLen: length } }, topic } } },
        },
      },
    },
  }).toBinary();
}

describe('data packets from the engine', () => {
  it('are read as the package writes them', () => {
    expect(readDataPacket(packet())).toEqual({ room: 3n, sender: 'operator', topic: 'portal_action', handle: 77n, address: 0x7fff_dead_beefn, length: 44 });
  });

  it.each<Parts>([
    { sender: '' },
    { topic: '' },
    { sender: 'Größe 🤖'.repeat(40), topic: 'a'.repeat(300) },
    { handle: 2n ** 53n - 1n, address: 2n ** 48n - 1n, length: 65_535n, room: 2n ** 40n },
    { length: 0n },
  ])('%o', (parts) => {
    const { sender = 'operator', topic = 'portal_action', handle = 77n, address = 0x7fff_dead_beefn, length = 44n, room = 3n } = parts;
    expect(readDataPacket(packet(parts))).toEqual({ room, sender, topic, handle, address, length: Number(length) });
  });

  it('leaves other events to the package', () => {
    for (const event of [
      new FfiEvent({ message: { case: 'roomEvent', value: { roomHandle: 3n, message: { case: 'participantDisconnected', value: { participantIdentity: 'a', disconnectReason: 1 } } } } }),
      new FfiEvent({ message: { case: 'roomEvent', value: { roomHandle: 3n, message: { case: 'dataPacketReceived', value: { kind: 1, participantIdentity: 'a', value: { case: 'sipDtmf', value: { code: 1, digit: '1' } } } } } } }),
      new FfiEvent({ message: { case: 'disconnect', value: { asyncId: 9n } } }),
      new FfiEvent(),
    ]) expect(readDataPacket(event.toBinary())).toBeNull();
  });

  it('takes nothing out of bytes that end early or are none', () => {
    const whole = packet();
    for (let length = 0; length < whole.byteLength; length++) expect(readDataPacket(whole.subarray(0, length))).toBeNull();
    expect(readDataPacket(Uint8Array.of(0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f))).toBeNull();
    // A handle that a number cannot hold.
    expect(readDataPacket(packet({ handle: 2n ** 60n }))).toBeNull();
  });
});

describe('data to the engine', () => {
  it.each([
    { participant: 5n, address: 0x7f12_3456_7890n, length: 36, reliable: true, topic: 'portal_state' },
    { participant: 2n ** 40n, address: 1n, length: 0, reliable: false, topic: '' },
    { participant: 127n, address: 128n, length: 15_000, reliable: true, topic: 'größer'.repeat(50) },
  ])('is asked for in the words of the package: $topic', (data) => {
    const { message } = FfiRequest.fromBinary(publishDataRequest(data));
    expect(message.case).toBe('publishData');
    expect(message.value).toMatchObject({ localParticipantHandle: data.participant, dataPtr: data.address, dataLen: BigInt(data.length), reliable: data.reliable, topic: data.topic });
  });

  it('is answered with an id, then with the outcome', () => {
    expect(readPublishId(new FfiResponse({ message: { case: 'publishData', value: { asyncId: 4711n } } }).toBinary())).toBe(4711n);
    expect(readPublishId(new FfiResponse({ message: { case: 'disconnect', value: { asyncId: 1n } } }).toBinary())).toBeNull();
    expect(readPublishReply(new FfiEvent({ message: { case: 'publishData', value: { asyncId: 4711n } } }).toBinary())).toEqual({ asyncId: 4711n, error: undefined });
    expect(readPublishReply(new FfiEvent({ message: { case: 'publishData', value: { asyncId: 8n, error: 'engine is closed' } } }).toBinary())).toEqual({ asyncId: 8n, error: 'engine is closed' });
    expect(readPublishReply(new FfiEvent({ message: { case: 'disconnect', value: { asyncId: 4711n } } }).toBinary())).toBeNull();
  });
});

it('tells the engine the version of the package that is installed', () => {
  const entry = createRequire(import.meta.url).resolve('@livekit/rtc-node');
  expect(JSON.parse(readFileSync(join(dirname(entry), '../package.json'), 'utf8'))).toMatchObject({ version: SDK_VERSION });
});
