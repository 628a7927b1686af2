import { describe, expect, it } from 'vitest';
import { addTallies, judge, tallyPlaywright, tallyVitest } from '../../../scripts/test/tally.ts';

describe('a count of tests', () => {
  it('counts what passed, failed and was skipped, and a file that does not load as one failure', () => {
    const tally = tallyVitest({
      testResults: [
        { name: 'a', status: 'failed', assertionResults: [{ status: 'passed' }, { status: 'failed' }, { status: 'pending' }] },
        { name: 'b', status: 'failed', message: 'cannot find module', assertionResults: [] },
        { name: 'c', status: 'passed', assertionResults: [{ status: 'passed' }, { status: 'todo' }] },
      ],
    });
    expect(tally).toEqual({ passed: 2, failed: 2, skipped: 2 });
  });

  it('counts a window test that passed when repeated once, and an error outside of any test as a failure', () => {
    expect(tallyPlaywright({ stats: { expected: 3, unexpected: 1, flaky: 1, skipped: 1 }, errors: [], suites: [] })).toEqual({ passed: 4, failed: 1, skipped: 1 });
    expect(tallyPlaywright({ stats: { expected: 0, unexpected: 0, flaky: 0, skipped: 0 }, errors: [{}], suites: [] })).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });

  it('adds up stages', () => {
    expect(addTallies([{ passed: 1, failed: 2, skipped: 3 }, { passed: 10, failed: 0, skipped: 0 }])).toEqual({ passed: 11, failed: 2, skipped: 3 });
  });
});

describe('the verdict on a stage', () => {
  it('passes what passed', () => {
    expect(judge({ passed: 3, failed: 0, skipped: 0 }, 0, true)).toMatchObject({ failed: 0, problem: null });
  });

  it('fails a runner that ran nothing or failed without a failed test', () => {
    expect(judge({ passed: 0, failed: 0, skipped: 0 }, 0, false)).toMatchObject({ failed: 1, problem: 'no test ran' });
    expect(judge({ passed: 3, failed: 0, skipped: 0 }, 1, false)).toMatchObject({ failed: 1 });
    expect(judge({ passed: 3, failed: 2, skipped: 0 }, 1, false)).toMatchObject({ failed: 2 });
  });

  it('lets a user skip, and CI not', () => {
    expect(judge({ passed: 3, failed: 0, skipped: 2 }, 0, false)).toMatchObject({ failed: 0 });
    expect(judge({ passed: 3, failed: 0, skipped: 2 }, 0, true)).toMatchObject({ failed: 2 });
  });
});
