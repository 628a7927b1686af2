import { describe, expect, it } from 'vitest';
import { isWebRtcCodec, type PortalConfigInput, syncWindows, validateConfig, VIDEO_CODECS } from '../../../../shared/portal/config.ts';
import { PortalError } from '../../../../shared/portal/errors.ts';

function refusalOf(input: unknown): PortalError {
  try {
    validateConfig(input as PortalConfigInput);
  } catch (thrown) {
    if (thrown instanceof PortalError) return thrown;
    throw thrown;
  }
  return expect.fail('was taken');
}

describe('validateConfig', () => {
  it("fills in the peer's defaults", () => {
    expect(validateConfig({ session: 's' })).toEqual({
      session: 's',
      fps: 30,
      slack: 5,
      tolerance: 1.5,
      pingMs: 1000,
      stateReliable: true,
      actionReliable: true,
      stallBehavior: 'drop',
      maxLagMs: null,
      actionSubscription: false,
      videos: [],
      state: [],
      action: [],
      actionChunks: [],
    });
  });

  it('makes a track h264, quality 90 and without a bitrate of its own unless told otherwise', () => {
    expect(validateConfig({ session: 's', videos: [{ name: 'front' }] }).videos).toEqual([
      { name: 'front', codec: 'h264', quality: 90, maxBitrateKbps: null, simulcast: false, screencast: false, stallBehavior: null, maxLagMs: null },
    ]);
  });

  it('returns a copy that later changes of the input do not reach', () => {
    const fields = [{ name: 'a', dtype: 'f32' as const }];
    const config = validateConfig({ session: 's', state: fields });
    (fields[0] as { name: string }).name = 'b';
    fields.push({ name: 'c', dtype: 'f32' });
    expect(config.state).toEqual([{ name: 'a', dtype: 'f32' }]);
  });

  it('takes its own result', () => {
    const config = validateConfig({ session: 's', videos: [{ name: 'front', codec: 'mjpeg', quality: 80 }], actionChunks: [{ name: 'act', horizon: 3, fields: [] }] });
    expect(validateConfig(config)).toEqual(config);
  });

  it('takes the same name in lists that do not share a space', () => {
    const fields = [{ name: 'a', dtype: 'f32' as const }];
    expect(() => validateConfig({ session: 's', videos: [{ name: 'a' }], state: fields, action: fields, actionChunks: [{ name: 'a', horizon: 1, fields }] })).not.toThrow();
  });

  const video = (part: object): object => ({ videos: [{ name: 'front', ...part }] });
  it.each<[string, object, string]>([
    ['an empty session', { session: '' }, 'session'],
    ['a session that is no text', { session: 5 }, 'session'],
    ['fps 0', { fps: 0 }, 'fps'],
    ['fps beyond 1000', { fps: 1001 }, 'fps'],
    ['a fraction of fps', { fps: 29.97 }, 'fps'],
    ['slack 0', { slack: 0 }, 'slack'],
    ['tolerance 0', { tolerance: 0 }, 'tolerance'],
    ['tolerance NaN', { tolerance: NaN }, 'tolerance'],
    ['an endless tolerance', { tolerance: Infinity }, 'tolerance'],
    ['a negative ping', { pingMs: -1 }, 'pingMs'],
    ['a ping no timer can wait for', { pingMs: 2 ** 31 }, 'pingMs'],
    ['a negative max lag', { maxLagMs: -1 }, 'maxLagMs'],
    ['an unknown stall behaviour', { stallBehavior: 'skip' }, 'stallBehavior'],
    ['a number for a boolean', { stateReliable: 1 }, 'stateReliable'],
    ['a key it does not know', { reliable: true }, 'reliable'],
    ['videos that are no list', { videos: {} }, 'videos'],
    ['a track without a name', { videos: [{}] }, 'videos[0].name'],
    ['an empty track name', { videos: [{ name: '' }] }, 'videos[0].name'],
    ['a track name beyond 256 bytes', { videos: [{ name: 'é'.repeat(129) }] }, 'videos[0].name'],
    ['two tracks of one name', { videos: [{ name: 'a' }, { name: 'b' }, { name: 'a' }] }, 'videos[2].name'],
    ['an unknown codec', video({ codec: 'jpeg' }), 'videos[0].codec'],
    ['quality 0', video({ codec: 'mjpeg', quality: 0 }), 'videos[0].quality'],
    ['quality 101', video({ codec: 'mjpeg', quality: 101 }), 'videos[0].quality'],
    ['bitrate 0', video({ maxBitrateKbps: 0 }), 'videos[0].maxBitrateKbps'],
    ['a bitrate on a byte-stream codec', video({ codec: 'mjpeg', maxBitrateKbps: 500 }), 'videos[0].maxBitrateKbps'],
    ['simulcast on a byte-stream codec', video({ codec: 'png', simulcast: true }), 'videos[0].simulcast'],
    ['screencast on a byte-stream codec', video({ codec: 'raw', screencast: true }), 'videos[0].screencast'],
    ['two state fields of one name', { state: [{ name: 'a', dtype: 'f32' }, { name: 'a', dtype: 'f64' }] }, 'state[1].name'],
    ['an empty field name', { action: [{ name: '', dtype: 'f32' }] }, 'action[0].name'],
    ['a field named __proto__', { action: [{ name: '__proto__', dtype: 'f32' }] }, 'action[0].name'],
    ['a field name that is not Unicode', { action: [{ name: 'a\ud800', dtype: 'f32' }] }, 'action[0].name'],
    ['an unknown dtype', { action: [{ name: 'a', dtype: 'F32' }] }, 'action[0].dtype'],
    ['horizon 0', { actionChunks: [{ name: 'a', horizon: 0, fields: [] }] }, 'actionChunks[0].horizon'],
    ['a horizon beyond 65535', { actionChunks: [{ name: 'a', horizon: 65536, fields: [] }] }, 'actionChunks[0].horizon'],
    ['two chunks of one name', { actionChunks: [{ name: 'a', horizon: 1, fields: [] }, { name: 'a', horizon: 2, fields: [] }] }, 'actionChunks[1].name'],
    ['two chunk fields of one name', { actionChunks: [{ name: 'a', horizon: 1, fields: [{ name: 'x', dtype: 'u8' }, { name: 'x', dtype: 'u8' }] }] }, 'actionChunks[0].fields[1].name'],
    ['chunk packets of hundreds of megabytes', { actionChunks: [{ name: 'a', horizon: 65535, fields: Array.from({ length: 500 }, (_, i) => ({ name: `f${i}`, dtype: 'f64' })) }] }, 'actionChunks[0].horizon'],
  ])('refuses %s, naming the place', (_name, part, place) => {
    const error = refusalOf({ session: 's', ...part });
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message.startsWith(`${place} `)).toBe(true);
    expect(error.details.expected).toBeTruthy();
    expect(error.details.got).toBeTruthy();
  });

  it('names the allowed words', () => {
    expect(refusalOf({ session: 's', stallBehavior: 'skip' }).details).toMatchObject({ expected: 'one of drop, freeze, omit', got: "'skip'" });
  });

  it.each([null, undefined, 5, 'x', []])('refuses %j as a whole', (input) => {
    expect(refusalOf(input).code).toBe('CONFIG_INVALID');
  });
});

