import { afterEach, beforeEach, expect, it } from 'vitest';
import { BYTE_STREAM_LIMITS } from '../../main/transport/byte-streams.ts';
import { LivekitTransport } from '../../main/transport/livekit-transport.ts';
import type { VideoPublication } from '../../shared/portal/transport.ts';
import { TransportLog } from '../contract/transport-log.ts';
import { startCuttableProxy, type CuttableProxy } from '../fakes/cuttable-proxy.ts';
import { describeWithServer } from '../fakes/livekit-server.ts';

const SIZE = { width: 160, height: 120 };
const VIDEO = { codec: 'h264', maxBitrateKbps: 1000, maxFps: 60, simulcast: false, screencast: false, ...SIZE } as const;

interface Guest {
  transport: LivekitTransport;
  log: TransportLog;
}

describeWithServer('what only the real transport meets', (server) => {
  let room: string;
  const guests: Guest[] = [];
  const stops: (() => void)[] = [];
  let proxy: CuttableProxy | null = null;
  beforeEach(() => { room = server().freshRoom(); });
  afterEach(async () => {
    for (const stop of stops.splice(0)) stop();
    await Promise.all(guests.splice(0).map(({ transport }) => transport.disconnect()));
    await proxy?.close();
    proxy = null;
  });

  async function enter(identity: string, options: { e2eeKey?: string; url?: string; ttlS?: number } = {}): Promise<Guest> {
    const guest = { transport: new LivekitTransport(), log: new TransportLog() };
    guests.push(guest);
    const token = await server().token({ room, identity, attributes: { who: identity }, ...(options.ttlS === undefined ? {} : { ttlS: options.ttlS }) });
    await guest.transport.connect({ url: options.url ?? server().url, token, e2eeKey: options.e2eeKey ?? null }, guest.log);
    return guest;
  }
  async function film({ transport }: Guest): Promise<VideoPublication> {
    const publication = await transport.publishVideo('cam', VIDEO);
    const data = new Uint8Array(SIZE.width * SIZE.height * 3).fill(120);
    const timer = setInterval(() => publication.send({ track: 'cam', ...SIZE, format: 'rgb24', data, timestampUs: Date.now() * 1000 }), 33);
    stops.push(() => { clearInterval(timer); });
    return publication;
  }
  const warned = (log: TransportLog, words: RegExp): boolean => log.warnings.some(({ tag, message }) => tag === 'encryption-failed' && words.test(message));

  it('says that the keys differ, and lets nothing through', async () => {
    const a = await enter('a', { e2eeKey: 'right' });
    const b = await enter('b', { e2eeKey: 'wrong' });
    b.transport.pullVideo('a', 'cam', 'rgb24');
    await film(a);
    await b.log.until('a to be there', (log) => log.joined.length === 1);
    await a.transport.publishData('t', Uint8Array.of(1), { reliable: true });
    await b.log.until('the words', (log) => warned(log, /keys differ/));
    expect(b.log.data).toEqual([]);
    expect(b.log.frames).toEqual([]);
  });

  it('says that a key is missing here, and does not show noise', async () => {
    const a = await enter('a', { e2eeKey: 'right' });
    const b = await enter('b');
    b.transport.pullVideo('a', 'cam', 'rgb24');
    await film(a);
    await b.log.until('the words', (log) => warned(log, /no key is set here/));
    expect(b.log.available).toEqual([]);
    expect(b.log.frames).toEqual([]);
  });

  it('shows no plain video in an encrypted session', async () => {
    const a = await enter('a');
    const b = await enter('b', { e2eeKey: 'right' });
    b.transport.pullVideo('a', 'cam', 'rgb24');
    await film(a);
    await b.log.until('the words', (log) => warned(log, /without end-to-end encryption/));
    expect(b.log.frames).toEqual([]);
  });

  it('refuses an empty key by name', async () => {
    await expect(enter('a', { e2eeKey: '' })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('names an expired token', async () => {
    await expect(enter('a', { ttlS: -3600 })).rejects.toMatchObject({ code: 'TOKEN_REFUSED', details: { fix: 'Ask for a new token.' } });
  });

  it('comes back after the signal line was cut, says so, and goes on with data, video and RPC', async () => {
    proxy = await startCuttableProxy(server().url);
    const a = await enter('a');
    const b = await enter('b', { url: proxy.url });
    b.transport.registerRpc('m', () => 'here');
    b.transport.pullVideo('a', 'cam', 'rgb24');
    await film(a);
    await b.log.until('frames', (log) => log.frames.length > 3);
    proxy.cut();
    await b.log.until('reconnecting', (log) => log.connections.at(-1)?.state === 'reconnecting');
    proxy.mend();
    await b.log.until('connected again', (log) => log.connections.at(-1)?.state === 'connected', 30_000);
    b.log.frames.length = 0;
    await b.log.until('frames again', (log) => log.frames.length > 3);
    // A line that is just back may lose its first packet.
    const again = setInterval(() => void a.transport.publishData('t', Uint8Array.of(7), { reliable: true }).catch(() => undefined), 200);
    stops.push(() => { clearInterval(again); });
    await b.log.until('data again', (log) => log.data.length > 0);
    expect(await a.transport.performRpc({ destination: 'b', method: 'm', payload: '', responseTimeoutMs: 15_000 })).toBe('here');
    // A server that is busy may need more than one attempt.
    expect(b.log.connections.map(({ state }) => state).join(' ')).toMatch(/^connected( reconnecting connected)+$/u);
  });

  it('ends with the last wish when a track is asked for and given up in quick succession, in whichever format', async () => {
    const a = await enter('a');
    const b = await enter('b');
    await film(a);
    await b.log.until('the track', (log) => log.available.length === 1);
    for (let i = 0; i < 5; i += 1) {
      b.transport.pullVideo('a', 'cam', 'rgb24');
      b.transport.pullVideo('a', 'cam', null);
    }
    b.transport.pullVideo('a', 'cam', 'rgb24');
    await b.log.until('frames', (log) => log.frames.length > 3);
    b.transport.pullVideo('a', 'cam', 'i420');
    await b.log.until('the other format', (log) => log.frames.at(-1)?.frame.format === 'i420');
  });

  it('gives up connecting when told to, and may connect afterwards', async () => {
    const guest = { transport: new LivekitTransport(), log: new TransportLog() };
    guests.push(guest);
    const token = await server().token({ room, identity: 'a' });
    const refused = guest.transport.connect({ url: 'ws://127.0.0.1:9', token, e2eeKey: null }, guest.log);
    await guest.transport.disconnect();
    await expect(refused).rejects.toMatchObject({ code: expect.stringMatching(/DISCONNECTED|SERVER_UNREACHABLE/) as string });
    await guest.transport.connect({ url: server().url, token, e2eeKey: null }, guest.log);
    expect(guest.log.connections).toEqual([{ state: 'connected', reason: null }]);
  });

  it('refuses a second connect while one stands', async () => {
    const a = await enter('a');
    await expect(a.transport.connect({ url: server().url, token: 'x', e2eeKey: null }, a.log)).rejects.toMatchObject({ code: 'ALREADY_CONNECTED' });
  });

  it('refuses more byte streams at a time from one sender than it can hold, and says so', async () => {
    const a = await enter('a');
    const b = await enter('b');
    await b.log.until('a to be there', (log) => log.joined.length === 1);
    // Compressible, so that it crosses quickly; what counts is what it takes here.
    const eighth = new Uint8Array(BYTE_STREAM_LIMITS.maxBytes / 8);
    const count = 24;
    await Promise.all(Array.from({ length: count }, () => a.transport.sendBytes('t', eighth, { compress: true })));
    await b.log.until('all judged', (log) => log.streams.length + log.warnings.length === count, 60_000);
    // On a machine so busy that nothing comes for 2 s, one of those that were let in is given up.
    const countOf = (wanted: string): number => b.log.warnings.filter(({ tag }) => tag === wanted).length;
    expect(b.log.streams.length + countOf('byte-stream-idle')).toBeGreaterThanOrEqual(8);
    expect(b.log.streams.length).toBeGreaterThan(0);
    expect(countOf('byte-stream-crowded')).toBeGreaterThan(0);
    expect(countOf('byte-stream-crowded') + countOf('byte-stream-idle')).toBe(b.log.warnings.length);
    for (const { payload } of b.log.streams) expect(payload.length).toBe(eighth.length);
  });

  it('takes a burst of small byte streams whole and in the order they were sent', async () => {
    const a = await enter('a');
    const b = await enter('b');
    await b.log.until('a to be there', (log) => log.joined.length === 1);
    const steps = Array.from({ length: 300 }, (_, step) => step);
    const packet = (step: number): Uint8Array => Uint8Array.from({ length: 1200 }, (_, at) => (at < 2 ? (step >> (8 * at)) & 255 : at & 255));
    for (const step of steps) await a.transport.sendBytes('t', packet(step), { compress: true });
    await b.log.until('all streams', (log) => log.streams.length === steps.length, 60_000);
    expect(b.log.streams.map(({ payload }) => (payload[0] ?? 0) + 256 * (payload[1] ?? 0))).toEqual(steps);
  });

  it('refuses a byte stream that says it is larger than allowed, before reading it', async () => {
    const a = await enter('a');
    const b = await enter('b');
    await b.log.until('a to be there', (log) => log.joined.length === 1);
    // Compressible, so that it crosses quickly; what counts is the size it would have.
    const sent = a.transport.sendBytes('t', new Uint8Array(BYTE_STREAM_LIMITS.maxBytes + 1), { compress: true });
    await b.log.until('the refusal', (log) => log.warnings.some(({ tag }) => tag === 'byte-stream-too-large'), 60_000);
    await sent.catch(() => undefined);
    expect(b.log.streams).toEqual([]);
  });

  it('refuses a frame whose size and bytes disagree, and sends none while reconnecting or closed', async () => {
    const a = await enter('a');
    const publication = await a.transport.publishVideo('cam', VIDEO);
    const frame = { track: 'cam', ...SIZE, format: 'rgb24' as const, data: new Uint8Array(10), timestampUs: 1 };
    expect(() => publication.send(frame)).toThrow(expect.objectContaining({ code: 'FRAME_INVALID' }) as Error);
    expect(publication.send({ ...frame, data: new Uint8Array(SIZE.width * SIZE.height * 3) })).toBe(true);
    await publication.close();
    await publication.close();
    expect(publication.send({ ...frame, data: new Uint8Array(SIZE.width * SIZE.height * 3) })).toBe(false);
  });
});
