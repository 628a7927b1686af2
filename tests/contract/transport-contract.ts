import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PortalError, type PortalErrorCode } from '../../shared/portal/errors.ts';
import { RPC_CODE } from '../../shared/portal/names.ts';
import type { Peer, Transport, VideoPublishOptions } from '../../shared/portal/transport.ts';
import type { VideoFrame } from '../../shared/portal/types.ts';
import { TransportLog } from './transport-log.ts';

export interface SeatGrants {
  /** Default true. */
  canPublishData?: boolean;
  /** Default true. */
  canUpdateOwnMetadata?: boolean;
  /** Default false: seen by nobody, its data without a sender. */
  hidden?: boolean;
}

/** A transport that is not connected yet, and what to connect it with. */
export interface Seat { transport: Transport; url: string; token: string }

/** A room of its own. */
export interface RoomHarness {
  join(identity: string, options?: { attributes?: Readonly<Record<string, string>>; grants?: SeatGrants }): Promise<Seat>;
  /** Ends everything that `join` handed out. */
  close(): Promise<void>;
}

/** What an implementation brings to be judged. */
export interface TransportHarness {
  create(): Promise<RoomHarness>;
  /** Where nothing answers. */
  unreachableUrl: string;
}

interface Guest { transport: Transport; log: TransportLog; peer: Peer; seat: Seat }

