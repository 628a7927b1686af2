/** How a stage, or all of them, came out. */
export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

/** A part of vitest's and jest's JSON report. */
export interface VitestReport {
  testResults: readonly VitestFile[];
}

interface VitestFile {
  name: string;
  status: string;
  message?: string;
  assertionResults: readonly { status: string }[];
}

/** A part of Playwright's JSON report: files, the tests in them, and how often each was tried. */
export interface PlaywrightReport {
  stats: { expected: number; unexpected: number; flaky: number; skipped: number };
  errors: readonly unknown[];
  suites: readonly PlaywrightSuite[];
}

interface PlaywrightSuite {
  suites?: readonly PlaywrightSuite[];
  specs: readonly { title: string; file: string; tests: readonly { status: string }[] }[];
}

/** A file that could not even be loaded has no test to count, and counts as one that failed. */
export function tallyVitest(report: VitestReport): Tally {
  const tally = { passed: 0, failed: 0, skipped: 0 };
  for (const file of report.testResults) {
    const failed = file.assertionResults.filter((test) => test.status === 'failed').length;
    tally.failed += failed;
    tally.passed += file.assertionResults.filter((test) => test.status === 'passed').length;
    tally.skipped += file.assertionResults.filter((test) => test.status !== 'passed' && test.status !== 'failed').length;
    if (file.status === 'failed' && failed === 0) tally.failed += 1;
  }
  return tally;
}

/** A test that passed only when repeated counts as passed; `repeatedPlaywright` names it. */
export function tallyPlaywright(report: PlaywrightReport): Tally {
  const { expected, unexpected, flaky, skipped } = report.stats;
  return { passed: expected + flaky, failed: unexpected + report.errors.length, skipped };
}

export function addTallies(tallies: readonly Tally[]): Tally {
  return tallies.reduce((sum, next) => ({ passed: sum.passed + next.passed, failed: sum.failed + next.failed, skipped: sum.skipped + next.skipped }), { passed: 0, failed: 0, skipped: 0 });
}

/**
 * What a stage counts for in the end: a runner that failed without a failed test, one that ran nothing, and with CI=true
 * one that skipped something, each is a failure more.
 */
export function judge(tally: Tally, exitCode: number, ci: boolean): Tally & { problem: string | null } {
  const add = (problem: string): Tally & { problem: string } => ({ ...tally, failed: tally.failed + 1, problem });
  if (tally.passed + tally.failed === 0) return add(tally.skipped > 0 && !ci ? 'every test was skipped' : 'no test ran');
  if (exitCode !== 0 && tally.failed === 0) return add(`ended with code ${exitCode} although no test failed`);
  if (ci && tally.skipped > 0) return { ...tally, failed: tally.failed + tally.skipped, problem: `${tally.skipped} skipped, which CI does not allow` };
  return { ...tally, problem: null };
}
