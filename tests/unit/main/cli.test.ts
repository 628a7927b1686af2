import { describe, expect, it } from 'vitest';
import { PortalError } from '../../../shared/portal/errors.ts';
import { helpText } from '../../../main/cli-help.ts';
import { CLI_OPTIONS } from '../../../main/cli-options.ts';
import { parseCli, type CliFlags } from '../../../main/cli.ts';

function run(...argv: string[]): { role: string; flags: CliFlags } {
  const request = parseCli(argv);
  if (request.kind !== 'run') throw new Error(`expected a run, got ${request.kind}`);
  return request;
}

function refusal(...argv: string[]): PortalError {
  try {
    parseCli(argv);
  } catch (thrown) {
    if (thrown instanceof PortalError) return thrown;
  }
  throw new Error(`${argv.join(' ')} was accepted`);
}

describe('the command line', () => {
  it('opens the console when nothing is said', () => {
    expect(run().role).toBe('console');
    expect(run().flags).toMatchObject({ session: null, json: false, seconds: null, cameras: [] });
  });

  it('reads the flags of a robot host', () => {
    const { role, flags } = run('robot-host', '--session', 's', '--identity=r', '--json', '--seconds', '2.5', '--camera', 'front', '--camera', 'wrist=test:320x240@15', '--supervisor', 'a', '--supervisor', 'b', '--claim-policy', 'listed');
    expect(role).toBe('robot-host');
    expect(flags).toMatchObject({ session: 's', identity: 'r', json: true, seconds: 2.5, supervisors: ['a', 'b'], claimPolicy: 'listed' });
    expect(flags.cameras).toEqual([
      { name: 'front', width: null, height: null, fps: null },
      { name: 'wrist', width: 320, height: 240, fps: 15 },
    ]);
  });

  it('reads the flags of an operator', () => {
    expect(run('operator', '--leader', 'scripted', '--claim', '--robot', 'r').flags).toMatchObject({ leader: 'scripted', claim: true, robot: 'r' });
  });

  it('passes over switches of the runtime, before and after the role', () => {
    const { role, flags } = run('--no-sandbox', '--ozone-platform=headless', 'robot-host', '--disable-gpu', '--remote-debugging-port=0', '--inspect=0', '--user-data-dir=/x', '-r', 'loader.js', '--session', 's');
    expect(role).toBe('robot-host');
    expect(flags.session).toBe('s');
  });

  it('answers help and version whatever else is said', () => {
    expect(parseCli(['operator', '--help'])).toEqual({ kind: 'help' });
    expect(parseCli(['-v'])).toEqual({ kind: 'version' });
  });

  it.each([
    [['--sesion', 'x'], /--sesion/u, /Did you mean --session\?/u],
    [['robothost'], /Unknown role/u, /robot-host/u],
    [['robot-host', 'operator'], /Unexpected argument/u, /one role/u],
    [['operator', '--leader', 'scriptd'], /scriptd/u, /scripted/u],
    [['--session'], /needs a value/u, /--session NAME/u],
    [['--session', '--json'], /needs a value/u, /NAME/u],
    [['--session', 'a', '--session', 'b'], /given twice/u, /help/u],
    [['--json=yes'], /takes no value/u, /help/u],
    [['--seconds', 'soon'], /positive number/u, /help/u],
    [['--seconds', '0'], /positive number/u, /help/u],
    [['--url', 'livekit.example'], /ws:\/\//u, /help/u],
    [['--camera', 'front'], /belongs to robot-host, not to console/u, /help/u],
    [['robot-host', '--camera', 'front:641x480'], /even sizes/u, /help/u],
    [['robot-host', '--camera', 'front:big'], /cannot be read/u, /front:640x480@30/u],
    [['-x'], /-x/u, /./u],
  ])('refuses %j by name', (argv, message, fix) => {
    const error = refusal(...argv);
    expect(error.code).toBe('USAGE');
    expect(error.message).toMatch(message);
    expect(error.details.fix).toMatch(fix);
  });

  it('has every flag in the help', () => {
    const text = helpText('1.2.3');
    for (const option of CLI_OPTIONS) expect(text).toContain(`--${option.name}`);
    expect(text).toContain('1.2.3');
    expect(text).toContain('Exit codes');
  });
});
