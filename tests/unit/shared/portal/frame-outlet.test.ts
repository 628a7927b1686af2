import { describe, expect, it } from 'vitest';
import { PngCodec } from '../../../../main/codecs/png.ts';
import { validateConfig, type VideoInput, type VideoSpec } from '../../../../shared/portal/config.ts';
import type { FrameCodecs } from '../../../../shared/portal/frame-codec.ts';
import { FrameOutlet } from '../../../../shared/portal/frame-outlet.ts';
import { type DecodedFrameVideo, decodeFrameVideo } from '../../../../shared/portal/frame-video-packet.ts';
import { MetricsCollector } from '../../../../shared/portal/metrics-collector.ts';
import type { TransportMetrics } from '../../../../shared/portal/metrics.ts';
import type { VideoFrame } from '../../../../shared/portal/types.ts';
import { SeededRandom } from '../../../fakes/seeded-random.ts';
import { settle, until } from '../../../fakes/session-kit.ts';
import { ManualClock } from '../../main/manual-clock.ts';

interface Sending {
  packet: DecodedFrameVideo;
  compress: boolean;
  done(): void;
  fail(error: Error): void;
}

/** An outlet over a way out that the test opens and closes by hand. */
class Bench {
  readonly clock = new ManualClock();
  readonly metrics = new MetricsCollector(['cam', 'other']);
  readonly warnings: string[] = [];
  readonly sendings: Sending[] = [];
  readonly outlet: FrameOutlet;

  constructor(codecs: FrameCodecs = {}) {
    this.outlet = new FrameOutlet({
      clock: this.clock,
      metrics: this.metrics,
      codecs,
      warn: (tag) => { this.warnings.push(tag); },
      transport: {
        sendBytes: (topic, payload, { compress }) => {
          expect(topic).toBe('portal_frame_video');
          const packet = decodeFrameVideo(payload);
          if (!packet.ok) throw new Error(packet.reason);
          return new Promise((resolve, reject) => { this.sendings.push({ packet, compress, done: resolve, fail: reject }); });
        },
      },
    });
  }

  send(timestampUs: number, spec: VideoSpec = RAW, track = 'cam'): void {
    this.outlet.send(spec, frame(track, timestampUs));
  }

  async finish(index: number): Promise<void> {
    this.sendings[index]?.done();
    await settle();
  }

  get transport(): TransportMetrics {
    return this.metrics.snapshot(null, null, { rtt_us_last: null, rtt_us_mean: null, rtt_us_p95: null, pings_sent: 0, pongs_received: 0 }).transport;
  }

  get sent(): number[] {
    return this.sendings.map(({ packet }) => packet.timestampUs);
  }
}

const spec = (video: Partial<VideoInput>): VideoSpec => validateConfig({ session: 's', videos: [{ name: 'cam', ...video }] }).videos[0] as VideoSpec;
const RAW = spec({ codec: 'raw' });
const PNG = spec({ codec: 'png' });

function frame(track: string, timestampUs: number, width = 2, height = 1): VideoFrame {
  return { track, width, height, format: 'rgb24', data: new Uint8Array(3 * width * height).fill(timestampUs % 256), timestampUs };
}

