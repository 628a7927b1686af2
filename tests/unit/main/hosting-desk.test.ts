import { describe, expect, it } from 'vitest';
import { HostingDesk } from '../../../main/hosting-desk.ts';
import { createMemorySecrets } from '../../../main/memory-secrets.ts';
import type { SecretStore, StationEvent } from '../../../main/ports.ts';
import { NAME_FROM_TOKEN } from '../../../shared/console-state.ts';
import type { HostingView } from '../../../shared/hosting.ts';
import type { HostingAction } from '../../../shared/ipc.ts';
import { PortalError, type PortalErrorShape } from '../../../shared/portal/errors.ts';
import type { SafetyDescription } from '../../../shared/portal/host-state.ts';
import { until } from '../../fakes/until.ts';
import { ManualClock } from './manual-clock.ts';

const FILES: Readonly<Record<string, string>> = {
  'robot.yaml': 'role: robot\nsession: bench\ncameras:\n  front: { kind: webcam, device: USB }\n',
  'broken.yaml': 'role: robot\nsesion: bench\n',
  'desk.yaml': 'role: operator\n',
};
const STATE = { word: 'HOLDING', reason: 'nobody drives', sinceUs: 0 } as const;
const PARKS: SafetyDescription = { holdAfterMs: 300, maxAgeMs: 150, slewPercentPerS: 150, alignUnits: 10, align: 'ramp', maxRelativeTarget: null, onExit: 'park', rest: 'captured' };
const VIEW: StationEvent = { event: 'view', state: STATE, driver: null, operators: [], positions: { a: 1 }, cameras: [], executed: 0, refused: 0 };

/** A desk whose robot hosts are played by the test. */
function bench(remembered: string | null = null, secrets: SecretStore = createMemorySecrets()) {
  const kept: { file: string | null } = { file: remembered };
  const hosts: { options: unknown; words: string[]; withinMs: number; left: (isByItself?: boolean) => void; say(event: StationEvent): void; end(error: PortalErrorShape | null): void }[] = [];
  const desk = new HostingDesk({
    clock: new ManualClock(),
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    readText(path) {
      const text = FILES[path];
      if (text === undefined) throw new PortalError('FILE_UNREADABLE', `cannot read ${path}`);
      return text;
    },
    stationFile: { load: () => kept.file, save: (path) => void (kept.file = path) },
    secrets,
    readToken: (token) => (token === 'lab.robot-7.x' ? { room: 'lab', identity: 'robot-7' } : null),
    startHost(options, { onEvent, onEnd }) {
      let left: (isByItself: boolean) => void = () => undefined;
      const words: string[] = [];
      const leaving = new Promise<boolean>((resolve) => (left = resolve));
      const played = { options, words, withinMs: 0, left: (isByItself = true) => left(isByItself), say: onEvent, end: onEnd };
      hosts.push(played);
      return {
        say: (word) => void words.push(word),
        leave(withinMs) {
          played.withinMs = withinMs;
          return leaving;
        },
      };
    },
    jpeg: { encode: () => Promise.resolve(new Uint8Array()), decode: (_bytes, width, height) => Promise.resolve(new Uint8Array(3 * width * height)) },
  });
  let view: HostingView | null = null;
  desk.onView((next) => (view = next));
  return { desk, hosts, kept, view: () => view ?? expect.fail('no view') };
}

it('says what a file means, what is wrong with one, and for whom another one is', async () => {
  const { desk } = bench();
  expect((await desk.act({ do: 'look' })).plan[0]?.text).toContain('simulated');
  const good = await desk.act({ do: 'choose', configFile: 'robot.yaml' });
  expect(good).toMatchObject({ session: 'bench', planError: null });
  expect(good.plan.find(({ about }) => about === 'Camera front')?.text).toBe('webcam USB, 640×480');
  expect((await desk.act({ do: 'choose', configFile: 'broken.yaml' })).planError).toMatchObject({ code: 'CONFIG_INVALID', line: 2 });
  expect((await desk.act({ do: 'choose', configFile: 'gone.yaml' })).planError).toMatchObject({ code: 'FILE_UNREADABLE' });
  expect((await desk.act({ do: 'choose', configFile: 'desk.yaml' })).planError).toMatchObject({ expected: 'robot', got: 'operator' });
});

