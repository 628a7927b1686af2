import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { useConsoleStore } from '../../../../renderer/console/stores/console.ts';
import type { ConsoleState, Telemetry } from '../../../../shared/console-state.ts';
import type { CommandName, Envelope, PortalBridge, Pushes } from '../../../../shared/ipc.ts';
import { WELL } from './console-fixture.ts';

/** The other end of the bridge: answers what it is told to, and pushes. */
class FakeMain {
  readonly calls: [CommandName, unknown][] = [];
  state: ConsoleState = WELL;
  answer: (name: CommandName) => Envelope<unknown> = () => ({ ok: true, value: undefined });
  readonly #listeners = new Map<keyof Pushes, (payload: never) => void>();
  readonly bridge: PortalBridge = {
    call: async (name, payload) => {
      this.calls.push([name, payload]);
      return (name === 'getState' ? { ok: true, value: this.state } : this.answer(name)) as never;
    },
    report: () => undefined,
    on: (name, listener) => {
      this.#listeners.set(name, listener as (payload: never) => void);
      return () => this.#listeners.delete(name);
    },
  };
  push<Name extends keyof Pushes>(name: Name, payload: Pushes[Name]): void {
    (this.#listeners.get(name) as ((payload: Pushes[Name]) => void) | undefined)?.(payload);
  }
}

let main: FakeMain;
beforeEach(() => {
  main = new FakeMain();
  Object.assign(globalThis, { window: { portal: main.bridge } });
  setActivePinia(createPinia());
});
afterEach(() => {
  delete (globalThis as { window?: unknown }).window;
});

async function openStore(): Promise<ReturnType<typeof useConsoleStore>> {
  const store = useConsoleStore();
  await expect.poll(() => store.isThere).toBe(true);
  return store;
}

const TELEMETRY: Telemetry = { timestampUs: 5_000_000, state: { 'pan.pos': 1 }, command: {} };

describe('the console store', () => {
  it('mirrors the snapshot and then patches', async () => {
    const store = await openStore();
    expect(store.state.session?.name).toBe('bench');
    main.push('patch', { revision: 11, changed: { driver: { kind: 'you', identity: 'anna', sinceUs: 2 } } });
    expect(store.state.driver.kind).toBe('you');
    expect(store.state.session?.name).toBe('bench');
  });

  it('asks for everything again after a gap', async () => {
    const store = await openStore();
    main.state = { ...WELL, revision: 20, phase: 'reconnecting' };
    main.push('patch', { revision: 20, changed: {} });
    await expect.poll(() => store.state.phase).toBe('reconnecting');
    expect(main.calls.filter(([name]) => name === 'getState')).toHaveLength(2);
  });

  it('keeps the error of a command that failed until one succeeds', async () => {
    const store = await openStore();
    main.answer = () => ({ ok: false, error: { code: 'NOT_AUTHORISED', message: 'You are not on the list', fix: 'Ask anna.' } });
    expect(await store.run('takeControl', undefined)).toBe(false);
    expect(store.commandError).toEqual({ code: 'NOT_AUTHORISED', message: 'You are not on the list', fix: 'Ask anna.' });
    main.answer = () => ({ ok: true, value: undefined });
    expect(await store.run('stop', undefined)).toBe(true);
    expect(store.commandError).toBeNull();
    expect(main.calls.slice(-2)).toEqual([['takeControl', undefined], ['stop', undefined]]);
  });

  it('sets nothing by itself when a button is pressed', async () => {
    const store = await openStore();
    await store.run('takeControl', undefined);
    expect(store.state.driver).toEqual(WELL.driver);
  });

  it('starts telemetry anew with another session', async () => {
    const store = await openStore();
    main.push('telemetry', TELEMETRY);
    expect(store.telemetry).toEqual(TELEMETRY);
    expect(store.history.series('pan.pos')[1]).toEqual([1]);
    main.push('patch', { revision: 11, changed: { session: { ...WELL.session!, name: 'another' } } });
    expect(store.telemetry).toBeNull();
    expect(store.history.series('pan.pos')[0]).toEqual([]);
  });
});