describe('syncWindows', () => {
  it('are tolerance ticks and slack ticks, truncated to µs', () => {
    expect(syncWindows(validateConfig({ session: 's', videos: [{ name: 'a' }] }))).toEqual({
      rangeUs: 50_000,
      slack: 5,
      perTrack: { a: { stall: 'drop', maxLagUs: 166_666 } },
    });
  });

  it("let a track's stall behaviour and max lag override the config's, each on its own", () => {
    const config = validateConfig({
      session: 's',
      stallBehavior: 'freeze',
      maxLagMs: 100,
      videos: [{ name: 'neither' }, { name: 'stall', stallBehavior: 'omit' }, { name: 'lag', maxLagMs: 0 }],
    });
    expect(syncWindows(config).perTrack).toEqual({
      neither: { stall: 'freeze', maxLagUs: 100_000 },
      stall: { stall: 'omit', maxLagUs: 100_000 },
      lag: { stall: 'freeze', maxLagUs: 0 },
    });
  });

  it.each([
    [0.9, 30, 30_000],
    [0.3, 30, 10_000],
    [1.1, 30, 36_666],
    [0.35, 1, 350_000],
    [100, 7, 14_285_714],
    [1000, 7, 142_857_136],
  ])('give %d ticks at %d fps the range the peer was seen to use', (tolerance, fps, rangeUs) => {
    expect(syncWindows(validateConfig({ session: 's', tolerance, fps })).rangeUs).toBe(rangeUs);
  });
});

describe('isWebRtcCodec', () => {
  it('tells media from byte streams', () => {
    expect(VIDEO_CODECS.filter(isWebRtcCodec)).toEqual(['h264', 'vp8', 'vp9', 'av1', 'h265']);
  });
});