it('offers the file of last time, says when it is gone and how to go on, and forgets it', async () => {
  const { desk, kept } = bench('robot.yaml');
  expect(await desk.act({ do: 'look' })).toMatchObject({ configFile: 'robot.yaml', session: 'bench', planError: null });
  await desk.act({ do: 'choose', configFile: 'gone.yaml' });
  expect(kept.file).toBe('gone.yaml');
  const next = bench(kept.file);
  expect(await next.desk.act({ do: 'look' })).toMatchObject({ configFile: 'gone.yaml', plan: [], planError: { code: 'FILE_UNREADABLE', fix: expect.stringContaining('forget it') as unknown } });
  expect(await next.desk.act({ do: 'choose', configFile: null })).toMatchObject({ configFile: null, planError: null });
  expect(next.kept.file).toBeNull();
});

it('does not start a host for a file that cannot be used', async () => {
  const { desk, hosts } = bench();
  await desk.act({ do: 'choose', configFile: 'broken.yaml' });
  expect((await desk.act({ do: 'start', session: 's', access: null, e2eeKey: null, remember: false })).phase).toBe('idle');
  expect(hosts).toHaveLength(0);
});

it('follows its host from the start to the end that was asked for', async () => {
  const { desk, hosts, view } = bench();
  await desk.act({ do: 'choose', configFile: 'robot.yaml' });
  expect((await desk.act({ do: 'start', session: 'lab', access: null, e2eeKey: null, remember: false })).phase).toBe('starting');
  const [host] = hosts;
  expect(host?.options).toEqual({ configFile: 'robot.yaml', session: 'lab', identity: null, connection: null, e2eeKey: null });
  host?.say(VIEW);
  expect(view()).toMatchObject({ phase: 'starting', host: { positions: { a: 1 } } });
  host?.say({ event: 'connected', identity: 'robot', session: 'lab', url: 'ws://x' });
  expect(view()).toMatchObject({ phase: 'hosting', url: 'ws://x' });
  host?.say({ event: 'disconnected', reason: 'the link' });
  expect(view()).toMatchObject({ phase: 'hosting', url: null });
  await desk.act({ do: 'word', word: 'stop' });
  expect(host?.words).toEqual(['stop']);
  await expect(desk.act({ do: 'start', session: 'lab', access: null, e2eeKey: null, remember: false })).rejects.toMatchObject({ code: 'DEVICE_FAILED' });
  const stopping = desk.act({ do: 'stop' });
  expect(view().phase).toBe('stopping');
  host?.end({ code: 'DEVICE_FAILED', message: 'killed on the way' });
  host?.left();
  expect(await stopping).toMatchObject({ phase: 'idle', error: null, host: null });
  expect(view().events.map(({ text }) => text)).toEqual(['Joined lab as robot', 'Not in the session: the link']);
  await expect(desk.act({ do: 'word', word: 'home' })).rejects.toMatchObject({ code: 'NOT_CONNECTED' });
});

it('gives a host less time to end than one that parks its arm, and says when it had to be killed', async () => {
  const { desk, hosts, view } = bench();
  const stop = async (limits: StationEvent | null): Promise<number> => {
    await desk.act({ do: 'start', session: 'lab', access: null, e2eeKey: null, remember: false });
    const host = hosts.at(-1);
    if (limits !== null) host?.say(limits);
    const stopping = desk.act({ do: 'stop' });
    expect(view()).toMatchObject({ phase: 'stopping', endsWithinMs: host?.withinMs });
    host?.say({ ...VIEW, state: { ...STATE, word: 'ALIGNING', task: 'park' } } as StationEvent);
    expect(view().host?.state.task).toBe('park');
    host?.left(false);
    expect(await stopping).toMatchObject({ phase: 'failed', endsWithinMs: null, error: { code: 'DEVICE_FAILED', message: expect.stringContaining(limits === null ? 'before it had opened the arm' : 'the arm holds') as unknown } });
    return host?.withinMs ?? 0;
  };
  const whileStarting = await stop(null);
  const parking = await stop({ event: 'limits', joints: [], safety: PARKS });
  expect(parking).toBeGreaterThan(whileStarting);
});

