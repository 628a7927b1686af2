/** `npm run soak`: it lives beside the tests and is loaded by address, as the bench is. */
const soak = (await import(new URL('../tests/soak/run-soak.ts', import.meta.url).href)) as {
  runSoak(argv: readonly string[]): Promise<number>;
};

process.exitCode = await soak.runSoak(process.argv.slice(2));
