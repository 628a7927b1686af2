import { describe, expect, it } from 'vitest';
import { DEFAULT_SECONDS, parseBenchOptions } from '../../bench/options.ts';

const ROWS = ['state-60', 'state-200', 'connect'];

describe('bench flags', () => {
  it('means everything when nothing is said', () => {
    expect(parseBenchOptions([], ROWS)).toEqual({ ok: true, options: { help: false, list: false, json: null, only: null, seconds: DEFAULT_SECONDS } });
  });

  it('reads every flag, with a space or an equals sign', () => {
    const expected = { ok: true, options: { help: false, list: false, json: 'out.json', only: ['state-60', 'connect'], seconds: 5 } };
    expect(parseBenchOptions(['--json', 'out.json', '--only', 'connect,state-60', '--seconds', '5'], ROWS)).toEqual(expected);
    expect(parseBenchOptions(['--json=out.json', '--only=connect, state-60', '--seconds=5'], ROWS)).toEqual(expected);
  });

  it.each([
    { argv: ['--jsn', 'x'], says: /unknown flag "--jsn"\. Did you mean --json\?/ },
    { argv: ['state-60'], says: /unknown flag "state-60"/ },
    { argv: ['--only', 'state-61'], says: /unknown row "state-61"\. Did you mean state-60\?/ },
    { argv: ['--only', 'connect,elephants'], says: /unknown row "elephants"\. Allowed: state-60, state-200, connect/ },
    { argv: ['--only', ','], says: /--only needs a row/ },
    { argv: ['--json'], says: /--json needs a value/ },
    { argv: ['--json', '--only'], says: /--json needs a value/ },
    { argv: ['--seconds', 'ten'], says: /--seconds must be a number of at least 2, got "ten"/ },
    { argv: ['--seconds', '-5'], says: /--seconds must be/ },
  ])('refuses $argv and says why', ({ argv, says }) => {
    const parsed = parseBenchOptions(argv, ROWS);
    expect(parsed.ok).toBe(false);
    expect(parsed.ok ? '' : parsed.message).toMatch(says);
  });
});
