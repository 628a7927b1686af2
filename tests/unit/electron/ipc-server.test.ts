import { describe, expect, it } from 'vitest';
import { serveIpc, type IpcCaller, type IpcMainSide } from '../../../electron/ipc-server.ts';
import type { ConsoleState } from '../../../shared/console-state.ts';
import { COMMANDS, REPORTS, type CommandHandlers, type Envelope, type ReportHandlers } from '../../../shared/ipc.ts';
import { IPC_CHANNEL } from '../../../shared/ipc-channels.ts';
import { PortalError, type PortalErrorShape } from '../../../shared/portal/errors.ts';

const OURS: IpcCaller = { senderFrame: { url: 'app://console/console/index.html' } };
const FOREIGN: IpcCaller = { senderFrame: { url: 'https://evil.example/' } };

/** The process boundary without processes: what is registered can be called. */
class FakeIpcMain implements IpcMainSide {
  readonly handles = new Map<string, (event: IpcCaller, ...args: unknown[]) => Promise<unknown>>();
  readonly listeners = new Map<string, (event: IpcCaller, ...args: unknown[]) => void>();
  handle(channel: string, listener: (event: IpcCaller, ...args: unknown[]) => Promise<unknown>): void {
    this.handles.set(channel, listener);
  }
  removeHandler(channel: string): void {
    this.handles.delete(channel);
  }
  on(channel: string, listener: (event: IpcCaller, ...args: unknown[]) => void): void {
    this.listeners.set(channel, listener);
  }
  removeListener(channel: string): void {
    this.listeners.delete(channel);
  }
}

function serve(overrides: Partial<CommandHandlers> = {}) {
  const calls: { name: string; payload: unknown }[] = [];
  const badReports: PortalErrorShape[] = [];
  const record = (name: string) => (payload: unknown): Promise<never> => {
    calls.push({ name, payload });
    return Promise.resolve(undefined as never);
  };
  const handlers = { ...Object.fromEntries(Object.keys(COMMANDS).map((name) => [name, record(name)])), ...overrides } as unknown as CommandHandlers;
  const reports = Object.fromEntries(Object.keys(REPORTS).map((name) => [name, (payload: unknown) => void calls.push({ name, payload })])) as unknown as ReportHandlers;
  const ipcMain = new FakeIpcMain();
  const stop = serveIpc(ipcMain, { handlers, reports, isOurs: (caller) => caller === OURS, onBadReport: (error) => badReports.push(error.toJSON()) });
  const call = async (caller: IpcCaller, ...args: unknown[]): Promise<Envelope<unknown>> => (await ipcMain.handles.get(IPC_CHANNEL.call)?.(caller, ...args)) as Envelope<unknown>;
  const report = (caller: IpcCaller, ...args: unknown[]): void => ipcMain.listeners.get(IPC_CHANNEL.report)?.(caller, ...args);
  return { calls, badReports, call, report, ipcMain, stop };
}

async function refusal(answer: Promise<Envelope<unknown>>): Promise<PortalErrorShape> {
  const envelope = await answer;
  return envelope.ok ? expect.fail('was answered') : envelope.error;
}

describe('commands', () => {
  it('are carried out for our page, with the reply in an envelope', async () => {
    const state = { revision: 7 } as ConsoleState;
    const { call } = serve({ getState: () => Promise.resolve(state) });
    expect(await call(OURS, 'getState', undefined)).toEqual({ ok: true, value: state });
  });

  it('are refused to every other page, before anything is done', async () => {
    const { call, calls } = serve();
    expect(await refusal(call(FOREIGN, 'takeControl', undefined))).toMatchObject({ code: 'NOT_AUTHORISED', got: 'https://evil.example/' });
    expect(await refusal(call({ senderFrame: null }, 'takeControl', undefined))).toMatchObject({ code: 'NOT_AUTHORISED' });
    expect(calls).toEqual([]);
  });

  it.each(['nonsense', 'constructor', '__proto__', 'toString', '', 7, null, { name: 'stop' }])('do not exist by the name %j', async (name) => {
    const { call, calls } = serve();
    expect((await refusal(call(OURS, name, undefined))).code).toBe('NOT_SUPPORTED');
    expect(calls).toEqual([]);
  });

  it.each([
    ['setLeaderJoint', { joint: 'a', value: Number.NaN }],
    ['setLeaderJoint', { joint: 'a', value: Infinity }],
    ['setLeaderJoint', { joint: 'a', value: '3' }],
    ['setLeaderJoint', { joint: '', value: 3 }],
    ['setLeaderJoint', undefined],
    ['giveControl', { identity: 'a'.repeat(257) }],
    ['giveControl', ['a']],
    ['setInspector', { open: 'yes' }],
    ['takeControl', { force: true }],
    ['join', { url: 'ws://x', session: 's', identity: 'i', auth: { kind: 'password', password: 'p' }, portalFile: null, remember: false }],
  ])('%s refuses %j', async (name, payload) => {
    const { call, calls } = serve();
    const error = await refusal(call(OURS, name, payload));
    expect(error.code).toBe('VALUE_INVALID');
    expect(error.message).toContain(name);
    expect(calls).toEqual([]);
  });

  it('get no more than their schema names', async () => {
    const { call, calls } = serve();
    await call(OURS, 'giveControl', { identity: 'anna', isAdmin: true });
    expect(calls).toEqual([{ name: 'giveControl', payload: { identity: 'anna' } }]);
  });

  it('keep code, expected, got and fix of an error on its way to the page', async () => {
    const { call } = serve({ takeControl: () => Promise.reject(new PortalError('NOT_AUTHORISED', 'You are not on the list', { expected: 'anna', got: 'bert', fix: 'Ask anna.', rpcCode: 2003, cause: new Error('inner') })) });
    expect(await refusal(call(OURS, 'takeControl', undefined))).toEqual({ code: 'NOT_AUTHORISED', message: 'You are not on the list', expected: 'anna', got: 'bert', fix: 'Ask anna.', rpcCode: 2003 });
  });

  it('turn a mistake into an error with a code, also when it is thrown at once', async () => {
    const { call } = serve({
      stop: () => {
        throw new TypeError('x is not a function');
      },
    });
    expect(await refusal(call(OURS, 'stop', undefined))).toMatchObject({ code: 'INTERNAL', message: 'x is not a function' });
  });
});

describe('reports', () => {
  const frame = { track: 'front', timestampUs: 1, presentedUs: 2 };

  it('arrive as they were sent', () => {
    const { report, calls } = serve();
    report(OURS, 'framesPresented', [frame]);
    expect(calls).toEqual([{ name: 'framesPresented', payload: [frame] }]);
  });

  it.each([
    ['a foreign page', FOREIGN, [frame]],
    ['a negative time', OURS, [{ ...frame, timestampUs: -1 }]],
    ['a fraction', OURS, [{ ...frame, presentedUs: 0.5 }]],
    ['too many at once', OURS, Array.from({ length: 257 }, () => frame)],
  ])('of %s are refused and said', (_what, caller, payload) => {
    const { report, calls, badReports } = serve();
    report(caller, 'framesPresented', payload);
    expect(calls).toEqual([]);
    expect(badReports).toHaveLength(1);
  });
});

it('leaves nothing registered behind', () => {
  const { ipcMain, stop } = serve();
  stop();
  expect([...ipcMain.handles.keys(), ...ipcMain.listeners.keys()]).toEqual([]);
});
