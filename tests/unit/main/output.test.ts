import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createOutput, survivingSink, type TextSink } from '../../../main/output.ts';
import type { StationOutput } from '../../../main/ports.ts';
import { ManualClock } from './manual-clock.ts';

function bench(options: { json: boolean; isTTY?: boolean }): { output: StationOutput; out: string[]; errors: string[]; clock: ManualClock } {
  const out: string[] = [];
  const errors: string[] = [];
  const clock = new ManualClock();
  const sink = (lines: string[]): TextSink => ({ isTTY: options.isTTY ?? false, write: (text) => lines.push(text) });
  return { output: createOutput({ json: options.json, out: sink(out), errors: sink(errors), clock }), out, errors, clock };
}

describe('what a process says', () => {
  it('is one JSON event a line with a time, and nothing else', () => {
    const { output, out, errors, clock } = bench({ json: true });
    output.status('a status', 'a');
    output.note('a note');
    output.event({ event: 'active_operator', identity: null });
    output.event({ event: 'error', code: 'USAGE', message: 'no', fix: 'do' });
    expect(out.map((line) => JSON.parse(line) as unknown)).toEqual([
      { event: 'active_operator', identity: null, timestamp_us: clock.nowUs() },
      { event: 'error', code: 'USAGE', message: 'no', fix: 'do', timestamp_us: clock.nowUs() },
    ]);
    expect(out.every((line) => line.endsWith('\n') && line.indexOf('\n') === line.length - 1)).toBe(true);
    expect(errors).toEqual([]);
  });

  it('is sentences otherwise, errors on the error stream with what to do', () => {
    const { output, out, errors } = bench({ json: false });
    output.event({ event: 'connected', identity: 'ann', session: 's', url: 'ws://x', robot: 'r' });
    output.event({ event: 'error', code: 'SERVER_MISSING', message: 'no server', fix: 'Install it.' });
    expect(out).toEqual(['connected to session s at ws://x as ann, robot r\n']);
    expect(errors).toEqual(['SERVER_MISSING: no server. Install it.\n']);
  });

  it('names an arm that was not left as configured, with what to do, and no other one', () => {
    const { output, out } = bench({ json: false });
    output.event({ event: 'arm_left', torque: 'off', instead_of: null, reason: '' });
    output.event({ event: 'arm_left', torque: 'on', instead_of: null, reason: '' });
    output.event({ event: 'arm_left', torque: 'on', instead_of: 'park', reason: 'motor 3 (elbow_flex) is overloaded' });
    output.event({ event: 'arm_left', torque: 'on', instead_of: 'release', reason: 'the robot host ended because something failed' });
    output.event({ event: 'arm_left', torque: 'unknown', instead_of: 'park', reason: 'motor 2 does not answer.' });
    expect(out).toEqual([
      'The arm is held, not parked. Motor 3 (elbow_flex) is overloaded. Its torque stays on: support the arm before you cut its power, or start hosting again and end it once more to park it.\n',
      'The arm is held, not let go. The robot host ended because something failed. Its torque stays on: support the arm before you cut its power.\n',
      'Not every motor was let go. Motor 2 does not answer. Support the arm, then cut its power.\n',
    ]);
  });

  it('rewrites the status line in place on a terminal', () => {
    const { output, out } = bench({ json: false, isTTY: true });
    output.status('one', 'k');
    output.status('two', 'k');
    output.note('a line that stays');
    expect(out).toEqual(['\r\u001b[2Kone', '\r\u001b[2Ktwo', '\r\u001b[2Ka line that stays\n']);
  });

  it('writes a status into a log when it changed, and every 5 s', () => {
    const { output, out, clock } = bench({ json: false });
    for (let second = 0; second < 12; second += 1) {
      output.status(`at ${second}`, second < 3 ? 'HOLDING' : 'ACTIVE');
      clock.advance(1000);
    }
    expect(out).toEqual(['at 0\n', 'at 3\n', 'at 8\n']);
  });

  it('goes on when nobody reads any more', () => {
    const stream = new PassThrough();
    const sink = survivingSink(stream as unknown as NodeJS.WriteStream);
    sink.write('a');
    stream.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    expect(() => sink.write('b')).not.toThrow();
    expect(String(stream.read())).toBe('a');
  });
});
