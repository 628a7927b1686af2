/**
 * The arguments that are ours. An unpackaged app is started as `electron [switches] APP [arguments]`: without taking APP
 * out, its path would be read as a role. `-r FILE` is how a test driver preloads itself.
 */
export function appArguments(argv: readonly string[], isPackaged: boolean): string[] {
  const rest = argv.slice(1);
  if (isPackaged) return rest;
  for (let index = 0; index < rest.length; index += 1) {
    const argument = rest[index] ?? '';
    if (argument === '-r' || argument === '--require') {
      index += 1;
      continue;
    }
    if (argument.startsWith('-')) continue;
    return [...rest.slice(0, index), ...rest.slice(index + 1)];
  }
  return rest;
}