describe('an arm that was not left as its configuration says', () => {
  const LIMITS: StationEvent = { event: 'limits', joints: [], safety: PARKS };
  const HELD: StationEvent = { event: 'arm_left', torque: 'on', instead_of: 'park', reason: 'STOP by host' };
  const begin = async (limits: StationEvent = LIMITS) => {
    const one = bench();
    await one.desk.act({ do: 'start', session: 'lab', access: null, e2eeKey: null, remember: false });
    one.hosts[0]?.say(limits);
    return one;
  };

  it('is shown after the end until somebody has read it, or the next start', async () => {
    const { desk, hosts, view } = await begin();
    const stopping = desk.act({ do: 'stop' });
    hosts[0]?.say(HELD);
    hosts[0]?.left();
    const held = { torque: 'on', insteadOf: 'park', reason: 'STOP by host' };
    expect(await stopping).toMatchObject({ phase: 'idle', error: null, armLeft: held });
    expect((await desk.act({ do: 'look' })).armLeft).toEqual(held);
    expect((await desk.act({ do: 'arm-seen' })).armLeft).toBeNull();
    await desk.act({ do: 'start', session: 'lab', access: null, e2eeKey: null, remember: false });
    hosts[1]?.say(HELD);
    hosts[1]?.end({ code: 'SERVER_UNREACHABLE', message: 'gone' });
    expect(view()).toMatchObject({ phase: 'failed', error: { code: 'SERVER_UNREACHABLE' }, armLeft: held });
    expect((await desk.act({ do: 'start', session: 'lab', access: null, e2eeKey: null, remember: false })).armLeft).toBeNull();
  });

  it('is none that was parked, or that holds as it was to', async () => {
    for (const left of [{ torque: 'off', instead_of: null, reason: '' }, { torque: 'on', instead_of: null, reason: '' }] as const) {
      const { desk, hosts } = await begin();
      const stopping = desk.act({ do: 'stop' });
      hosts[0]?.say({ event: 'arm_left', ...left });
      hosts[0]?.left();
      expect((await stopping).armLeft).toBeNull();
    }
  });

  it('is assumed of a host that ended without a word, once it had its arm and was to do anything else than hold', async () => {
    const crashed = await begin();
    crashed.hosts[0]?.end({ code: 'DEVICE_FAILED', message: 'SIGSEGV' });
    expect(crashed.view().armLeft).toMatchObject({ torque: 'on', insteadOf: 'park' });
    const onItsWay = await begin();
    const stopping = onItsWay.desk.act({ do: 'stop' });
    onItsWay.hosts[0]?.left();
    expect((await stopping).armLeft).toMatchObject({ torque: 'on', insteadOf: 'park' });
    const holds = await begin({ event: 'limits', joints: [], safety: { ...PARKS, onExit: 'hold' } });
    holds.hosts[0]?.end({ code: 'DEVICE_FAILED', message: 'SIGSEGV' });
    expect(holds.view().armLeft).toBeNull();
  });
});

it('shows why a host ended that was not asked to, and starts another one', async () => {
  const { desk, hosts, view } = bench();
  await desk.act({ do: 'start', session: 'lab', access: null, e2eeKey: null, remember: false });
  hosts[0]?.end({ code: 'PORT_MISSING', message: 'no arm', fix: 'Plug the arm in.' });
  expect(view()).toMatchObject({ phase: 'failed', error: { code: 'PORT_MISSING', fix: 'Plug the arm in.' } });
  await desk.act({ do: 'start', session: 'lab', access: null, e2eeKey: null, remember: false });
  hosts[0]?.say(VIEW);
  expect(view()).toMatchObject({ phase: 'starting', error: null, host: null });
});

