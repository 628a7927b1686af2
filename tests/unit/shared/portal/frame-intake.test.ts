import { deflateSync } from 'node:zlib';
import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import { PngCodec } from '../../../../main/codecs/png.ts';
import { validateConfig } from '../../../../shared/portal/config.ts';
import type { FrameCodec, FrameCodecs } from '../../../../shared/portal/frame-codec.ts';
import { DEFAULT_MAX_FRAME_PIXELS, FrameIntake } from '../../../../shared/portal/frame-intake.ts';
import { encodeFrameVideo, type FrameVideoHeader } from '../../../../shared/portal/frame-video-packet.ts';
import type { VideoFrame } from '../../../../shared/portal/types.ts';
import { SeededRandom } from '../../../fakes/seeded-random.ts';
import { settle, until } from '../../../fakes/session-kit.ts';

const CONFIG = validateConfig({
  session: 's',
  videos: [{ name: 'raw', codec: 'raw' }, { name: 'png', codec: 'png' }, { name: 'jpeg', codec: 'mjpeg' }, { name: 'media', codec: 'h264' }],
});
const RGB = Uint8Array.from({ length: 12 }, (_, i) => 20 * i);

function png(rgb: Uint8Array, width: number, height: number): Uint8Array {
  return new Uint8Array(PNG.sync.write({ width, height, data: Buffer.from(rgb) } as PNG, { colorType: 2, inputColorType: 2, inputHasAlpha: false }));
}

function packet(header: Partial<FrameVideoHeader>, payload: Uint8Array): Uint8Array {
  return encodeFrameVideo({ codec: 'png', track: 'png', width: 2, height: 2, timestampUs: 1, ...header }, payload);
}

interface Seen {
  intake: FrameIntake;
  frames: VideoFrame[];
  bytes: number[];
  warnings: string[];
  messages: string[];
}

function open(codecs: FrameCodecs = { png: new PngCodec() }, maxPixels = DEFAULT_MAX_FRAME_PIXELS, wantsPixels = true): Seen {
  const seen: Omit<Seen, 'intake'> = { frames: [], bytes: [], warnings: [], messages: [] };
  const intake = new FrameIntake(CONFIG, {
    codecs, maxPixels, wantsPixels: () => wantsPixels,
    warn: (tag, _key, message) => { seen.warnings.push(tag); seen.messages.push(message); },
    deliver: (frame, bytesOnWire) => { seen.frames.push(frame); seen.bytes.push(bytesOnWire); },
  });
  return { intake, ...seen };
}

/** A decoder that the test lets go by hand. */
class HeldCodec implements FrameCodec {
  readonly open: { timestamp: number; done(): void; fail(): void }[] = [];
  encode(): Promise<Uint8Array> {
    return Promise.reject(new Error('not here'));
  }
  decode(payload: Uint8Array, width: number, height: number): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.open.push({ timestamp: payload.byteLength, done: () => { resolve(new Uint8Array(3 * width * height)); }, fail: () => { reject(new Error('broken further in')); } });
    });
  }
}

