import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PortalError } from '../../../shared/portal/errors.ts';
import { validateConfig } from '../../../shared/portal/config.ts';
import { builtinPortalConfig } from '../../../main/builtin-schema.ts';
import { operatorConfigFromYaml, parsePortalYaml, robotConfigFromYaml } from '../../../shared/portal-yaml.ts';

function parse(text: string): ReturnType<typeof parsePortalYaml> {
  return parsePortalYaml(text, { session: 's', file: 'robot.yaml' });
}

/** The config of a file that begins with `version: 1`. */
function v1(rest: string): ReturnType<typeof parsePortalYaml> {
  return parse(`version: 1\n${rest}`);
}

function refusalOf(text: string): PortalError {
  try {
    parse(text);
  } catch (thrown) {
    if (thrown instanceof PortalError) return thrown;
    throw thrown;
  }
  return expect.fail('was taken');
}

const FULL = `version: 1              # required
fps: 50
slack: 7
tolerance: 2.0
ping_ms: 500
state_reliable: false
action_reliable: false
stall_behavior: freeze
max_lag_ms: 100
action_subscription: true
videos:
  - { name: front, codec: mjpeg, quality: 80 }
  - { name: wrist, codec: vp9, max_bitrate_kbps: 3000, simulcast: true, screencast: true, stall_behavior: omit, max_lag_ms: 20 }
state:
  - { name: shoulder_pan.pos, dtype: f32 }
action:
  - { name: shoulder_pan.pos, dtype: f32 }
action_chunks:
  - { name: act, horizon: 10, fields: [ { name: shoulder_pan.pos, dtype: f32 } ] }
`;

describe('portal.yaml', () => {
  it('says everything a config can say', () => {
    const joint = { name: 'shoulder_pan.pos', dtype: 'f32' };
    expect(parse(FULL)).toEqual({
      session: 's',
      fps: 50,
      slack: 7,
      tolerance: 2,
      pingMs: 500,
      stateReliable: false,
      actionReliable: false,
      stallBehavior: 'freeze',
      maxLagMs: 100,
      actionSubscription: true,
      videos: [
        { name: 'front', codec: 'mjpeg', quality: 80, maxBitrateKbps: null, simulcast: false, screencast: false, stallBehavior: null, maxLagMs: null },
        { name: 'wrist', codec: 'vp9', quality: 90, maxBitrateKbps: 3000, simulcast: true, screencast: true, stallBehavior: 'omit', maxLagMs: 20 },
      ],
      state: [joint],
      action: [joint],
      actionChunks: [{ name: 'act', horizon: 10, fields: [joint] }],
    });
  });

  it('leaves out what it likes, except the version', () => {
    expect(parse('version: 1')).toEqual(validateConfig({ session: 's' }));
    expect(v1('fps: ~\nvideos:\nstate: null\nstall_behavior:\n')).toEqual(validateConfig({ session: 's' }));
  });

  it('gives an mjpeg track quality 90 and an h264 track no bitrate of its own', () => {
    expect(v1('videos: [{ name: a, codec: mjpeg }, { name: b, codec: h264 }]').videos).toMatchObject([{ quality: 90 }, { maxBitrateKbps: null }]);
  });

  it.each(['h264', 'vp8', 'vp9', 'av1', 'h265'])('carries a bitrate for %s', (codec) => {
    expect(v1(`videos: [{ name: a, codec: ${codec}, max_bitrate_kbps: 500 }]`).videos[0]).toMatchObject({ codec, maxBitrateKbps: 500 });
  });

  it('takes codec, dtype and stall words in any case', () => {
    const config = v1('stall_behavior: Freeze\nvideos: [{ name: a, codec: MJPEG }, { name: b, codec: HEVC }]\nstate: [{ name: a, dtype: F32 }, { name: b, dtype: Bool }]');
    expect(config).toMatchObject({ stallBehavior: 'freeze', videos: [{ codec: 'mjpeg' }, { codec: 'h265' }], state: [{ dtype: 'f32' }, { dtype: 'bool' }] });
  });

  it('reads the old spelling of freeze without lag, and lets a written setting win but for drop, as the peer does', () => {
    expect(v1('reuse_stale_frames: true')).toMatchObject({ stallBehavior: 'freeze', maxLagMs: 0 });
    expect(v1('reuse_stale_frames: false')).toMatchObject({ stallBehavior: 'drop', maxLagMs: null });
    expect(v1('reuse_stale_frames: true\nstall_behavior: omit\nmax_lag_ms: 5')).toMatchObject({ stallBehavior: 'omit', maxLagMs: 5 });
    expect(v1('reuse_stale_frames: true\nstall_behavior: drop')).toMatchObject({ stallBehavior: 'freeze', maxLagMs: 0 });
  });

  it('reads a value by what it is for: names that look like numbers, quoted numbers, other words for a boolean', () => {
    expect(v1("fps: '50'\nslack: 0x10\nstate_reliable: no\nstate: [{ name: 007, dtype: u8 }, { name: true, dtype: u8 }]")).toMatchObject({
      fps: 50,
      slack: 16,
      stateReliable: false,
      state: [{ name: '007' }, { name: 'true' }],
    });
  });

  it('shares lists by alias and maps by merge', () => {
    const config = v1('state: &joints\n  - &a { name: a, dtype: f32 }\n  - { <<: *a, name: b }\naction: *joints\n');
    expect(config.state).toEqual([
      { name: 'a', dtype: 'f32' },
      { name: 'b', dtype: 'f32' },
    ]);
    expect(config.action).toEqual(config.state);
  });

  it('may come with a byte order mark, Windows line ends and comments', () => {
    expect(parse('\ufeff# ours\r\nversion: 1\r\nfps: 10 # slow\r\n').fps).toBe(10);
  });

  it('is the start of a config in code for either role', () => {
    expect(robotConfigFromYaml(FULL, { session: 's' }).role).toBe('robot');
    expect(operatorConfigFromYaml(FULL, { session: 's' }).setFps(10).build()).toEqual({ ...parse(FULL), fps: 10 });
  });

  it('takes the session from the caller only', () => {
    expect(refusalOf('version: 1\nsession: x').message).toContain("unknown key 'session'");
    expect(() => parsePortalYaml('version: 1', { session: '' })).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });

  it('of the built-in profile describes an SO-101 with one camera', () => {
    const joints = ['shoulder_pan.pos', 'shoulder_lift.pos', 'elbow_flex.pos', 'wrist_flex.pos', 'wrist_roll.pos', 'gripper.pos'].map((name) => ({ name, dtype: 'f32' }));
    const text = readFileSync(new URL('../../../resources/portal.yaml', import.meta.url), 'utf8');
    expect(parse(text)).toMatchObject({ fps: 30, actionSubscription: true, videos: [{ name: 'front', codec: 'h264' }], state: joints, action: joints, actionChunks: [{ name: 'policy', horizon: 16, fields: joints }] });
    expect(parse(text)).toEqual({ ...builtinPortalConfig('s', ['front']), actionSubscription: true });
  });
});

