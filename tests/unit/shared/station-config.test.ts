import { describe, expect, it } from 'vitest';
import { PortalError } from '../../../shared/portal/errors.ts';
import { defaultCamera } from '../../../shared/station-config-cameras.ts';
import { defaultStationConfig, parseStationYaml } from '../../../shared/station-config.ts';

function refusal(text: string): PortalError {
  try {
    parseStationYaml(text, { file: 'my.yaml' });
  } catch (thrown) {
    if (thrown instanceof PortalError) return thrown;
  }
  throw new Error(`accepted: ${text}`);
}

describe('station.yaml', () => {
  it('needs nothing: a simulated arm and one test camera', () => {
    const config = parseStationYaml('version: 1');
    expect(config).toEqual(defaultStationConfig());
    expect(parseStationYaml('')).toEqual(config);
    expect(config.follower.kind).toBe('sim_so101');
    expect(config.cameras).toBeNull();
    expect(defaultCamera('front')).toEqual({ name: 'front', kind: 'test', width: 640, height: 480, fps: null, view: null });
    expect(config.safety).toMatchObject({ hold_after_ms: 300, max_age_ms: 150, slew_percent_per_s: 150, align_units: 10 });
    expect(config.leader).toMatchObject({ kind: 'auto', claim: false });
  });

  it('reads what it is told', () => {
    const config = parseStationYaml('role: robot\nsession: s\nserver: { url: "wss://x" }\ncameras:\n  front: { kind: test, width: 320, height: 240 }\nsafety: { hold_after_ms: 500, on_exit: park, max_relative_target: { gripper: 20 }, limits: { shoulder_pan: [-60, 60] } }\nclaim: { supervisors: [ann] }\n');
    expect(config.session).toBe('s');
    expect(config.server?.url).toBe('wss://x');
    expect(config.safety).toMatchObject({ hold_after_ms: 500, on_exit: 'park', max_relative_target: { gripper: 20 }, limits: { shoulder_pan: [-60, 60] } });
    expect(config.claim.supervisors).toEqual(['ann']);
    expect(config.cameras).toMatchObject({ front: { width: 320, height: 240, fps: null } });
  });

  it.each([
    ['version: 1\nsafety:\n  hold_aftr_ms: 300\n', 3, 3, /hold_after_ms/u],
    ['safety:\n  on_exti: hold\n', 2, 3, /Did you mean on_exit/u],
    ['version: 1\nsesion: x\n', 2, 1, /Did you mean session/u],
    ['version: 1\ncameras:\n  front: { knd: test }\n', 3, 12, /kind/u],
  ])('names the nearest key of a mistyped one: %j', (text, line, column, fix) => {
    expect(refusal(text)).toMatchObject({ code: 'CONFIG_INVALID', details: { file: 'my.yaml', line, column } });
    expect(refusal(text).details.fix).toMatch(fix);
  });

  it.each([
    ['version: 2', 1, 10],
    ['version: 1\nsafety:\n  hold_after_ms: 5\n', 3, 18],
    ['role: puppet', 1, 7],
    ['safety:\n  rest: { shoulder_pan: far }\n', 2, 25],
    ['safety:\n  rest: [0, 0]\n', 2, 9],
    ['safety: { on_exit: drop }', 1, 20],
    ['safety: { max_relative_target: { gripper: -1 } }', 1, 43],
    ['safety: { limits: { gripper: [50, 10] } }', 1, 30],
    ['version: 1\nleader:\n  kind: puppet\n', 3, 9],
    ['version: 1\nserver:\n  url: example.com\n', 3, 8],
    ['version: 1\ncameras:\n  front: { kind: test, width: 641 }\n', 3, 31],
    ['version: 1\nsession: a\nsession: b\n', 3, 1],
    ['version: 1\n__proto__: { a: 1 }\n', 2, 1],
    ['version: 1\nsession: [', 2, 11],
    ['- a list', 1, 1],
  ])('says where the error is: %j', (text, line, column) => {
    expect(refusal(text)).toMatchObject({ code: 'CONFIG_INVALID', details: { line, column } });
  });

  it('says which number was no number', () => {
    expect(refusal('safety: { hold_after_ms: .nan }').details.got).toBe('NaN');
    expect(refusal('control_hz: .inf').details.got).toBe('Infinity');
  });

  it.each([
    ['front: { kind: webcm }', 18, /webcam/u, 'test | webcam | command'],
    ['front: { device: USB }', 10, /Allowed: test, webcam, command/u, 'test | webcam | command'],
    ['front: { kind: webcam, devise: USB }', 26, /device/u, undefined],
    ['front: { kind: webcam, view: wrist }', 26, /Allowed: kind, device, width, height, fps, latency_ms/u, undefined],
    ['front: { kind: command, run: [cam], format: rgb24, width: 640, height: 480 }', 10, undefined, undefined],
    ['front: { kind: command, run: [cam], format: mjpeg, width: 640 }', 10, undefined, undefined],
    ['front: { kind: command, run: [], format: mjpeg }', 32, undefined, undefined],
    ['front: { kind: command, run: cam, format: mjpeg }', 32, undefined, undefined],
    ['front: { kind: command, run: [cam], format: h264 }', 47, undefined, 'mjpeg | rgb24 | i420'],
  ])('says what is wrong with a camera: %s', (camera, column, fix, expected) => {
    const error = refusal(`cameras:\n  ${camera}\n`);
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', details: { line: 2, column } });
    if (fix !== undefined) expect(error.details.fix).toMatch(fix);
    expect(error.details.expected).toBe(expected);
  });

  it('reads cameras of every kind', () => {
    const { cameras } = parseStationYaml('cameras:\n  a: { kind: test }\n  b: { kind: webcam, device: USB Camera, fps: 30 }\n  c: { kind: command, run: [ffmpeg, "-i", x], format: mjpeg }\n  d: { kind: command, run: [cam], format: i420, width: 320, height: 240, fps: 15, latency_ms: 20 }\n');
    expect(cameras).toMatchObject({
      b: { device: 'USB Camera', width: 640, height: 480, fps: 30, latency_ms: 0 },
      c: { run: ['ffmpeg', '-i', 'x'], width: null, height: null, fps: null },
      d: { format: 'i420', width: 320, latency_ms: 20 },
    });
  });

  it('refuses alias bombs and oversized files', () => {
    const bomb = `version: 1\na: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n`;
    expect(refusal(bomb).code).toBe('CONFIG_INVALID');
    expect(refusal(`version: 1 #${'x'.repeat(1_000_001)}`).message).toMatch(/too large/u);
  });
});