it('hosts where a token says and as whom it says, and does not start with one that is none or for another session', async () => {
  const { desk, hosts, view } = bench();
  await desk.act({ do: 'choose', configFile: 'robot.yaml' });
  const start = (token: string, session: string) => desk.act({ do: 'start', session, access: { url: 'wss://x', auth: { kind: 'token', token } }, e2eeKey: 'k', remember: false });
  await expect(start('half a token', 'lab')).rejects.toMatchObject({ code: 'TOKEN_REFUSED', details: { fix: 'Copy it whole.' } });
  await expect(start('lab.robot-7.x', 'bench')).rejects.toMatchObject({ code: 'USAGE', details: { got: 'lab' } });
  expect(hosts).toHaveLength(0);
  await start('lab.robot-7.x', NAME_FROM_TOKEN);
  expect(hosts[0]?.options).toEqual({ configFile: 'robot.yaml', session: 'lab', identity: 'robot-7', connection: { kind: 'token', url: 'wss://x', token: 'lab.robot-7.x' }, e2eeKey: 'k' });
  expect(view().session).toBe('lab');
  expect(JSON.stringify(view()), 'what is secret is in no view').not.toMatch(/robot-7|"k"/u);
});

describe('how it signs in', () => {
  const TYPED = { access: { url: 'wss://x', auth: { kind: 'key', apiKey: 'key', apiSecret: 'top-secret' } }, e2eeKey: 'sealed' } as const;
  const CONNECTED: StationEvent = { event: 'connected', identity: 'robot', session: 'lab', url: 'wss://x' };
  const CONNECTION = { kind: 'key', url: 'wss://x', apiKey: 'key', apiSecret: 'top-secret' };

  it('is remembered once it has led into the session, without its secrets in any view, and used again until it is forgotten', async () => {
    const secrets = createMemorySecrets();
    const { desk, hosts, view } = bench(null, secrets);
    await desk.act({ do: 'start', session: 'lab', ...TYPED, remember: true });
    expect(view().remembered, 'it may be wrong').toBeNull();
    hosts[0]?.say(CONNECTED);
    expect(view().remembered).toEqual({ way: 'key', url: 'wss://x', isEncrypted: true });
    hosts[0]?.end(null);
    const next = bench(null, secrets);
    expect(await next.desk.act({ do: 'look' })).toMatchObject({ remembered: { way: 'key', url: 'wss://x', isEncrypted: true }, secretStorage: 'memory' });
    await next.desk.act({ do: 'start', session: 'other', access: 'remembered', e2eeKey: null, remember: true });
    expect(next.hosts[0]?.options).toMatchObject({ session: 'other', connection: CONNECTION, e2eeKey: 'sealed' });
    next.hosts[0]?.say(CONNECTED);
    next.hosts[0]?.end(null);
    expect(JSON.stringify(next.view())).not.toMatch(/top-secret|sealed/u);
    expect((await next.desk.act({ do: 'forget-access' })).remembered).toBeNull();
    await expect(next.desk.act({ do: 'start', session: 'lab', access: 'remembered', e2eeKey: null, remember: true })).rejects.toMatchObject({ code: 'SECRET_UNAVAILABLE' });
    expect(next.hosts).toHaveLength(1);
  });

  it('is not remembered where nobody wants that, where it has led nowhere, and where nothing was typed', async () => {
    const { desk, hosts, view } = bench();
    const start = async (order: Partial<HostingAction & { do: 'start' }>): Promise<void> => void (await desk.act({ do: 'start', session: 'lab', ...TYPED, remember: true, ...order }));
    await start({ remember: false });
    hosts[0]?.say(CONNECTED);
    hosts[0]?.end(null);
    await start({});
    hosts[1]?.end({ code: 'TOKEN_REFUSED', message: 'no' });
    await start({ access: null, e2eeKey: null });
    hosts[2]?.say(CONNECTED);
    hosts[2]?.end(null);
    expect(view().remembered).toBeNull();
    await start({ access: null, e2eeKey: 'sealed' });
    hosts[3]?.say(CONNECTED);
    hosts[3]?.end(null);
    expect(view().remembered).toEqual({ way: 'configured', url: null, isEncrypted: true });
    await start({ access: null, e2eeKey: null });
    hosts[4]?.say(CONNECTED);
    expect(view().remembered, 'what was not typed replaces nothing').not.toBeNull();
  });

  it('is typed again where what was kept cannot be read, or could not be kept', async () => {
    const full: SecretStore = { kind: 'system', save: () => { throw new Error('the disk is full'); }, load: () => '{"kind":"key"}', remove: () => undefined };
    const { desk, hosts, view } = bench(null, full);
    expect((await desk.act({ do: 'look' })).remembered).toBeNull();
    await desk.act({ do: 'start', session: 'lab', ...TYPED, remember: true });
    hosts[0]?.say(CONNECTED);
    expect(view()).toMatchObject({ phase: 'hosting', remembered: null });
  });
});

