/**
 * `npm run bench`: the bench itself lives beside the tests. Nothing imports tests, so it is loaded by address and not by
 * an import that the type checker would have to follow upward.
 */
const bench = (await import(new URL('../tests/bench/run-bench.ts', import.meta.url).href)) as {
  runBench(argv: readonly string[]): Promise<number>;
};

process.exitCode = await bench.runBench(process.argv.slice(2));
