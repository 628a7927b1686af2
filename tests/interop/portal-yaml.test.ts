import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parsePortalYaml } from '../../shared/portal-yaml.ts';
import type { PortalConfig, VideoSpec } from '../../shared/portal/config.ts';
import { PortalError } from '../../shared/portal/errors.ts';
import { describeWithServer } from '../fakes/livekit-server.ts';
import type { PythonPeer } from '../fakes/python-peer.ts';
import { describeWithPeer } from '../fakes/with-python-peer.ts';
import { InteropRoom } from './both-ways.ts';

const FULL = `version: 1
fps: 50
slack: 7
tolerance: 2.25
ping_ms: 500
state_reliable: false
action_reliable: false
stall_behavior: freeze
max_lag_ms: 100
action_subscription: true
videos:
  - { name: front, codec: mjpeg, quality: 80 }
  - { name: side, codec: MJPEG }
  - { name: wrist, codec: vp9, max_bitrate_kbps: 3000, simulcast: true, screencast: true, stall_behavior: omit, max_lag_ms: 20 }
  - { name: top, codec: hevc, simulcast: false }
  - { name: depth, codec: raw }
  - { name: mask, codec: png }
state:
${['f64', 'f32', 'i32', 'i16', 'i8', 'u32', 'u16', 'u8', 'bool', 'F32', 'Bool'].map((dtype, n) => `  - { name: s${n}.pos, dtype: ${dtype} }`).join('\n')}
action:
  - { name: grüezi 机器人, dtype: f64 }
action_chunks:
  - { name: act, horizon: 10, fields: [ { name: a, dtype: i16 }, { name: b, dtype: bool } ] }
  - { name: one, horizon: 1, fields: [ { name: a, dtype: f32 } ] }
`;
const track = (rest: string): string => `version: 1\nvideos: [ { name: a, ${rest} } ]\n`;
const field = (rest: string): string => `version: 1\nstate: [ { name: a, ${rest} } ]\n`;
const chunk = (rest: string): string => `version: 1\naction_chunks: [ { name: a, ${rest} } ]\n`;
const FIELDS = 'fields: [ { name: a, dtype: f32 } ]';

const TAKEN: [string, string][] = [
  ['everything that can be said', FULL],
  ['nothing but the version', 'version: 1\n'],
  ['empty values', 'version: 1\nfps: ~\nvideos:\nstate: null\n'],
  ['aliases, comments and other line ends', 'version: 1 # ours\r\nstate: &s\r\n  - { name: a, dtype: f32 }\r\naction: *s\r\n'],
  ['pings turned off', 'version: 1\nping_ms: 0\n'],
  ['the old spelling of a stall behaviour', 'version: 1\nreuse_stale_frames: true\n'],
  ['the built-in profile', readFileSync(new URL('../../resources/portal.yaml', import.meta.url), 'utf8')],
  ["the profile of lerobot's plugins", readFileSync(new URL('../../resources/profiles/lerobot-so101.yaml', import.meta.url), 'utf8')],
];

/** Refused by both. */
const REFUSED: [string, string][] = [
  ['no version', 'fps: 30\n'],
  ['another version', 'version: 2\n'],
  ['an unknown key', 'version: 1\nfsp: 30\n'],
  ['the session', 'version: 1\nsession: x\n'],
  ['the key of an encrypted session', 'version: 1\ne2ee_key: x\n'],
  ['an unknown key of a track', track('codec: raw, qualty: 3')],
  ['an unknown key of a field', field('dtype: f32, unit: deg')],
  ['an unknown key of a chunk', chunk(`horizon: 1, ${FIELDS}, x: 1`)],
  ['a track without codec', track('quality: 3')],
  ['an unknown codec', track('codec: jpeg')],
  ['a field without dtype', 'version: 1\nstate: [ { name: a } ]\n'],
  ['an unknown dtype', field('dtype: float')],
  ['a chunk without horizon', chunk(FIELDS)],
  ['horizon 0', chunk(`horizon: 0, ${FIELDS}`)],
  ['an unknown stall behaviour', 'version: 1\nstall_behavior: skip\n'],
  ['an unknown stall behaviour of a track', track('codec: h264, stall_behavior: skip')],
  ['fps 0', 'version: 1\nfps: 0\n'],
  ['a fraction of fps', 'version: 1\nfps: 29.97\n'],
  ['slack 0', 'version: 1\nslack: 0\n'],
  ['tolerance 0', 'version: 1\ntolerance: 0\n'],
  ['a negative ping_ms', 'version: 1\nping_ms: -1\n'],
  ['quality 0', track('codec: mjpeg, quality: 0')],
  ['quality 101', track('codec: mjpeg, quality: 101')],
  ['bitrate 0', track('codec: h264, max_bitrate_kbps: 0')],
  ['a bitrate on a byte-stream codec', track('codec: mjpeg, max_bitrate_kbps: 5')],
  ['simulcast on a byte-stream codec, even when off', track('codec: raw, simulcast: false')],
  ['two tracks of one name', 'version: 1\nvideos: [ { name: a, codec: raw }, { name: a, codec: png } ]\n'],
  ['two chunks of one name', `version: 1\naction_chunks: [ { name: a, horizon: 1, ${FIELDS} }, { name: a, horizon: 2, ${FIELDS} } ]\n`],
  ['a key given twice', 'version: 1\nfps: 3\nfps: 4\n'],
  ['a list that is none', 'version: 1\nstate: { a: f32 }\n'],
  ['no YAML at all', 'version: [1\n'],
];

