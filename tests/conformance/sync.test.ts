import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkSyncTrace } from '../../scripts/vectors-sync.ts';

interface Step {
  push: unknown[];
  id: number;
  out: Record<string, unknown>[];
}

interface Trace {
  tracks: string[];
  config: Record<string, unknown>;
  steps: Step[];
  final: Record<string, unknown>;
}

function load(file: string): Trace[] {
  return (JSON.parse(readFileSync(new URL(`./vectors/${file}`, import.meta.url), 'utf8')) as { traces: Trace[] }).traces;
}

const recorded = load('sync-0.2.8.json');
/** States far out of order, frames with one timestamp, clocks that step back, four tracks, slack 1. */
const edges = load('sync-edges-0.2.8.json');

function label({ tracks, config }: Trace): string {
  return `${tracks.length} tracks, ${JSON.stringify(config)}`;
}

describe('synchronization recorded from livekit-portal 0.2.8', () => {
  it('is all there', () => {
    expect([recorded.length, edges.length]).toEqual([40, 24]);
  });

  it.each(recorded.map((trace, index) => [index, label(trace), trace] as const))('trace %d (%s) is reproduced, push by push', (_index, _label, trace) => {
    expect(checkSyncTrace(trace)).toEqual([]);
  });

  it.each(edges.map((trace, index) => [index, label(trace), trace] as const))('edge trace %d (%s) is reproduced, push by push', (_index, _label, trace) => {
    expect(checkSyncTrace(trace)).toEqual([]);
  });
});

describe('the check of recorded traces', () => {
  const original = recorded.find(({ steps, tracks }) => tracks.length === 2 && steps.some(({ out }) => out.length === 2)) as Trace;
  const changed = (change: (trace: Trace) => void): Trace => {
    const copy = structuredClone(original);
    change(copy);
    return copy;
  };
  const firstStepWith = (trace: Trace, key: string): Step => trace.steps.find(({ out }) => out.some((entry) => key in entry)) as Step;

  it.each<[string, (trace: Trace) => void]>([
    ['an observation that was not emitted', (trace) => { firstStepWith(trace, 'observation').out.length = 0; }],
    ['a drop that was not reported', (trace) => { firstStepWith(trace, 'dropped').out = []; }],
    ['an observation of another state', (trace) => { (firstStepWith(trace, 'observation').out[0] as Record<string, unknown>)['observation'] = 9999; }],
    ['another timestamp', (trace) => { (firstStepWith(trace, 'observation').out[0] as Record<string, unknown>)['timestamp_us'] = 1; }],
    ['another frame', (trace) => { (firstStepWith(trace, 'observation').out[0] as { frames: Record<string, unknown[]> }).frames['a'] = [1, 'live']; }],
    ['another source', (trace) => { ((firstStepWith(trace, 'observation').out[0] as { frames: Record<string, unknown[]> }).frames['a'] as unknown[])[1] = 'guessed'; }],
    ['a frame that is missing', (trace) => { delete (firstStepWith(trace, 'observation').out[0] as { frames: Record<string, unknown[]> }).frames['b']; }],
    ['another push', (trace) => { (trace.steps[2] as Step).push = ['S', 1]; }],
    ['another count at the end', (trace) => { trace.final['observations_emitted'] = 0; }],
    ['another fill at the end', (trace) => { trace.final['video_fill'] = { a: 9, b: 9 }; }],
    ['another blocker at the end', (trace) => { trace.final['last_blocker_track'] = 'nobody'; }],
    ['a figure that does not exist', (trace) => { trace.final['made_up'] = 1; }],
  ])('notices %s', (_what, change) => {
    expect(checkSyncTrace(original)).toEqual([]);
    expect(checkSyncTrace(changed(change)).length).toBeGreaterThan(0);
  });

  it.each<[string, unknown, RegExp]>([
    ['a number', 7, /no object/],
    ['null', null, /no object/],
    ['an empty object', {}, /tracks/],
    ['no config', { tracks: ['a'] }, /config/],
    ['a config that is refused', changed((trace) => { trace.config['slack'] = 0; }), /slack/],
    ['an unknown stall behaviour', changed((trace) => { trace.config['stall'] = 'pause'; }), /drop, freeze, omit/],
    ['a step of another kind', changed((trace) => { (trace.steps[3] as Step).push = ['X', 1]; }), /step 3/],
    ['no final', changed((trace) => { Reflect.deleteProperty(trace, 'final'); }), /final/],
  ])('says what is wrong with %s', (_what, trace, problem) => {
    expect(checkSyncTrace(trace).join()).toMatch(problem);
  });

  it('says what was expected and what came, and not everything after it', () => {
    const problems = checkSyncTrace(changed((trace) => { for (const step of trace.steps) step.out = []; }));
    expect(problems.length).toBe(5);
    expect(problems[0]).toMatch(/^step \d+ \["[SF]",.*\]: expected \{"observations":\[\],"dropped":\[\]\}, got \{/);
  });
});
