import { describe, expect, it } from 'vitest';
import type { LoopbackConditions } from '../../../../main/transport/loopback-conditions.ts';
import { LoopbackRoom, type LoopbackTokenOptions } from '../../../../main/transport/loopback-room.ts';
import type { LoopbackTransport } from '../../../../main/transport/loopback-transport.ts';
import { TransportLog } from '../../../contract/transport-log.ts';
import { ManualClock } from '../manual-clock.ts';

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function setUp(conditions: Partial<LoopbackConditions> = {}) {
  const clock = new ManualClock();
  const room = new LoopbackRoom({ clock, conditions });
  async function enter(identity: string, options: LoopbackTokenOptions & { e2eeKey?: string } = {}): Promise<{ transport: LoopbackTransport; log: TransportLog }> {
    const transport = room.join(identity, { attributes: { who: identity }, ...options });
    const log = new TransportLog();
    const connected = transport.connect({ url: transport.url, token: transport.token, e2eeKey: options.e2eeKey ?? null }, log);
    clock.advance(1000);
    await connected;
    clock.advance(1000);
    await settle();
    return { transport, log };
  }
  /** Lets `ms` pass in small steps, with everything that becomes due run in between. */
  async function pass(ms: number): Promise<void> {
    for (let step = 0; step < ms; step++) {
      clock.advance(1);
      await settle();
    }
  }
  return { clock, room, enter, pass };
}
const bytes = (log: TransportLog): (number | undefined)[] => log.data.map(({ payload }) => payload[0]);

