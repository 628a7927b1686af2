import { describe, expect, it } from 'vitest';
import { failedFiles, repeatedPlaywright, withSecondRun } from '../../../scripts/test/second-run.ts';
import { tallyVitest } from '../../../scripts/test/tally.ts';

const file = (name: string, ...statuses: string[]) => ({
  name,
  status: statuses.length > 0 && statuses.every((status) => status === 'passed') ? 'passed' : 'failed',
  assertionResults: statuses.map((status) => ({ status })),
});

describe('a second run', () => {
  const first = { testResults: [file('good', 'passed', 'passed'), file('bad', 'passed', 'failed'), file('broken')] };

  it('takes the files with a failed test and those that broke off, and no other', () => {
    expect(failedFiles(first)).toEqual(['bad', 'broken']);
  });

  it('counts its files in place of the first ones, so that what fails twice has failed', () => {
    expect(tallyVitest(withSecondRun(first, { testResults: [file('bad', 'passed', 'passed'), file('broken', 'failed')] }))).toEqual({ passed: 4, failed: 1, skipped: 0 });
  });

  it('leaves a file failed that it did not bring', () => {
    expect(tallyVitest(withSecondRun(first, { testResults: [file('bad', 'passed', 'passed')] }))).toEqual({ passed: 4, failed: 1, skipped: 0 });
  });

  it('names the window tests that needed it', () => {
    const spec = (title: string, status: string) => ({ title, file: 'drive.spec.ts', tests: [{ status }] });
    const suites = [{ specs: [spec('joins', 'expected')], suites: [{ specs: [spec('drives', 'flaky'), spec('stops', 'unexpected')] }] }];
    expect(repeatedPlaywright({ stats: { expected: 1, unexpected: 1, flaky: 1, skipped: 0 }, errors: [], suites })).toEqual(['drive.spec.ts: drives']);
  });
});
