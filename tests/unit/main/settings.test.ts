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
    arms: { port: (kind, id) => `usb:${kind}-${id}`, calibration: (kind, port, id) => `/lerobot/${kind}-${port}-${id}.json` },
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

describe('an arm on a bus', () => {
  const robot = (text: string, files: Record<string, string> = {}): StationSettings => resolve(['robot-host', '--config', '/etc/r.yaml'], {}, { '/etc/r.yaml': `follower: ${text}`, ...files });

  it('is where the file says, its calibration beside the file', () => {
    const { robot: { follower } } = robot('{ kind: so101_follower, port: /dev/ttyACM0, calibration: arm.json }', { '/etc/arm.json': '{}' });
    expect(follower).toEqual({ port: '/dev/ttyACM0', calibration: { file: '/etc/arm.json', text: '{}' }, units: 'degrees' });
  });

  it('is found as it was set up on this machine where the file leaves things out', () => {
    expect(robot('{ kind: so100_follower }', { '/lerobot/follower-usb:follower-null-null.json': '1' }).robot.follower).toMatchObject({ port: 'usb:follower-null', calibration: { text: '1' } });
    expect(robot('{ kind: so101_follower, id: left }', { '/lerobot/follower-usb:follower-left-left.json': '2' }).robot.follower).toMatchObject({ port: 'usb:follower-left', calibration: { text: '2' } });
    expect(robot('{ kind: so101_follower, port: usb:A }', { '/lerobot/follower-usb:A-null.json': '3' }).robot.follower).toMatchObject({ port: 'usb:A', calibration: { text: '3' } });
  });

  it('is not asked for where no arm on a bus is configured', () => {
    expect(robot('{ kind: sim_so101 }').robot.follower).toBeNull();
    expect(resolve(['operator']).operator.busLeader).toBeNull();
  });
});

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

  it('gives the console the leader of the file, and leaves it to the window where the file names none', () => {
    const console = (yaml: string) => resolve(['console', '--config', 'desk.yaml'], {}, { 'desk.yaml': yaml }).operator;
    expect(console('leader: { rate_hz: 200 }')).toMatchObject({ choice: null, rateHz: 200 });
    expect(console('leader: { kind: none }').choice).toMatchObject({ kind: 'none' });
    expect(console('leader: { kind: keyboard }').choice).toMatchObject({ kind: 'keyboard', deadman: true, engage: 'ramp' });
    expect(console('leader: { kind: gamepad, deadman: none }').choice).toMatchObject({ kind: 'gamepad', deadman: false });
    expect(console('units: m100_100\nleader: { kind: so101_leader, port: /dev/ttyACM1, calibration: arms/leader.json, engage: guide }').choice)
      .toEqual({ kind: 'so101', port: '/dev/ttyACM1', calibration: expect.stringMatching(/arms.leader\.json$/u) as unknown, units: 'm100_100', engage: 'guide', deadman: false });
    expect(() => console('leader: { kind: scripted }')).toThrow('scripted is for headless operators');
    expect(() => resolve(['operator', '--config', 'desk.yaml'], {}, { 'desk.yaml': 'leader: { kind: keyboard }' })).toThrow('needs the console');
    expect(() => console('leader: { rate_hz: 500 }')).toThrow('rate_hz');
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

  it('finds a token endpoint in flag, environment and file, in this order, and its secret in the environment alone', () => {
    const file = { 'station.yaml': 'server: { token_endpoint: https://file/token }' };
    const env = { LIVEKIT_TOKEN_ENDPOINT: 'https://env/token', LIVEKIT_TOKEN_ENDPOINT_AUTH: 'sesame' };
    const flag = ['--token-endpoint', 'https://flag/token'];
    expect(resolve(['operator', ...flag, '--config', 'station.yaml'], env, file).connection).toEqual({ kind: 'endpoint', endpoint: 'https://flag/token', bearer: 'sesame' });
    expect(resolve(['operator', '--config', 'station.yaml'], env, file).connection).toMatchObject({ endpoint: 'https://env/token' });
    expect(resolve(['operator', '--config', 'station.yaml'], {}, file).connection).toEqual({ kind: 'endpoint', endpoint: 'https://file/token', bearer: null });
    expect(resolve(['operator', '--config', 'station.yaml'], KEY, file).connection).toMatchObject({ kind: 'key', url: 'wss://env' });
    expect(resolve(['operator', '--url', 'wss://flag'], { ...KEY, ...env }).connection).toMatchObject({ kind: 'key', url: 'wss://flag' });
    expect(refusal(['operator', ...flag, '--url', 'wss://flag'], KEY)).toMatchObject({ code: 'USAGE' });
    expect(refusal(['operator', '--config', 'station.yaml'], {}, { 'station.yaml': 'server: { url: wss://x, token_endpoint: https://x }' })).toMatchObject({ code: 'CONFIG_INVALID', details: { line: 1 } });
  });

  it.each([
    ['station.yaml', 'e2ee_key: sesame', /PORTAL_E2EE_KEY/u],
    ['station.yaml', 'server: { url: wss://x, api_secret: sesame }', /LIVEKIT_API_SECRET/u],
    ['station.yaml', 'server: { token_endpoint: https://x, bearer: sesame }', /LIVEKIT_TOKEN_ENDPOINT_AUTH/u],
    ['portal.yaml', 'version: 1\ne2ee_key: sesame', /PORTAL_E2EE_KEY/u],
  ])('takes no secret from a file and says where it belongs: %s %s', (file, text, fix) => {
    const error = refusal(['operator', file === 'station.yaml' ? '--config' : '--portal', file], {}, { [file]: text });
    expect(error.details.fix).toMatch(fix);
    expect(JSON.stringify(error)).not.toContain('sesame');
  });
});