describe('byte-stream frames that come in', () => {
  it('are delivered with their own timestamp, exact, with the bytes they took', async () => {
    const seen = open();
    const raw = packet({ codec: 'raw', track: 'raw', timestampUs: 5 }, RGB);
    seen.intake.take(raw);
    expect(seen.frames).toEqual([{ track: 'raw', width: 2, height: 2, format: 'rgb24', data: RGB, timestampUs: 5 }]);
    expect(seen.bytes).toEqual([raw.byteLength]);
    seen.intake.take(packet({ timestampUs: 6 }, png(RGB, 2, 2)));
    await until('the PNG', () => seen.frames.length === 2);
    expect(seen.frames[1]).toEqual({ track: 'png', width: 2, height: 2, format: 'rgb24', data: RGB, timestampUs: 6 });
    expect(seen.warnings).toEqual([]);
  });

  it('are not decoded where their times alone are wanted, and refused all the same when they are no picture', () => {
    const codec = new HeldCodec();
    const seen = open({ png: codec }, DEFAULT_MAX_FRAME_PIXELS, false);
    seen.intake.take(packet({ timestampUs: 6 }, png(RGB, 2, 2)));
    seen.intake.take(packet({ timestampUs: 7 }, RGB));
    expect(seen.frames).toEqual([{ track: 'png', width: 0, height: 0, format: 'rgb24', data: new Uint8Array(0), timestampUs: 6 }]);
    expect(seen.warnings).toEqual(['decode-failed']);
    expect(codec.open).toEqual([]);
  });

  it('of 0×0 leave their size to the picture, as the peer has it', async () => {
    const seen = open();
    seen.intake.take(packet({ width: 0, height: 0 }, png(RGB, 2, 2)));
    await until('the frame', () => seen.frames.length === 1);
    expect(seen.frames[0]).toMatchObject({ width: 2, height: 2, data: RGB });
  });

  it('of another codec than declared are dropped with a warning, also on a track that is no byte stream here', () => {
    const seen = open();
    seen.intake.take(packet({ codec: 'raw', track: 'png' }, RGB));
    seen.intake.take(packet({ codec: 'raw', track: 'media' }, RGB));
    expect(seen.warnings).toEqual(['codec-mismatch', 'codec-mismatch']);
    expect(seen.messages[0]).toContain('as raw, declared here is png');
    expect(seen.frames).toEqual([]);
  });

  it('of a track that is not declared are dropped with a warning', () => {
    const seen = open();
    seen.intake.take(packet({ track: 'else' }, png(RGB, 2, 2)));
    expect(seen.warnings).toEqual(['unknown-track']);
  });

  it.each<[string, Partial<FrameVideoHeader>, Uint8Array]>([
    ['another size in the PNG than in the header', { width: 3 }, png(RGB, 2, 2)],
    ['another size in the JPEG', { codec: 'mjpeg', track: 'jpeg' }, Uint8Array.from([0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 9, 0, 9, 3, 1, 0x22, 0])],
    ['a JPEG where a PNG should be', {}, Uint8Array.from([0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 2, 0, 2, 3, 1, 0x22, 0])],
    ['nothing', {}, new Uint8Array(0)],
    ['garbage', { codec: 'mjpeg', track: 'jpeg' }, new TextEncoder().encode('no picture at all')],
    ['a PNG cut in its header', {}, png(RGB, 2, 2).subarray(0, 30)],
  ])('holding %s never reach a decoder', (_what, header, payload) => {
    const held = new HeldCodec();
    const seen = open({ png: held, mjpeg: held });
    seen.intake.take(packet(header, payload));
    expect(seen.warnings).toEqual(['decode-failed']);
    expect(held.open).toEqual([]);
  });

  it('with raw pixels that do not fill them are refused', () => {
    const seen = open();
    const whole = packet({ codec: 'raw', track: 'raw' }, RGB);
    seen.intake.take(whole.subarray(0, whole.byteLength - 1));
    const empty = packet({ codec: 'raw', track: 'raw' }, RGB);
    empty.fill(0, 2, 6);
    seen.intake.take(empty);
    expect(seen.warnings).toEqual(['decode-failed', 'decode-failed']);
    expect(seen.frames).toEqual([]);
  });

  it('that are image bombs are refused by their first bytes, header and picture agreeing or not', () => {
    const held = new HeldCodec();
    const seen = open({ png: held });
    const bomb = png(RGB, 2, 2);
    new DataView(bomb.buffer).setUint32(16, 60_000);
    new DataView(bomb.buffer).setUint32(20, 60_000);
    seen.intake.take(packet({ width: 60_000, height: 60_000 }, bomb));
    seen.intake.take(packet({ width: 0, height: 0 }, bomb));
    expect(seen.warnings).toEqual(['decode-failed', 'decode-failed']);
    expect(seen.messages[0]).toContain('maxFramePixels');
    expect(held.open).toEqual([]);
  });

  it('are bounded by the maximum that the operator sets', async () => {
    const seen = open({ png: new PngCodec() }, 3);
    seen.intake.take(packet({}, png(RGB, 2, 2)));
    expect(seen.warnings).toEqual(['decode-failed']);
    seen.intake.take(packet({ width: 3, height: 1 }, png(RGB.subarray(0, 9), 3, 1)));
    await until('the small one', () => seen.frames.length === 1);
  });

  it('broken behind a good header are a warning, and the next one comes', async () => {
    const seen = open();
    const whole = png(RGB, 2, 2);
    seen.intake.take(packet({}, whole.subarray(0, whole.byteLength - 20)));
    // Inflates to far more than its size: the decoder stops where the picture is full.
    const long = Uint8Array.from([...whole.subarray(0, 33), ...chunk('IDAT', deflateSync(new Uint8Array(5_000_000))), ...chunk('IEND', new Uint8Array(0))]);
    seen.intake.take(packet({ timestampUs: 2 }, long));
    seen.intake.take(packet({ timestampUs: 3 }, whole));
    await until('the good one', () => seen.frames.some(({ timestampUs }) => timestampUs === 3));
    expect(seen.warnings).toContain('decode-failed');
    expect(seen.frames.at(-1)?.data).toEqual(RGB);
  });

  it('come out in their order, one of a track at a time; tracks do not wait for each other', async () => {
    const held = new HeldCodec();
    const seen = open({ png: held, mjpeg: held });
    for (const timestampUs of [1, 2, 3]) seen.intake.take(packet({ timestampUs }, png(RGB, 2, 2)));
    expect(held.open).toHaveLength(1);
    seen.intake.take(packet({ codec: 'mjpeg', track: 'jpeg', timestampUs: 9 }, Uint8Array.from([0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 2, 0, 2, 3, 1, 0x22, 0])));
    expect(held.open).toHaveLength(2);
    held.open[1]?.done();
    await settle();
    expect(seen.frames.map(({ timestampUs }) => timestampUs)).toEqual([9]);
    for (const index of [0, 2, 3]) {
      held.open[index]?.done();
      await settle();
    }
    expect(seen.frames.map(({ timestampUs }) => timestampUs)).toEqual([9, 1, 2, 3]);
  });

  it('that come faster than they are decoded are given up for the newest', async () => {
    const held = new HeldCodec();
    const seen = open({ png: held });
    for (let timestampUs = 1; timestampUs <= 6; timestampUs++) seen.intake.take(packet({ timestampUs }, png(RGB, 2, 2)));
    for (let index = 0; index < held.open.length; index++) {
      held.open[index]?.done();
      await settle();
    }
    expect(seen.frames.map(({ timestampUs }) => timestampUs)).toEqual([1, 6]);
    expect(seen.warnings).toEqual(['decode-slow']);
  });

  it('of a robot that left meanwhile are not delivered', async () => {
    const held = new HeldCodec();
    const seen = open({ png: held });
    seen.intake.take(packet({ timestampUs: 1 }, png(RGB, 2, 2)));
    seen.intake.take(packet({ timestampUs: 2 }, png(RGB, 2, 2)));
    seen.intake.forget();
    held.open[0]?.fail();
    await settle();
    expect(held.open).toHaveLength(1);
    expect(seen).toMatchObject({ frames: [], warnings: [] });
  });

  it('that are random or bent packets never throw, and each is delivered or warned about', async () => {
    const random = new SeededRandom(3);
    const held = new HeldCodec();
    const seen = open({ png: held, mjpeg: held });
    const good = [packet({}, png(RGB, 2, 2)), packet({ codec: 'raw', track: 'raw' }, RGB)];
    for (let turn = 0; turn < 20_000; turn++) {
      const bent = random.pick(good).slice(0, random.integer(0, 90));
      for (let k = random.integer(0, 3); k > 0 && bent.byteLength > 0; k--) bent[random.integer(0, bent.byteLength - 1)] = random.integer(0, 255);
      seen.intake.take(bent);
    }
    await settle();
    expect(new Set(seen.warnings)).toEqual(new Set(['bad-payload', 'unknown-track', 'codec-mismatch', 'decode-failed', 'decode-slow']));
  });
});

/** A PNG chunk; its checksum is right. */
function chunk(name: string, data: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.byteLength, 0);
  body.copy(framed, 4);
  framed.writeInt32BE(crc32(body), body.length + 4);
  return framed;
}

function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc;
}
