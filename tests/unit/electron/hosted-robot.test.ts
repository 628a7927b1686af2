import { describe, expect, it } from 'vitest';
import { hostedRobots } from '../../../electron/hosted-robot.ts';
import { FEEDS_WINDOW_ENV } from '../../../main/host-feed.ts';
import type { HostOrder, StationEvent } from '../../../main/ports.ts';
import type { PortalErrorShape } from '../../../shared/portal/errors.ts';
import { until } from '../../fakes/until.ts';

const SET_BEFORE = { LIVEKIT_TOKEN: 'stale', LIVEKIT_TOKEN_ENDPOINT: 'https://old', LIVEKIT_TOKEN_ENDPOINT_AUTH: 'old', LIVEKIT_URL: 'ws://old', LIVEKIT_API_KEY: 'old', LIVEKIT_API_SECRET: 'old', PORTAL_E2EE_KEY: 'old' };
const NAMES = ['LIVEKIT_URL', 'LIVEKIT_API_KEY', 'LIVEKIT_API_SECRET', 'LIVEKIT_TOKEN', 'LIVEKIT_TOKEN_ENDPOINT', 'LIVEKIT_TOKEN_ENDPOINT_AUTH', 'PORTAL_E2EE_KEY', FEEDS_WINDOW_ENV];

/** A program of Node's that does as the script says, in the place of the robot host. */
function start(script: string, order: Partial<HostOrder> = {}) {
  const events: (StationEvent & Record<string, unknown>)[] = [];
  const ends: (PortalErrorShape | null)[] = [];
  const run = hostedRobots({ command: process.execPath, leading: ['-e', `const say = (event) => process.stdout.write(JSON.stringify(event) + '\\n'); ${script}`, '--'], env: { ...process.env, ...SET_BEFORE } });
  const host = run({ configFile: '/x/robot.yaml', session: 'lab', identity: null, connection: null, e2eeKey: null, ...order }, { onEvent: (event) => void events.push(event as never), onEnd: (error) => void ends.push(error) });
  return { host, events, ends };
}

describe('what it is started with', () => {
  it.each<[string, Partial<HostOrder>, string, Record<string, string>]>([
    ['key and secret', { connection: { kind: 'key', url: 'ws://x', apiKey: 'key', apiSecret: 'top-secret' }, e2eeKey: 'sealed' }, '', { LIVEKIT_URL: 'ws://x', LIVEKIT_API_KEY: 'key', LIVEKIT_API_SECRET: 'top-secret', PORTAL_E2EE_KEY: 'sealed' }],
    ['a token', { connection: { kind: 'token', url: 'ws://x', token: 'a.b.c' }, identity: 'robot-7' }, '--identity robot-7 ', { LIVEKIT_URL: 'ws://x', LIVEKIT_TOKEN: 'a.b.c', PORTAL_E2EE_KEY: 'old' }],
    ['a token endpoint', { connection: { kind: 'endpoint', endpoint: 'https://x', bearer: 'sesame' } }, '', { LIVEKIT_TOKEN_ENDPOINT: 'https://x', LIVEKIT_TOKEN_ENDPOINT_AUTH: 'sesame', PORTAL_E2EE_KEY: 'old' }],
    ['an open endpoint', { connection: { kind: 'endpoint', endpoint: 'https://x', bearer: null } }, '', { LIVEKIT_TOKEN_ENDPOINT: 'https://x', PORTAL_E2EE_KEY: 'old' }],
    // A token is made out to one participant: the console's is not the robot's.
    ['what is set already', {}, '', { LIVEKIT_URL: 'ws://old', LIVEKIT_API_KEY: 'old', LIVEKIT_API_SECRET: 'old', LIVEKIT_TOKEN_ENDPOINT: 'https://old', LIVEKIT_TOKEN_ENDPOINT_AUTH: 'old', PORTAL_E2EE_KEY: 'old' }],
  ])('%s: by environment alone, and nothing that was set before beside it', async (_what, order, identity, expected) => {
    const { host, events } = start(`say({ event: 'told', argv: process.argv.slice(1).join(' '), env: Object.fromEntries(${JSON.stringify(NAMES)}.map((name) => [name, process.env[name]])) }); setInterval(() => {}, 1000); process.stdin.on('data', () => process.exit(0));`, order);
    await until('it to tell', () => events.length === 1);
    expect(events[0]).toEqual({ event: 'told', argv: `robot-host --session lab ${identity}--config /x/robot.yaml --json`, env: { ...expected, [FEEDS_WINDOW_ENV]: '1' } });
    expect(await host.leave(10_000)).toBe(true);
  });
});

it('speaks to its terminal, and is left when it was told to', async () => {
  const { host, events, ends } = start(`require('node:readline').createInterface({ input: process.stdin }).on('line', (word) => { say({ event: 'answer', word, text: 'done' }); if (word === 'leave') process.exit(0); });`);
  host.say('home');
  await until('the answer', () => events.some(({ word }) => word === 'home'));
  expect(await host.leave(10_000)).toBe(true);
  expect(ends).toEqual([]);
});

it('is heard to its last word, how it left the arm', async () => {
  const { host, events } = start(`process.stdin.once('data', () => { for (let at = 0; at < 400; at += 1) say({ event: 'view', at, filler: 'x'.repeat(100) }); process.stdout.write(JSON.stringify({ event: 'arm_left', torque: 'on' }) + '\\n', () => process.exit(0)); }); say({ event: 'answer', word: '', text: 'up' });`);
  await until('it to be up', () => events.length === 1);
  expect(await host.leave(10_000)).toBe(true);
  expect(events.at(-1)).toEqual({ event: 'arm_left', torque: 'on' });
});

it('goes on telling while it leaves, and is killed when that takes too long', async () => {
  const { host, events, ends } = start(`require('node:readline').createInterface({ input: process.stdin }).on('line', () => say({ event: 'view', reason: 'parking' })); say({ event: 'answer', word: '', text: 'up' });`);
  await until('it to be up', () => events.length === 1);
  const leaving = host.leave(4000);
  await until('it to tell of it', () => events.length === 2);
  expect(await leaving).toBe(false);
  expect(events.at(-1)).toMatchObject({ event: 'view', reason: 'parking' });
  expect(ends).toEqual([]);
});

it('ends with the error that the host said, else with its last words', async () => {
  const said = start(`say({ event: 'error', code: 'PORT_MISSING', message: 'no arm', fix: 'Plug it in.' }); setTimeout(() => process.exit(1), 20);`);
  const silent = start(`process.stderr.write('libfoo is missing'); process.exit(127);`);
  await until('both ends', () => said.ends.length === 1 && silent.ends.length === 1);
  expect(said.ends[0]).toMatchObject({ code: 'PORT_MISSING', fix: 'Plug it in.' });
  expect(silent.ends[0]).toMatchObject({ code: 'DEVICE_FAILED', message: expect.stringContaining('127') as string, got: 'libfoo is missing' });
});
