import { describe, expect, it } from 'vitest';
import { OperatorConfig, RobotConfig } from '../../../../shared/portal/config-builder.ts';
import { validateConfig } from '../../../../shared/portal/config.ts';

describe.each([
  ['RobotConfig', RobotConfig, 'robot'],
  ['OperatorConfig', OperatorConfig, 'operator'],
] as const)('%s', (_name, Config, role) => {
  it('starts with the defaults and knows its role', () => {
    const config = new Config('s');
    expect(config.role).toBe(role);
    expect(config.build()).toEqual(validateConfig({ session: 's' }));
  });

  it('captures what its adders and setters are given, in order', () => {
    const config = new Config('s')
      .addVideo('front')
      .addVideo('wrist', 'mjpeg', { quality: 70 })
      .addStateTyped([['a', 'f32'], { name: 'b', dtype: 'bool' }])
      .addStateTyped([['c', 'i16']])
      .addActionTyped([['a', 'f32']])
      .addActionChunk('act', 10, [['a', 'f64']])
      .setFps(50)
      .setSlack(7)
      .setTolerance(2)
      .setPingMs(0)
      .setStateReliable(false)
      .setActionReliable(false)
      .setStallBehavior('freeze')
      .setMaxLagMs(100)
      .setTrackStallBehavior('front', 'omit')
      .setTrackMaxLagMs('wrist', 0)
      .setActionSubscription(true);
    expect(config.build()).toEqual(
      validateConfig({
        session: 's',
        fps: 50,
        slack: 7,
        tolerance: 2,
        pingMs: 0,
        stateReliable: false,
        actionReliable: false,
        stallBehavior: 'freeze',
        maxLagMs: 100,
        actionSubscription: true,
        videos: [
          { name: 'front', stallBehavior: 'omit' },
          { name: 'wrist', codec: 'mjpeg', quality: 70, maxLagMs: 0 },
        ],
        state: [
          { name: 'a', dtype: 'f32' },
          { name: 'b', dtype: 'bool' },
          { name: 'c', dtype: 'i16' },
        ],
        action: [{ name: 'a', dtype: 'f32' }],
        actionChunks: [{ name: 'act', horizon: 10, fields: [{ name: 'a', dtype: 'f64' }] }],
      }),
    );
  });

  it('refuses at once, and then has changed nothing', () => {
    const config = new Config('s').addVideo('front');
    const before = config.build();
    const invalid = expect.objectContaining({ code: 'CONFIG_INVALID' });
    expect(() => config.setFps(0)).toThrow(invalid);
    expect(() => config.addVideo('front')).toThrow(invalid);
    expect(() => config.addVideo('other', 'mjpeg', { quality: 0 })).toThrow(invalid);
    expect(() => config.addStateTyped([['a', 'f32'], ['a', 'f32']])).toThrow(invalid);
    expect(() => config.addActionChunk('act', 0, [])).toThrow(invalid);
    expect(config.build()).toEqual(before);
  });

  it('refuses a track option for a track that is not declared', () => {
    expect(() => new Config('s').addVideo('front').setTrackMaxLagMs('wrist', 0)).toThrow(expect.objectContaining({ code: 'UNKNOWN_TRACK', details: expect.objectContaining({ expected: 'one of front' }) }));
  });

  it('refuses an empty session', () => {
    expect(() => new Config('')).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });

  it('spells reuse of stale frames as freeze without lag', () => {
    expect(new Config('s').setReuseStaleFrames(true).build()).toMatchObject({ stallBehavior: 'freeze', maxLagMs: 0 });
    expect(new Config('s').setReuseStaleFrames(true).setReuseStaleFrames(false).build()).toMatchObject({ stallBehavior: 'drop', maxLagMs: null });
  });

  it('keeps the key out of the config', () => {
    const config = new Config('s').setE2eeKey('very secret');
    expect(config.e2eeKey).toBe('very secret');
    expect(JSON.stringify(config.build())).not.toContain('very secret');
    expect(() => config.setE2eeKey('')).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });

  it('continues from a whole config', () => {
    const whole = validateConfig({ session: 's', videos: [{ name: 'front' }] });
    expect(Config.fromConfig(whole).setFps(10).build()).toEqual({ ...whole, fps: 10 });
  });
});