it('says whose packets cannot be decrypted, until that one has left', async () => {
  const { desk, hosts, view } = bench();
  await desk.act({ do: 'start', session: 'lab', access: null, e2eeKey: 'k', remember: false });
  hosts[0]?.say({ event: 'warning', tag: 'encryption-failed', message: 'what ann sends cannot be decrypted: the keys differ', count: 1 });
  expect(view().encryptionTrouble).toBe('What ann sends cannot be decrypted: the keys differ.');
  hosts[0]?.say({ event: 'operator_left', identity: 'bob' });
  expect(view().encryptionTrouble).not.toBeNull();
  hosts[0]?.say({ event: 'operator_left', identity: 'ann' });
  expect(view().encryptionTrouble).toBeNull();
});

it('stops a robot that is only starting as soon as its arm is there, and not the next one', async () => {
  const { desk, hosts, view } = bench();
  const limits: StationEvent = { event: 'limits', joints: [], safety: PARKS };
  await desk.act({ do: 'start', session: 'lab', access: null, e2eeKey: null, remember: false });
  for (let press = 0; press < 2; press += 1) await desk.act({ do: 'word', word: 'stop' });
  expect(hosts[0]?.words).toEqual([]);
  expect(view().events.map(({ text }) => text)).toEqual(['STOP counts as soon as the arm is there']);
  hosts[0]?.say(limits);
  hosts[0]?.say(limits);
  expect(hosts[0]?.words).toEqual(['stop']);
  hosts[0]?.end({ code: 'PORT_LOST', message: 'gone' });
  await desk.act({ do: 'start', session: 'lab', access: null, e2eeKey: null, remember: false });
  await desk.act({ do: 'word', word: 'stop' });
  hosts[1]?.end({ code: 'PORT_LOST', message: 'gone' });
  await desk.act({ do: 'start', session: 'lab', access: null, e2eeKey: null, remember: false });
  hosts[2]?.say(limits);
  expect(hosts[2]?.words).toEqual([]);
});

it('shows what the host answers about its rest pose, of the last word alone', async () => {
  const { desk, hosts, view } = bench();
  await desk.act({ do: 'start', session: 'lab', access: null, e2eeKey: null, remember: false });
  hosts[0]?.say({ event: 'answer', word: 'rest', text: 'this is the rest pose now; asked to end, the arm goes there and lets go' });
  hosts[0]?.say({ event: 'answer', word: 'home', text: 'moving to the rest pose' });
  expect(view().restAnswer).toBe('This is the rest pose now; asked to end, the arm goes there and lets go.');
  await desk.act({ do: 'word', word: 'forget-rest' });
  expect(view().restAnswer).toBe('');
});

it('hands pictures on, one of a camera at a time', async () => {
  const { desk, hosts } = bench();
  const pictures: { track: string; bytes: number }[] = [];
  desk.onFrame(({ track, purpose, data }) => {
    expect(purpose).toBe('preview');
    pictures.push({ track, bytes: data.byteLength });
  });
  await desk.act({ do: 'start', session: 'lab', access: null, e2eeKey: null, remember: false });
  const preview = (camera: string): StationEvent => ({ event: 'preview', camera, width: 2, height: 2, captured_us: 1, jpeg: 'AAAA' });
  for (const camera of ['front', 'front', 'wrist']) hosts[0]?.say(preview(camera));
  await until('both', () => pictures.length === 2);
  expect(pictures).toEqual([{ track: 'front', bytes: 12 }, { track: 'wrist', bytes: 12 }]);
});
