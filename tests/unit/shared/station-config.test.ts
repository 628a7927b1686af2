import { describe, expect, it } from 'vitest';
import { PortalError } from '../../../shared/portal/errors.ts';
import { defaultCamera, defaultStationConfig, parseStationYaml } from '../../../shared/station-config.ts';

function refusal(text: string): PortalError {
  try {
    parseStationYaml(text, { file: 'my.yaml' });
  } catch (thrown) {
    if (thrown instanceof PortalError) return thrown;
  }
  throw new Error(`accepted: ${text}`);
}

describe('station.yaml', () => {
  it('needs nothing but its version: a simulated arm and one test camera', () => {
    const config = parseStationYaml('version: 1');
    expect(config).toEqual(defaultStationConfig());
    expect(config.robot.follower.kind).toBe('sim_so101');
    expect(config.robot.cameras).toBeNull();
    expect(defaultCamera('front')).toEqual({ name: 'front', kind: 'test', width: 640, height: 480, fps: null, view: null });
    expect(config.robot.safety).toMatchObject({ hold_after_ms: 300, max_age_ms: 150, slew_percent_per_s: 150, align_within: 10 });
    expect(config.operator).toMatchObject({ leader: 'none', claim: false });
  });

  it('reads what it is told', () => {
    const config = parseStationYaml('version: 1\nsession: s\nserver: { url: "wss://x" }\nrobot:\n  safety: { hold_after_ms: 500 }\n  claim: { supervisors: [ann] }\n');
    expect(config.session).toBe('s');
    expect(config.server?.url).toBe('wss://x');
    expect(config.robot.safety.hold_after_ms).toBe(500);
    expect(config.robot.claim.supervisors).toEqual(['ann']);
  });

  it.each([
    ['version: 1\nrobot:\n  safety:\n    hold_aftr_ms: 300\n', 4, 5, /hold_after_ms/u],
    ['version: 1\nsesion: x\n', 2, 1, /Did you mean session/u],
    ['version: 1\nrobot:\n  cameras:\n    - { name: front, knd: test }\n', 4, 22, /kind/u],
  ])('names the nearest key of a mistyped one: %j', (text, line, column, fix) => {
    expect(refusal(text)).toMatchObject({ code: 'CONFIG_INVALID', details: { file: 'my.yaml', line, column } });
    expect(refusal(text).details.fix).toMatch(fix);
  });

  it.each([
    ['version: 2', 1, 10],
    ['version: 1\nrobot:\n  safety:\n    hold_after_ms: 5\n', 4, 20],
    ['version: 1\noperator:\n  leader: puppet\n', 3, 11],
    ['version: 1\nserver:\n  url: example.com\n', 3, 8],
    ['version: 1\nrobot:\n  cameras:\n    - { name: front, kind: test, width: 641 }\n', 4, 41],
    ['version: 1\nsession: a\nsession: b\n', 3, 1],
    ['version: 1\n__proto__: { a: 1 }\n', 2, 1],
    ['version: 1\nsession: [', 2, 11],
    ['', 1, 1],
  ])('says where the error is: %j', (text, line, column) => {
    expect(refusal(text)).toMatchObject({ code: 'CONFIG_INVALID', details: { line, column } });
  });

  it('refuses alias bombs and oversized files', () => {
    const bomb = `version: 1\na: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n`;
    expect(refusal(bomb).code).toBe('CONFIG_INVALID');
    expect(refusal(`version: 1 #${'x'.repeat(1_000_001)}`).message).toMatch(/too large/u);
  });
});