/** Where we are stricter on purpose. */
const OURS_REFUSES: [string, string][] = [
  ['an empty name', "version: 1\nstate: [ { name: '', dtype: f32 } ]\n"],
  ['two fields of one name', 'version: 1\nstate: [ { name: a, dtype: f32 }, { name: a, dtype: f32 } ]\n'],
  ['fps above 1000', 'version: 1\nfps: 5000\n'],
];
/** Where the peer is. */
const THEIRS_REFUSES: [string, string][] = [['a stall behaviour in capitals', 'version: 1\nstall_behavior: FREEZE\n']];

describeWithServer('one portal.yaml', (server) => {
  describeWithPeer('read by both', () => {
    let room: InteropRoom;
    let peer: PythonPeer;
    beforeAll(async () => {
      room = new InteropRoom(server(), 'version: 1\n');
      peer = await room.peerOperator('reader');
    });
    afterAll(async () => { await room.close(); });

    const theirs = (text: string): Promise<unknown> => peer.tell('read_yaml', { text });
    const ours = (text: string): PortalConfig => parsePortalYaml(text, { session: 'read' });

    it.each(TAKEN)('says the same, key by key: %s', async (_what, text) => {
      expect(await theirs(text)).toEqual({ config: asTheirs(ours(text)) });
    });

    it.each(REFUSED)('is refused by both, here with line and column: %s', async (_what, text) => {
      expect(await theirs(text)).toEqual({ refused: expect.any(String) as string });
      expect(refusalOf(() => ours(text))).toMatchObject({ code: 'YAML_INVALID', details: { line: expect.any(Number) as number, column: expect.any(Number) as number } });
    });

    it.each(OURS_REFUSES)('is refused here alone: %s', async (_what, text) => {
      expect(await theirs(text)).toHaveProperty('config');
      expect(refusalOf(() => ours(text))).toMatchObject({ code: 'YAML_INVALID' });
    });

    it.each(THEIRS_REFUSES)('is refused there alone: %s', async (_what, text) => {
      expect(await theirs(text)).toHaveProperty('refused');
      ours(text);
    });

    it('is what a session of the peer runs by', async () => {
      const other = new InteropRoom(server(), FULL);
      try {
        const robot = await other.peerRobot();
        expect(await robot.tell('config')).toEqual(asTheirs(ours(FULL)));
      } finally { await other.close(); }
    });
  });
});

/** Our config in the peer's words. It tells neither stall behaviour nor lag; `stalls.test.ts` compares what they do. */
function asTheirs(config: PortalConfig): object {
  return {
    fps: config.fps,
    slack: config.slack,
    tolerance: config.tolerance,
    ping_ms: config.pingMs,
    state_reliable: config.stateReliable,
    action_reliable: config.actionReliable,
    action_subscription: config.actionSubscription,
    videos: config.videos.map(trackAsTheirs),
    state: config.state,
    action: config.action,
    action_chunks: config.actionChunks,
  };
}

function trackAsTheirs({ name, codec, quality, maxBitrateKbps, simulcast, screencast }: VideoSpec): object {
  // A quality means something for mjpeg alone; elsewhere the peer keeps none.
  return { name, codec, quality: codec === 'mjpeg' ? quality : 0, max_bitrate_kbps: maxBitrateKbps, simulcast, screencast };
}

function refusalOf(read: () => unknown): PortalError {
  try {
    read();
  } catch (thrown) {
    if (thrown instanceof PortalError) return thrown;
    throw thrown;
  }
  return expect.fail('was taken');
}
