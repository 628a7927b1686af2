import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseCli } from '../../../main/cli.ts';
import type { Environment } from '../../../main/connection.ts';
import { resolveSettings, type StationSettings } from '../../../main/settings.ts';
import { PortalError } from '../../../shared/portal/errors.ts';
import { parseStationYaml } from '../../../shared/station-config.ts';

function resolve(argv: string[], env: Environment = {}, files: Record<string, string> = {}): StationSettings {
  const request = parseCli(argv);
  if (request.kind !== 'run') throw new Error('no role');
  return resolveSettings(request.role, request.flags, {
    env,
    readText: (path) => files[path] ?? expect.unreachable(`no file ${path}`),
    readToken: (token) => (token === 'good' ? { identity: 'ann', room: 'lab' } : null),
  });
}

function refusal(...parameters: Parameters<typeof resolve>): PortalError {
  try {
    resolve(...parameters);
  } catch (thrown) {
    if (thrown instanceof PortalError) return thrown;
    throw thrown;
  }
  throw new Error(`accepted: ${JSON.stringify(parameters)}`);
}

const KEY = { LIVEKIT_URL: 'wss://env', LIVEKIT_API_KEY: 'k', LIVEKIT_API_SECRET: 's' };

describe('what a station is told', () => {
  it('works on a bare machine for every role', () => {
    expect(resolve(['robot-host'])).toMatchObject({
      session: 'demo',
      identity: 'robot',
      connection: { kind: 'local' },
      joinsAtStart: true,
      robot: { cameras: [{ name: 'front', width: 640, height: 480, fps: 30 }], controlHz: 100, claimPolicy: { kind: 'anyone' } },
    });
    expect(resolve(['operator'])).toMatchObject({ identity: 'operator', operator: { leader: 'none', claims: false } });
    expect(resolve([])).toMatchObject({ identity: 'console', joinsAtStart: false });
    expect(resolve(['--session', 'x']).joinsAtStart).toBe(true);
    expect(resolve([]).portal.state.map((field) => field.name)).toHaveLength(6);
  });

  it('prefers flags to the environment, and the environment to the file', () => {
    const files = { 's.yaml': 'version: 1\nsession: file\nidentity: filed\nserver: { url: "wss://file" }' };
    expect(resolve(['operator', '--config', 's.yaml', '--url', 'wss://flag', '--session', 'flag'], KEY, files)).toMatchObject({
      session: 'flag',
      identity: 'filed',
      connection: { kind: 'key', url: 'wss://flag', apiKey: 'k', apiSecret: 's' },
    });
    expect(resolve(['operator', '--config', 's.yaml'], KEY, files).connection).toMatchObject({ url: 'wss://env' });
    expect(resolve(['operator', '--config', 's.yaml'], { LIVEKIT_API_KEY: 'k', LIVEKIT_API_SECRET: 's' }, files).connection).toMatchObject({ url: 'wss://file' });
  });

  it('takes both names from a token and refuses to contradict it', () => {
    const env = { LIVEKIT_URL: 'wss://x', LIVEKIT_TOKEN: 'good' };
    expect(resolve(['operator'], env)).toMatchObject({ session: 'lab', identity: 'ann', connection: { kind: 'token' } });
    expect(resolve(['operator', '--session', 'lab'], env).session).toBe('lab');
    expect(refusal(['operator', '--session', 'other'], env)).toMatchObject({ code: 'USAGE', details: { expected: 'lab', got: 'other' } });
    expect(refusal(['operator', '--identity', 'bob'], env)).toMatchObject({ code: 'USAGE', details: { expected: 'ann' } });
    expect(refusal(['operator'], { ...env, LIVEKIT_TOKEN: 'bad' }).code).toBe('USAGE');
  });

  it.each([
    [{ LIVEKIT_URL: 'wss://x' }, /nothing to sign in with/u],
    [{ LIVEKIT_URL: 'wss://x', LIVEKIT_API_KEY: 'k' }, /LIVEKIT_API_SECRET is missing/u],
    [{ LIVEKIT_URL: 'wss://x', LIVEKIT_API_SECRET: 's' }, /LIVEKIT_API_KEY is missing/u],
    [{ LIVEKIT_TOKEN: 'good' }, /no server/u],
    [{ LIVEKIT_API_KEY: 'k', LIVEKIT_API_SECRET: 's' }, /no server/u],
    [{ PORTAL_E2EE_KEY: '' }, /empty/u],
  ])('says which half of a connection is missing: %j', (env, message) => {
    expect(refusal(['operator'], env)).toMatchObject({ code: 'USAGE', message: expect.stringMatching(message) as unknown });
  });

  it('turns claim settings into a policy', () => {
    expect(resolve(['robot-host', '--listed', 'a', '--supervisor', 'b']).robot).toMatchObject({ claimPolicy: { kind: 'listed', identities: ['a', 'b'] }, supervisors: ['b'] });
    expect(resolve(['robot-host', '--claim-policy', 'supervisors-and-holder', '--supervisor', 'b']).robot.claimPolicy).toEqual({ kind: 'supervisors-and-holder', supervisors: ['b'] });
    expect(resolve(['robot-host', '--claim-policy', 'host-only']).robot.claimPolicy).toEqual({ kind: 'host-only' });
  });

  it('gives every declared track a camera, and refuses what does not match', () => {
    const files = { 'p.yaml': 'version: 1\nfps: 20\nvideos: [{ name: front, codec: h264 }, { name: wrist, codec: vp8 }]\nstate: []\naction: []\n' };
    expect(resolve(['robot-host', '--portal', 'p.yaml'], {}, files).robot.cameras).toMatchObject([{ name: 'front', fps: 20 }, { name: 'wrist', fps: 20 }]);
    expect(refusal(['robot-host', '--portal', 'p.yaml', '--camera', 'front'], {}, files).message).toMatch(/No camera for track wrist/u);
    expect(refusal(['robot-host', '--portal', 'p.yaml', '--camera', 'side'], {}, files).message).toMatch(/No track for camera side/u);
    expect(refusal(['robot-host', '--camera', 'a', '--camera', 'a']).message).toMatch(/Two cameras/u);
  });

  it('finds the portal.yaml next to the file that names it', () => {
    const files = { '/etc/robot/station.yaml': 'version: 1\nportal: portal.yaml\n', '/etc/robot/portal.yaml': 'version: 1\nfps: 7\n' };
    expect(resolve(['operator', '--config', '/etc/robot/station.yaml'], {}, files)).toMatchObject({ portal: { fps: 7 }, portalFile: '/etc/robot/portal.yaml' });
  });

  it('reads the shipped example, whose values are the defaults', () => {
    const text = readFileSync('resources/station.example.yaml', 'utf8');
    const { cameras, claim, ...example } = parseStationYaml(text);
    const bare = parseStationYaml('');
    expect(example).toMatchObject({ safety: bare.safety, control_hz: bare.control_hz, leader: bare.leader, follower: bare.follower, robot_identity: null });
    expect(claim).toEqual({ ...bare.claim, policy: 'anyone' });
    expect(cameras).toMatchObject({ front: { width: 640, height: 480 } });
  });

  it('refuses a file that is meant for another role', () => {
    const files = { 's.yaml': 'role: operator\n' };
    expect(refusal(['robot-host', '--config', 's.yaml'], {}, files)).toMatchObject({ code: 'CONFIG_INVALID', details: { expected: 'robot', got: 'operator' } });
    expect(resolve(['operator', '--config', 's.yaml'], {}, files).role).toBe('operator');
  });
});
