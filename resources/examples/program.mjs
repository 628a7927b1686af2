// @ts-check
// What every example does at its beginning: reads its flags, answers --help, and says in a sentence what ends it.
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { describeError, PortalError } from 'portal-console';

process.on('uncaughtException', (thrown) => {
  console.error(thrown instanceof PortalError ? describeError(thrown.toJSON()) : thrown);
  process.exit(1);
});

/**
 * The flags as they were given, or their defaults. Ends the program after `--help`, and with code 2 for a flag that is none.
 * @template {NonNullable<import('node:util').ParseArgsConfig['options']>} Options
 * @param {Options} options as `parseArgs` takes them
 * @returns {ReturnType<typeof parseArgs<{ options: Options }>>['values']}
 */
export function readFlags(options) {
  const lines = Object.entries(options).map(([name, { type, default: usual }]) => `  --${`${name}${type === 'string' ? ` ${name === 'seconds' || name === 'swing' ? 'N' : 'TEXT'}` : ''}`.padEnd(18)}${usual ? `default ${String(usual)}` : ''}`.trimEnd());
  const usage = `Usage: node ${basename(process.argv[1] ?? '')} [flags]; what it does is in README.md beside it\n\n${lines.join('\n')}\n`;
  try {
    if (process.argv.includes('--help') || process.argv.includes('-h')) {
      console.log(usage);
      process.exit(0);
    }
    const { values } = parseArgs({ options });
    for (const name of ['seconds', 'swing']) {
      const value = /** @type {Record<string, unknown>} */ (values)[name];
      if (value !== undefined && !Number.isFinite(Number(value))) throw new TypeError(`--${name} takes a number, not ${String(value)}`);
    }
    return values;
  } catch (thrown) {
    console.error(`${thrown instanceof Error ? thrown.message : String(thrown)}\n\n${usage}`);
    process.exit(2);
  }
}
