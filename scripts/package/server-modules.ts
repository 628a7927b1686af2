import { readFileSync } from 'node:fs';

/** The Go modules linked into a program, as its own build information lists them: `path version`, sorted. */
export function goModules(program: string): string[] {
  const text = readFileSync(program, 'latin1');
  return [...new Set([...text.matchAll(/^dep\t(\S+)\t(\S+)/gmu)].map(([, path, version]) => `${path ?? ''} ${version ?? ''}`))].sort();
}