describe('byte-stream frames on their way out', () => {
  it('go with the given timestamp, size and pixels, raw ones compressed on the way', async () => {
    const bench = new Bench();
    bench.outlet.send(RAW, { track: 'cam', width: 3, height: 1, format: 'rgb24', data: Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9]), timestampUs: 77 });
    await bench.finish(0);
    expect(bench.sendings).toHaveLength(1);
    expect(bench.sendings[0]).toMatchObject({ compress: true, packet: { codec: 'raw', width: 3, height: 1, timestampUs: 77, track: 'cam', payloadBorrow: Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9]) } });
    expect(bench.transport).toMatchObject({ frames_sent: { cam: 1, other: 0 }, bytes_sent: { cam: 16 + 3 + 9 }, frames_dropped_publisher_full: { cam: 0 } });
  });

  it('are one in flight and the newest one waiting; what is replaced is counted and warned about', async () => {
    const bench = new Bench();
    for (const timestampUs of [1, 2, 3, 4, 5]) bench.send(timestampUs);
    await settle();
    expect(bench.sent).toEqual([1]);
    await bench.finish(0);
    expect(bench.sent).toEqual([1, 5]);
    await bench.finish(1);
    expect(bench.sent).toEqual([1, 5]);
    expect(bench.transport).toMatchObject({ frames_sent: { cam: 2 }, frames_dropped_publisher_full: { cam: 3 } });
    expect(new Set(bench.warnings)).toEqual(new Set(['publish-full']));
  });

  it('hold up no other track', async () => {
    const bench = new Bench();
    bench.send(1);
    bench.send(2, RAW, 'other');
    await settle();
    expect(bench.sent).toEqual([1, 2]);
  });

  it('are copied: the caller may draw into its buffer again at once', async () => {
    const bench = new Bench();
    const picture = frame('cam', 1);
    const waiting = frame('cam', 2);
    bench.outlet.send(RAW, picture);
    bench.outlet.send(RAW, waiting);
    picture.data.fill(99);
    waiting.data.fill(99);
    await settle();
    await bench.finish(0);
    expect(bench.sendings.map(({ packet }) => packet.payloadBorrow[0])).toEqual([1, 2]);
  });

  it('rest after a long sending, so that what lies between sender and receiver can drain', async () => {
    const bench = new Bench();
    bench.send(1);
    bench.send(2);
    await settle();
    bench.clock.advance(100);
    await bench.finish(0);
    expect(bench.sent).toEqual([1]);
    bench.send(3);
    bench.clock.advance(25);
    await settle();
    expect(bench.sent).toEqual([1, 3]);
  });

  it.each([
    ['the next one in its place, when that comes in time', true, 7],
    ['the one that waits, when no other comes', false, 6],
  ])('on a line far too slow, are %s', async (_title, comes, sent) => {
    const bench = new Bench();
    // One every 30 ms, of which the first takes 150 ms to send.
    for (let n = 1; n <= 6; n++) {
      bench.send(n);
      if (n < 6) bench.clock.advance(30);
    }
    await bench.finish(0);
    bench.clock.advance(40);
    await settle();
    expect(bench.sent, 'the rest is over, and a fresh one is due any moment').toEqual([1]);
    if (comes) bench.send(7);
    else bench.clock.advance(45);
    await settle();
    expect(bench.sent).toEqual([1, sent]);
  });

  it('whose sending fails are a warning, and the next one goes', async () => {
    const bench = new Bench();
    bench.send(1);
    bench.send(2);
    await settle();
    bench.sendings[0]?.fail(new Error('no way'));
    await settle();
    expect(bench.warnings).toEqual(['send-failed']);
    await bench.finish(1);
    expect(bench.sent).toEqual([1, 2]);
    expect(bench.transport.frames_sent).toMatchObject({ cam: 1 });
  });

  it('of a session that is over are not sent in the next', async () => {
    const bench = new Bench();
    bench.send(1);
    bench.send(2);
    await settle();
    bench.outlet.forget();
    bench.send(3);
    await bench.finish(0);
    expect(bench.sent).toEqual([1, 3]);
    expect(bench.transport.frames_sent).toMatchObject({ cam: 0 });
  });

  it.each([[0, 4], [4, 0], [65_536, 1], [1.5, 2]])('of %d×%d are refused at the send call', (width, height) => {
    const bench = new Bench();
    const data = new Uint8Array(Math.round(3 * width * height));
    expect(() => { bench.outlet.send(RAW, { track: 'cam', width, height, format: 'rgb24', data, timestampUs: 1 }); }).toThrow(expect.objectContaining({ code: 'FRAME_INVALID' }) as Error);
    expect(bench.sendings).toEqual([]);
  });

  it('with the wrong number of bytes, a timestamp that is none, or pixels nobody converts are refused', () => {
    const bench = new Bench();
    const refused = (given: Partial<VideoFrame>, code: string): void => {
      expect(() => { bench.outlet.send(RAW, { ...frame('cam', 1), ...given }); }).toThrow(expect.objectContaining({ code }) as Error);
    };
    refused({ data: new Uint8Array(5) }, 'FRAME_INVALID');
    refused({ timestampUs: -1 }, 'VALUE_INVALID');
    refused({ width: 2, height: 2, format: 'i420', data: new Uint8Array(6) }, 'FRAME_INVALID');
    expect(bench.transport.frames_dropped_publisher_full).toEqual({ cam: 0, other: 0 });
  });

  it('in i420 go through the converter that was given', async () => {
    const bench = new Bench({ toRgb: ({ width, height }) => new Uint8Array(3 * width * height).fill(5) });
    bench.outlet.send(RAW, { track: 'cam', width: 2, height: 2, format: 'i420', data: new Uint8Array(6), timestampUs: 1 });
    await settle();
    expect(bench.sendings[0]?.packet.payloadBorrow).toEqual(new Uint8Array(12).fill(5));
  });

  it('as PNG are encoded elsewhere and sent as they are; a frame that comes meanwhile waits', async () => {
    const bench = new Bench({ png: new PngCodec() });
    bench.send(1, PNG);
    bench.send(2, PNG);
    await until('the first', () => bench.sendings.length === 1);
    expect(bench.sendings[0]).toMatchObject({ compress: false, packet: { codec: 'png', width: 2, height: 1 } });
    expect([...(bench.sendings[0]?.packet.payloadBorrow.subarray(1, 4) ?? [])]).toEqual([...'PNG'].map((letter) => letter.charCodeAt(0)));
    bench.sendings[0]?.done();
    await until('the second', () => bench.sendings.length === 2);
    expect(bench.sent).toEqual([1, 2]);
  });

  it('property: whatever the rhythm, order is kept, the last one offered always arrives, and sent + dropped = offered', async () => {
    for (let seed = 1; seed <= 40; seed++) {
      const random = new SeededRandom(seed);
      const bench = new Bench();
      let offered = 0;
      let finished = 0;
      const finishOne = (): Promise<void> => (finished < bench.sendings.length ? bench.finish(finished++) : settle());
      for (let turn = 0; turn < 60; turn++) {
        if (random.chance(0.7)) bench.send(++offered);
        else await finishOne();
        const newest = bench.sent.at(-1) ?? 0;
        expect(bench.sendings.length - finished).toBeLessThanOrEqual(1);
        expect(newest).toBeLessThanOrEqual(offered);
      }
      await settle();
      while (finished < bench.sendings.length) await finishOne();
      expect(bench.sent).toEqual([...bench.sent].sort((a, b) => a - b));
      expect(bench.sent.at(-1), `seed ${seed}`).toBe(offered);
      expect((bench.transport.frames_sent['cam'] ?? 0) + (bench.transport.frames_dropped_publisher_full['cam'] ?? 0)).toBe(offered);
    }
  });
});