describe('an error in portal.yaml', () => {
  const video = (rest: string): string => `version: 1\nvideos:\n  - { name: a, ${rest} }`;
  const CODECS = 'h264, vp8, vp9, av1, h265, raw, png, mjpeg';
  const DTYPES = 'f64, f32, i32, i16, i8, u32, u16, u8, bool';

  it.each<[string, string, [line: number, column: number], string]>([
    ['a missing version', 'fps: 3', [1, 1], 'version: 1'],
    ['another version', 'version: 2', [1, 10], 'version: 1'],
    ['a version that is no whole number', 'version: 1.0', [1, 10], 'version: 1'],
    ['an unknown key', 'version: 1\nfsp: 3', [2, 1], 'version, fps, slack, tolerance'],
    ['an unknown key of a track', video('codec: raw, qualty: 3'), [3, 28], 'name, codec, quality'],
    ['an unknown key of a field', 'version: 1\nstate:\n  - { name: a, dtype: f32, unit: deg }', [3, 28], 'name, dtype'],
    ['an unknown key of a chunk', 'version: 1\naction_chunks: [{ name: a, horizon: 1, fields: [], x: 1 }]', [2, 52], 'name, horizon, fields'],
    ['a key given twice', 'version: 1\nfps: 3\nfps: 4', [3, 1], 'once'],
    ['a key that reaches for the prototype', 'version: 1\n__proto__: 3', [2, 1], 'version, fps'],
    ['a missing codec', video('quality: 3'), [3, 5], CODECS],
    ['an unknown codec', video('codec: jpeg'), [3, 23], CODECS],
    ['no codec', video('codec: ~'), [3, 23], CODECS],
    ['a missing dtype', 'version: 1\nstate: [{ name: a }]', [2, 9], DTYPES],
    ['an unknown dtype', 'version: 1\nstate: [{ name: a, dtype: float }]', [2, 27], DTYPES],
    ['a missing name', 'version: 1\nstate: [{ dtype: f32 }]', [2, 9], 'name'],
    ['missing fields', 'version: 1\naction_chunks: [{ name: a, horizon: 1 }]', [2, 17], 'fields'],
    ['a missing horizon', 'version: 1\naction_chunks: [{ name: a, fields: [] }]', [2, 17], 'horizon'],
    ['an unknown stall behaviour', 'version: 1\nstall_behavior: skip', [2, 17], 'drop, freeze, omit'],
    ["an unknown stall behaviour of a track", video('codec: h264, stall_behavior: skip'), [3, 45], 'drop, freeze, omit'],
    ['fps 0', 'version: 1\nfps: 0', [2, 6], '1 to 1000'],
    ['a fraction of fps', 'version: 1\nfps: 29.97', [2, 6], 'a whole number'],
    ['fps beyond 1000', 'version: 1\nfps: 5000', [2, 6], '1 to 1000'],
    ['a negative slack', 'version: 1\nslack: -1', [2, 8], 'a whole number from 1'],
    ['slack 0', 'version: 1\nslack: 0', [2, 8], 'a whole number from 1'],
    ['tolerance 0', 'version: 1\ntolerance: 0', [2, 12], 'above 0'],
    ['an endless tolerance', 'version: 1\ntolerance: .inf', [2, 12], 'a number'],
    ['horizon 0', 'version: 1\naction_chunks: [{ name: a, horizon: 0, fields: [] }]', [2, 37], '1 to 65535'],
    ['quality 0', video('codec: mjpeg, quality: 0'), [3, 39], '1 to 100'],
    ['quality 101', video('codec: mjpeg, quality: 101'), [3, 39], '1 to 100'],
    ['bitrate 0', video('codec: h264, max_bitrate_kbps: 0'), [3, 47], 'from 1'],
    ['a bitrate on a byte-stream codec', video('codec: mjpeg, max_bitrate_kbps: 5'), [3, 48], 'mjpeg'],
    ['simulcast on a byte-stream codec, even when off', video('codec: raw, simulcast: false'), [3, 39], 'raw'],
    ['a boolean that is none', 'version: 1\nstate_reliable: 1', [2, 17], 'true or false'],
    ['a list that is none', 'version: 1\nstate: { a: f32 }', [2, 8], 'a list'],
    ['a map that is none', 'version: 1\nstate: [[a, f32]]', [2, 9], 'name, dtype'],
    ['a root that is no map', '- version: 1', [1, 1], 'a map'],
    ['two tracks of one name', `${video('codec: raw')}\n  - { name: a, codec: png }`, [4, 13], 'not used before'],
    ['two fields of one name', 'version: 1\nstate: [{ name: a, dtype: f32 }, { name: a, dtype: f32 }]', [2, 42], 'not used before'],
    ['two chunks of one name', 'version: 1\naction_chunks:\n  - { name: a, horizon: 1, fields: [] }\n  - { name: a, horizon: 1, fields: [] }', [4, 13], 'not used before'],
    ['an empty field name', 'version: 1\nstate: [{ name: "", dtype: f32 }]', [2, 17], 'at least one character'],
    ['an empty track name', 'version: 1\nvideos: [{ name: "", codec: raw }]', [2, 18], 'at least one character'],
    ['a field named __proto__', 'version: 1\nstate: [{ name: __proto__, dtype: f32 }]', [2, 17], 'another name'],
    ['a key that is no text', 'version: 1\n[1]: 2', [2, 1], 'a key'],
    ['an empty file', '# nothing\n', [1, 1], 'version: 1'],
  ])('tells where %s is and what is allowed', (_name, text, [line, column], expected) => {
    const error = refusalOf(text);
    expect(error.code).toBe('YAML_INVALID');
    expect(error.details).toMatchObject({ file: 'robot.yaml', line, column });
    expect(error.details.expected).toContain(expected);
    expect(error.details.got).toBeTruthy();
  });

  it('names another version', () => {
    expect(refusalOf('version: 2').message).toContain("'2'");
  });

  it.each<[string, string, [line: number, column: number]]>([
    ['a bracket that is not closed', 'version: 1\nfps: [1', [2, 8]],
    ['a tab as indentation', 'version: 1\nvideos:\n\t- x', [3, 1]],
    ['an alias of nothing', 'version: 1\nstate: *nope', [2, 8]],
    ['a second document', 'version: 1\n---\nversion: 1', [2, 1]],
  ])('tells where %s is', (_name, text, [line, column]) => {
    expect(refusalOf(text).details).toMatchObject({ line, column });
  });

  it.each<[string, string]>([
    ['nesting without end', '['.repeat(20_000)],
    ['a list that holds itself', 'version: 1\nstate: &a\n  - *a\n'],
    ['a map that merges itself', 'version: 1\nstate: [&a { <<: *a }]\n'],
    ['aliases that stand for billions of values', `version: 1\nstate: &a0 [x, x, x, x]\n${Array.from({ length: 20 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}, *a${i}, *a${i}]\n`).join('')}`],
    ['a field repeated by alias beyond all measure', `version: 1\nstate: [&a { name: a, dtype: f32 }${', *a'.repeat(40_000)}]`],
    ['a megabyte and more', `version: 1\n# ${'x'.repeat(1024 * 1024)}`],
  ])('is what %s ends in', (_name, text) => {
    expect(refusalOf(text).code).toBe('YAML_INVALID');
  });

  it('shows no more of the file than it needs', () => {
    expect(refusalOf(`version: 1\nstall_behavior: ${'x'.repeat(5000)}`).details.got?.length).toBeLessThan(60);
  });
});