/** The one suite for the Transport port: the twin and the real one must pass it alike. */
export function describeTransport(name: string, harness: TransportHarness): void {
  describe(`${name} as a Transport`, () => {
    let room: RoomHarness;
    beforeEach(async () => { room = await harness.create(); });
    afterEach(async () => { await room.close(); });

    /** Joins with an attribute in the token, so that the server announces it at once. */
    async function enter(identity: string, options: Parameters<RoomHarness['join']>[1] = {}): Promise<Guest> {
      const seat = await room.join(identity, { attributes: { who: identity }, ...options });
      return connect(seat);
    }
    async function connect(seat: Seat): Promise<Guest> {
      const log = new TransportLog();
      const peer = await seat.transport.connect({ url: seat.url, token: seat.token, e2eeKey: null }, log);
      return { transport: seat.transport, log, peer, seat };
    }
    const sees = (guest: Guest, identity: string): Promise<void> =>
      guest.log.until(`${identity} joined`, (log) => log.joined.some((peer) => peer.identity === identity));
    async function pair(): Promise<[Guest, Guest]> {
      const a = await enter('a');
      const b = await enter('b');
      await Promise.all([sees(a, 'b'), sees(b, 'a')]);
      return [a, b];
    }

    describe('joining and leaving', () => {
      it('resolves with the local peer and has announced the connection by then', async () => {
        const { peer, log } = await enter('a');
        expect(peer.identity).toBe('a');
        expect(peer.sessionId).not.toBe('');
        expect(log.connections).toEqual([{ state: 'connected', reason: null }]);
        expect(log.joined).toEqual([]);
      });

      it('gives the attributes of the token to the joiner and to everybody', async () => {
        const a = await enter('a');
        const b = await enter('b', { attributes: { color: 'red' } });
        expect(b.peer.attributes).toMatchObject({ color: 'red' });
        await sees(a, 'b');
        expect(a.log.joined[0]?.attributes).toMatchObject({ color: 'red' });
      });

      it('has announced everybody present before connect resolves, with their session', async () => {
        const a = await enter('a');
        const b = await enter('b');
        expect(b.log.joined).toHaveLength(1);
        expect(b.log.joined[0]).toMatchObject({ identity: 'a', sessionId: a.peer.sessionId });
      });

      it('announces a joiner once and a leaver once, and ends with `left`', async () => {
        const [a, b] = await pair();
        await b.transport.disconnect();
        await a.log.until('b left', (log) => log.left.length > 0);
        expect(a.log.joined.map((peer) => peer.identity)).toEqual(['b']);
        expect(a.log.left.map((peer) => peer.identity)).toEqual(['b']);
        expect(a.log.replaced).toEqual([]);
        expect(b.log.connections.at(-1)).toEqual({ state: 'disconnected', reason: 'left' });
      });

      it('takes a second disconnect as done, and announces the end once', async () => {
        const a = await enter('a');
        await Promise.all([a.transport.disconnect(), a.transport.disconnect()]);
        await a.transport.disconnect();
        expect(a.log.connections.filter(({ state }) => state === 'disconnected')).toHaveLength(1);
      });

      it('connects again after a disconnect, as a new session', async () => {
        const a = await enter('a');
        await a.transport.disconnect();
        const again = await connect(a.seat);
        expect(again.peer.identity).toBe('a');
        expect(again.peer.sessionId).not.toBe(a.peer.sessionId);
      });

      it('ends the older connection of an identity as a duplicate', async () => {
        const watcher = await enter('watcher');
        const first = await enter('a');
        await sees(watcher, 'a');
        const second = await enter('a');
        await first.log.until('the older one ended', (log) => log.connections.at(-1)?.state === 'disconnected');
        expect(first.log.connections.at(-1)?.reason).toBe('duplicate-identity');
        await watcher.log.until('the newer session', (log) => log.joined.at(-1)?.sessionId === second.peer.sessionId);
        expect(second.log.connections).toEqual([{ state: 'connected', reason: null }]);
        expect(watcher.log.left.map((peer) => peer.sessionId)).toEqual([first.peer.sessionId]);
        expect(watcher.log.replaced.map((peer) => peer.sessionId)).toEqual([first.peer.sessionId]);
      });

      it('refuses a token that was tampered with, in good time', async () => {
        const seat = await room.join('a');
        await expectCode('TOKEN_REFUSED', seat.transport.connect({ url: seat.url, token: `${seat.token}x`, e2eeKey: null }, new TransportLog()));
      });

      it('says that nothing answers at a wrong address', async () => {
        const seat = await room.join('a');
        await expectCode('SERVER_UNREACHABLE', seat.transport.connect({ url: harness.unreachableUrl, token: seat.token, e2eeKey: null }, new TransportLog()));
      });

      it('refuses to send before connect and after disconnect', async () => {
        const seat = await room.join('a');
        await expectCode('NOT_CONNECTED', seat.transport.publishData('t', new Uint8Array(1), { reliable: true }));
        const a = await connect(seat);
        await a.transport.disconnect();
        await expectCode('NOT_CONNECTED', a.transport.publishData('t', new Uint8Array(1), { reliable: true }));
        await expectCode('NOT_CONNECTED', a.transport.sendBytes('t', new Uint8Array(1), { compress: false }));
      });
    });

    describe('attributes', () => {
      it('reach everybody, the writer included, with what changed and the new whole', async () => {
        const [a, b] = await pair();
        await a.transport.setAttributes({ role: 'robot' });
        for (const { log } of [a, b]) {
          await log.until('the role', (seen) => seen.attributes.some(({ peer, changed }) => peer.identity === 'a' && changed.role === 'robot'));
          const last = log.attributes.filter(({ peer }) => peer.identity === 'a').at(-1);
          expect(last?.peer.attributes).toMatchObject({ who: 'a', role: 'robot' });
        }
      });

      it('are taken away by an empty value', async () => {
        const [a, b] = await pair();
        await a.transport.setAttributes({ pointer: 'x' });
        await b.log.until('x', (log) => log.attributes.at(-1)?.peer.attributes['pointer'] === 'x');
        await a.transport.setAttributes({ pointer: '' });
        await b.log.until('empty', (log) => (log.attributes.at(-1)?.peer.attributes['pointer'] ?? '') === '');
      });

      it('are current for a late joiner', async () => {
        const a = await enter('a');
        await a.transport.setAttributes({ role: 'robot' });
        const b = await enter('b');
        expect(b.log.joined[0]?.attributes).toMatchObject({ role: 'robot' });
      });

      it('need the grant, and say so', async () => {
        const a = await enter('a', { grants: { canUpdateOwnMetadata: false } });
        await expectCode('ROLE_NOT_SET', a.transport.setAttributes({ role: 'robot' }));
      });
    });

    describe('data packets', () => {
      it('carry topic, bytes and the sender, not to the sender itself', async () => {
        const [a, b] = await pair();
        await a.transport.publishData('topic', Uint8Array.of(0, 1, 254, 255), { reliable: true });
        await b.log.until('a packet', (log) => log.data.length === 1);
        expect(b.log.data[0]?.topic).toBe('topic');
        expect([...(b.log.data[0]?.payload ?? [])]).toEqual([0, 1, 254, 255]);
        expect(b.log.data[0]?.from).toMatchObject({ identity: 'a', sessionId: a.peer.sessionId });
        expect(a.log.data).toEqual([]);
      });

      it('arrive all and in order when reliable, though sent without waiting', async () => {
        const [a, b] = await pair();
        const count = 300;
        await Promise.all(Array.from({ length: count }, (_, n) => a.transport.publishData('n', Uint8Array.of(n >> 8, n & 255), { reliable: true })));
        await b.log.until(`${count} packets`, (log) => log.data.length === count);
        expect(b.log.data.map(({ payload }) => (payload[0] ?? 0) * 256 + (payload[1] ?? 0))).toEqual(Array.from({ length: count }, (_, n) => n));
      });

      it('take a copy before the call returns', async () => {
        const [a, b] = await pair();
        const bytes = Uint8Array.of(1, 2, 3);
        const sent = a.transport.publishData('t', bytes, { reliable: true });
        bytes.fill(9);
        await sent;
        await b.log.until('a packet', (log) => log.data.length === 1);
        expect([...(b.log.data[0]?.payload ?? [])]).toEqual([1, 2, 3]);
      });

      it('arrive in time when lossy', async () => {
        const [a, b] = await pair();
        const stop = repeat(20, () => void a.transport.publishData('lossy', Uint8Array.of(7), { reliable: false }));
        try {
          await b.log.until('a lossy packet', (log) => log.data.some(({ topic }) => topic === 'lossy'));
        } finally { stop(); }
      });

      it('of somebody without the grant reach nobody', async () => {
        const a = await enter('a');
        const mute = await enter('mute', { grants: { canPublishData: false } });
        const b = await enter('b');
        await sees(a, 'b');
        await mute.transport.publishData('t', Uint8Array.of(1), { reliable: true }).catch((error: unknown) => {
          // Refusing at once is as good as being dropped by the server.
          expect(error).toBeInstanceOf(PortalError);
        });
        await b.transport.publishData('t', Uint8Array.of(2), { reliable: true });
        await a.log.until('the packet of b', (log) => log.data.some(({ from }) => from?.identity === 'b'));
        expect(a.log.data.map(({ payload }) => payload[0])).toEqual([2]);
      });

      it('of a hidden participant have no sender, and it is announced to nobody', async () => {
        const a = await enter('a');
        const ghost = await enter('ghost', { grants: { hidden: true } });
        const stop = repeat(50, () => void ghost.transport.publishData('t', Uint8Array.of(1), { reliable: true }));
        try {
          await a.log.until('a packet of the ghost', (log) => log.data.length > 0);
        } finally { stop(); }
        expect(a.log.data[0]?.from).toBeNull();
        expect(a.log.joined).toEqual([]);
      });
    });

    describe('byte streams', () => {
      it.each([1, 15_000, 300_000])('carry %i bytes whole, with topic and sender', async (size) => {
        const [a, b] = await pair();
        const payload = Uint8Array.from({ length: size }, (_, n) => (n * 31 + (n >> 8)) & 255);
        await a.transport.sendBytes('bytes', payload, { compress: size > 1 });
        await b.log.until('the stream', (log) => log.streams.length === 1);
        const stream = b.log.streams[0];
        expect(stream?.topic).toBe('bytes');
        expect(stream?.from?.identity).toBe('a');
        expect(stream?.payload.length).toBe(size);
        expect(Buffer.compare(stream?.payload ?? new Uint8Array(), payload)).toBe(0);
      });

      it('take a copy before the call returns', async () => {
        const [a, b] = await pair();
        const payload = Uint8Array.of(1, 2, 3);
        const sent = a.transport.sendBytes('bytes', payload, { compress: false });
        payload.fill(9);
        await sent;
        await b.log.until('the stream', (log) => log.streams.length === 1);
        expect([...(b.log.streams[0]?.payload ?? [])]).toEqual([1, 2, 3]);
      });
    });

    describe('RPC', () => {
      const call = (guest: Guest, method: string, payload = '', destination = 'b', responseTimeoutMs = 8000): Promise<string> =>
        guest.transport.performRpc({ destination, method, payload, responseTimeoutMs });

      it('carries payload, caller and reply', async () => {
        const [a, b] = await pair();
        b.transport.registerRpc('greet', (request) => `${request.method} ${request.payload} from ${request.callerIdentity}`);
        await expect(call(a, 'greet', 'hello ☕')).resolves.toBe('greet hello ☕ from a');
      });

      it('of somebody who may send no data are refused at once, by name', async () => {
        const mute = await enter('mute', { grants: { canPublishData: false } });
        const b = await enter('b');
        b.transport.registerRpc('m', () => 'ok');
        await sees(mute, 'b');
        const startedMs = performance.now();
        await expect(call(mute, 'm')).rejects.toMatchObject({ code: 'NOT_AUTHORISED', details: { expected: 'the grant canPublishData' } });
        expect(performance.now() - startedMs, 'before any time-out').toBeLessThan(4000);
      });

      it('serves methods registered before connect, and again after a reconnect', async () => {
        const seat = await room.join('b', { attributes: { who: 'b' } });
        seat.transport.registerRpc('m', () => 'ok');
        const a = await enter('a');
        const b = await connect(seat);
        await sees(a, 'b');
        await expect(call(a, 'm')).resolves.toBe('ok');
        await b.transport.disconnect();
        await a.log.until('b left', (log) => log.left.length > 0);
        await connect(seat);
        await a.log.until('b is back', (log) => log.joined.length > 1);
        await expect(call(a, 'm')).resolves.toBe('ok');
      });

      it('answers 1400 for a method that nobody registered or that was taken back', async () => {
        const [a, b] = await pair();
        await expectRpcCode(RPC_CODE.unsupportedMethod, call(a, 'none'));
        b.transport.registerRpc('once', () => '');
        b.transport.unregisterRpc('once');
        await expectRpcCode(RPC_CODE.unsupportedMethod, call(a, 'once'));
      });

      it('answers 1500 when the handler throws or rejects', async () => {
        const [a, b] = await pair();
        b.transport.registerRpc('throws', () => { throw new Error('no'); });
        b.transport.registerRpc('rejects', () => Promise.reject(new Error('no')));
        await expectRpcCode(RPC_CODE.applicationError, call(a, 'throws'));
        await expectRpcCode(RPC_CODE.applicationError, call(a, 'rejects'));
      });

      it('carries a PortalError with its own code and message', async () => {
        const [a, b] = await pair();
        b.transport.registerRpc('m', () => { throw new PortalError('NOT_AUTHORISED', 'not you', { rpcCode: RPC_CODE.notAuthorised }); });
        const error = await expectRpcCode(RPC_CODE.notAuthorised, call(a, 'm'));
        expect(error.message).toContain('not you');
      });

      it('ends at its time-out when no answer comes', async () => {
        const [a, b] = await pair();
        b.transport.registerRpc('slow', () => new Promise<string>(() => undefined));
        await expectCode('RPC_TIMEOUT', call(a, 'slow', '', 'b', 1000));
      });

      it('fails for somebody who is not in the room', async () => {
        const a = await enter('a');
        const error = await rejection(call(a, 'm', '', 'nobody', 2000));
        expect(['RPC_FAILED', 'RPC_TIMEOUT']).toContain(error.code);
      });

      it('refuses a payload over 15 KB', async () => {
        const [a, b] = await pair();
        b.transport.registerRpc('m', () => '');
        await expectRpcCode(RPC_CODE.requestPayloadTooLarge, call(a, 'm', 'x'.repeat(15 * 1024 + 1)));
      });

      it('does not mix up calls that overlap', async () => {
        const [a, b] = await pair();
        b.transport.registerRpc('echo', async (request) => { await Promise.resolve(); return request.payload; });
        const texts = Array.from({ length: 20 }, (_, n) => `call ${n}`);
        await expect(Promise.all(texts.map((text) => call(a, 'echo', text)))).resolves.toEqual(texts);
      });
    });

    describe('video', () => {
      const size = { width: 320, height: 240 };
      const options: VideoPublishOptions = { codec: 'h264', maxBitrateKbps: 2000, maxFps: 60, simulcast: false, screencast: false, ...size };
      const picture = (track: string, timestampUs: number, [r, g, b]: readonly [number, number, number]): VideoFrame => {
        const data = new Uint8Array(size.width * size.height * 3);
        for (let at = 0; at < data.length; at += 3) { data[at] = r; data[at + 1] = g; data[at + 2] = b; }
        return { track, ...size, format: 'rgb24', data, timestampUs };
      };

      /** Publishes `cam` on `a` and keeps sending red pictures until `stop`. */
      async function film(a: Guest): Promise<{ sent: Set<number>; stop: () => void; close: () => Promise<void> }> {
        const publication = await a.transport.publishVideo('cam', options);
        const sent = new Set<number>();
        let timestampUs = 1_700_000_000_000_000;
        const stop = repeat(33, () => {
          timestampUs += 33_333;
          if (publication.send(picture('cam', timestampUs, [200, 30, 30]))) sent.add(timestampUs);
        });
        return { sent, stop, close: () => publication.close() };
      }
      const frame = (guest: Guest): Promise<void> => guest.log.until('frames', (log) => log.frames.length >= 5);

      it('arrives where it is pulled, with the sender’s timestamps, in order, in the format asked for', async () => {
        const [a, b] = await pair();
        const { sent, stop } = await film(a);
        try {
          await b.log.until('the track', (log) => log.available.some((track) => track.name === 'cam' && track.peer.identity === 'a'));
          b.transport.pullVideo('a', 'cam', 'rgb24');
          await frame(b);
        } finally { stop(); }
        const stamps = b.log.frames.map(({ frame: { timestampUs } }) => timestampUs);
        for (const stamp of stamps) expect(sent).toContain(stamp);
        expect(stamps).toEqual([...stamps].sort((x, y) => (x ?? 0) - (y ?? 0)));
        const last = b.log.frames.at(-1);
        expect(last?.track).toMatchObject({ name: 'cam', peer: { identity: 'a' } });
        expect(last?.frame).toMatchObject({ track: 'cam', ...size, format: 'rgb24' });
        const data = last?.frame.data ?? new Uint8Array();
        expect(data.length).toBe(size.width * size.height * 3);
        expect(data[0]).toBeGreaterThan(140);
        expect(data[1]).toBeLessThan(90);
      });

      it('can be asked for before the track is there, and as I420', async () => {
        const [a, b] = await pair();
        b.transport.pullVideo('a', 'cam', 'i420');
        const { stop } = await film(a);
        try { await frame(b); } finally { stop(); }
        expect(b.log.frames[0]?.frame).toMatchObject({ format: 'i420', ...size });
        expect(b.log.frames[0]?.frame.data.length).toBe(size.width * size.height * 1.5);
      });

      it('tells the times alone where those are all that is wanted, and pixels from then on where they are', async () => {
        const [a, b] = await pair();
        b.transport.pullVideo('a', 'cam', 'times');
        const { sent, stop } = await film(a);
        try {
          await frame(b);
          expect(b.log.frames[0]?.frame).toMatchObject({ width: 0, height: 0 });
          expect(b.log.frames[0]?.frame.data.length).toBe(0);
          for (const { frame: { timestampUs } } of b.log.frames) expect(sent).toContain(timestampUs);
          b.transport.pullVideo('a', 'cam', 'i420');
          await b.log.until('pixels', (log) => log.frames.at(-1)?.frame.width === size.width);
        } finally { stop(); }
      });

      it('reaches nobody who did not ask, and stops when asked to', async () => {
        const [a, b] = await pair();
        const c = await enter('c');
        await sees(a, 'c');
        const { stop } = await film(a);
        try {
          b.transport.pullVideo('a', 'cam', 'rgb24');
          await frame(b);
          expect(c.log.frames).toEqual([]);
          b.transport.pullVideo('a', 'cam', null);
          c.transport.pullVideo('a', 'cam', 'rgb24');
          await frame(c);
          const before = b.log.frames.length;
          c.log.frames.length = 0;
          await frame(c);
          expect(b.log.frames.length).toBe(before);
        } finally { stop(); }
      });

      it('is offered to a late joiner, and announced as gone when closed', async () => {
        const a = await enter('a');
        const { stop, close } = await film(a);
        try {
          const b = await enter('b');
          await b.log.until('the track', (log) => log.available.some((track) => track.name === 'cam'));
          stop();
          await close();
          await b.log.until('the track is gone', (log) => log.gone.some((track) => track.name === 'cam'));
        } finally { stop(); }
      });

      it('keeps being pulled when the sender publishes again', async () => {
        const [a, b] = await pair();
        b.transport.pullVideo('a', 'cam', 'rgb24');
        const first = await film(a);
        try { await frame(b); } finally { first.stop(); }
        await first.close();
        await b.log.until('the track is gone', (log) => log.gone.length > 0);
        b.log.frames.length = 0;
        const second = await film(a);
        try { await frame(b); } finally { second.stop(); }
      });
    });
  });
}

/** Calls `task` now and then every `intervalMs`, until the returned function is called. */
function repeat(intervalMs: number, task: () => void): () => void {
  task();
  const timer = setInterval(task, intervalMs);
  return () => { clearInterval(timer); };
}

async function rejection(promise: Promise<unknown>): Promise<PortalError> {
  const error: unknown = await promise.then(() => { throw new Error('expected a rejection'); }, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(PortalError);
  return error as PortalError;
}

async function expectCode(code: PortalErrorCode, promise: Promise<unknown>): Promise<PortalError> {
  const error = await rejection(promise);
  expect(error.code, error.message).toBe(code);
  return error;
}

async function expectRpcCode(rpcCode: number, promise: Promise<unknown>): Promise<PortalError> {
  const error = await expectCode('RPC_FAILED', promise);
  expect(error.details.rpcCode, error.message).toBe(rpcCode);
  return error;
}