describe('LoopbackRoom', () => {
  it('delivers at once by default, but never inside the call', async () => {
    const { enter } = setUp();
    const a = await enter('a');
    const b = await enter('b');
    const sent = a.transport.publishData('t', Uint8Array.of(1), { reliable: true });
    expect(b.log.data).toEqual([]);
    await sent;
    await settle();
    expect(bytes(b.log)).toEqual([1]);
  });

  it('takes its delay for everything', async () => {
    const { enter, pass } = setUp({ delayMs: 20 });
    const a = await enter('a');
    const b = await enter('b');
    void a.transport.publishData('t', Uint8Array.of(1), { reliable: true });
    void a.transport.publishData('t', Uint8Array.of(2), { reliable: false });
    void a.transport.setAttributes({ role: 'robot' });
    await pass(19);
    expect([b.log.data, b.log.attributes]).toEqual([[], []]);
    await pass(2);
    expect([bytes(b.log).sort(), b.log.attributes.length]).toEqual([[1, 2], 1]);
  });

  it('loses lossy packets, never reliable ones, which come late and in order', async () => {
    const { enter, pass } = setUp({ delayMs: 1, jitterMs: 5, loss: 0.3, retransmitMs: 20 });
    const a = await enter('a');
    const b = await enter('b');
    for (let n = 0; n < 200; n++) {
      void a.transport.publishData('sure', Uint8Array.of(n), { reliable: true });
      void a.transport.publishData('lossy', Uint8Array.of(n), { reliable: false });
      await pass(1);
    }
    await pass(300);
    const of = (topic: string): (number | undefined)[] => b.log.data.filter((packet) => packet.topic === topic).map(({ payload }) => payload[0]);
    expect(of('sure')).toEqual(Array.from({ length: 200 }, (_, n) => n));
    expect(of('lossy').length).toBeGreaterThan(100);
    expect(of('lossy').length).toBeLessThan(180);
    expect(of('lossy')).not.toEqual([...of('lossy')].sort((x, y) => (x ?? 0) - (y ?? 0)));
  });

  it('does the same again with the same seed', async () => {
    async function run(seed: number): Promise<(number | undefined)[]> {
      const { enter, pass } = setUp({ loss: 0.5, jitterMs: 9, seed });
      const a = await enter('a');
      const b = await enter('b');
      for (let n = 0; n < 50; n++) void a.transport.publishData('t', Uint8Array.of(n), { reliable: false });
      await pass(20);
      return bytes(b.log);
    }
    const [first, again, other] = [await run(7), await run(7), await run(8)];
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it('announces a joiner without attributes late, and its packets have no sender until then', async () => {
    const { enter, pass, room, clock } = setUp({ announceMs: 3000 });
    const watcher = await enter('watcher');
    const silent = room.join('silent');
    const connected = silent.connect({ url: silent.url, token: silent.token, e2eeKey: null }, new TransportLog());
    await connected;
    void silent.publishData('t', Uint8Array.of(1), { reliable: true });
    await settle();
    expect(watcher.log.data[0]?.from).toBeNull();
    expect(watcher.log.joined).toEqual([]);
    clock.advance(3000);
    await settle();
    void silent.publishData('t', Uint8Array.of(2), { reliable: true });
    await pass(1);
    expect(watcher.log.joined.map(({ identity }) => identity)).toEqual(['silent']);
    expect(watcher.log.data[1]?.from?.identity).toBe('silent');
  });

  it('announces such a joiner at once when it sets an attribute', async () => {
    const { enter, room } = setUp({ announceMs: 3000 });
    const watcher = await enter('watcher');
    const silent = room.join('silent');
    await silent.connect({ url: silent.url, token: silent.token, e2eeKey: null }, new TransportLog());
    await silent.setAttributes({ role: 'operator' });
    await settle();
    expect(watcher.log.joined.at(-1)?.attributes).toEqual({ role: 'operator' });
  });

  it('holds back an interrupted participant’s reliable data both ways, and loses the lossy', async () => {
    const { enter, room } = setUp();
    const a = await enter('a');
    const b = await enter('b');
    room.cut('b');
    for (const reliable of [true, false]) {
      void a.transport.publishData('t', Uint8Array.of(1), { reliable });
      void b.transport.publishData('t', Uint8Array.of(2), { reliable });
    }
    await settle();
    expect([a.log.data, b.log.data]).toEqual([[], []]);
    room.restore('b');
    await settle();
    expect([bytes(a.log), bytes(b.log)]).toEqual([[2], [1]]);
    expect(b.log.connections.map(({ state }) => state)).toEqual(['connected', 'reconnecting', 'connected']);
    expect(a.log.connections.map(({ state }) => state)).toEqual(['connected']);
  });

  it('replays 2 s of missed data after an interruption, and every change of the room', async () => {
    const { enter, room, pass } = setUp();
    const a = await enter('a');
    const b = await enter('b');
    room.cut('b');
    void a.transport.setAttributes({ pointer: 'x' });
    void a.transport.publishData('t', Uint8Array.of(1), { reliable: true });
    await pass(1500);
    void a.transport.publishData('t', Uint8Array.of(2), { reliable: true });
    await pass(1500);
    room.restore('b');
    await settle();
    expect(bytes(b.log)).toEqual([2]);
    expect(b.log.attributes.at(-1)?.peer.attributes).toMatchObject({ pointer: 'x' });
  });

  it('hands out no frame, packet or call across different keys', async () => {
    const { enter } = setUp();
    const a = await enter('a', { e2eeKey: 'k' });
    const b = await enter('b', { e2eeKey: 'x' });
    b.transport.registerRpc('m', () => 'ok');
    void a.transport.publishData('t', Uint8Array.of(1), { reliable: true });
    void a.transport.sendBytes('t', Uint8Array.of(1));
    a.transport.performRpc({ destination: 'b', method: 'm', payload: '', responseTimeoutMs: 1 }).catch(() => undefined);
    await settle();
    expect([b.log.data, b.log.streams]).toEqual([[], []]);
  });

  it('fails a call whose other side leaves meanwhile with 1503, and one of ours when we leave', async () => {
    const { enter } = setUp();
    const a = await enter('a');
    const b = await enter('b');
    b.transport.registerRpc('never', () => new Promise<string>(() => undefined));
    const call = a.transport.performRpc({ destination: 'b', method: 'never', payload: '', responseTimeoutMs: 5000 });
    const rejected = expect(call).rejects.toMatchObject({ code: 'RPC_FAILED', details: { rpcCode: 1503 } });
    await b.transport.disconnect();
    await rejected;
    const own = a.transport.performRpc({ destination: 'gone', method: 'm', payload: '', responseTimeoutMs: 5000 });
    const ended = expect(own).rejects.toMatchObject({ code: 'DISCONNECTED' });
    await a.transport.disconnect();
    await ended;
  });

  it('says 1501 when nobody takes the call within 7 s', async () => {
    const { enter, clock } = setUp();
    const a = await enter('a');
    const call = a.transport.performRpc({ destination: 'nobody', method: 'm', payload: '', responseTimeoutMs: 20_000 });
    const rejected = expect(call).rejects.toMatchObject({ code: 'RPC_TIMEOUT', details: { rpcCode: 1501 } });
    clock.advance(7000);
    await rejected;
  });

  it('refuses conditions that are none', () => {
    for (const wrong of [{ delayMs: -1 }, { jitterMs: NaN }, { loss: 1 }, { loss: -0.1 }, { retransmitMs: Infinity }]) {
      expect(() => new LoopbackRoom({ clock: new ManualClock(), conditions: wrong })).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }) as Error);
    }
  });

  it('names who is there when somebody is not', async () => {
    const { enter, room } = setUp();
    await enter('a');
    expect(() => { room.cut('b'); }).toThrow(expect.objectContaining({ code: 'NOT_CONNECTED', details: { got: 'a' } }) as Error);
  });
});
