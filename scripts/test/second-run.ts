import type { PlaywrightReport, VitestReport } from './tally.ts';

/**
 * Suites on real parts (a server, encoders, windows) share the machine with whatever else it does, and one of their hundreds
 * of deadlines may pass for no fault of ours. What failed there is run once more in a fresh process: a real defect fails
 * twice, and what passed only then is named in the summary, so that a test that needs it often is seen and mended.
 */

/** The files of a vitest run that did not pass: with a failed test, or that broke off. */
export function failedFiles(report: VitestReport): readonly string[] {
  return report.testResults.filter((file) => file.status !== 'passed').map((file) => file.name);
}

/** The first report with the files of the second in place of their own. */
export function withSecondRun(first: VitestReport, second: VitestReport): VitestReport {
  const again = new Map(second.testResults.map((file) => [file.name, file]));
  return { testResults: [...first.testResults.filter((file) => !again.has(file.name)), ...again.values()] };
}

/** The tests of a Playwright run that passed only when repeated, as `file: title`. */
export function repeatedPlaywright(report: PlaywrightReport): readonly string[] {
  const within = (suites: PlaywrightReport['suites']): string[] =>
    suites.flatMap((suite) => [
      ...suite.specs.filter((spec) => spec.tests.some((test) => test.status === 'flaky')).map((spec) => `${spec.file}: ${spec.title}`),
      ...within(suite.suites ?? []),
    ]);
  return within(report.suites);
}
