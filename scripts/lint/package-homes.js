import { builtinModules } from 'node:module';
import { matchesGlob } from './match-glob.js';
import { importListeners } from './import-listeners.js';

/** Name of the package a specifier belongs to; null for a relative one. */
export function packageOf(specifier) {
  const bare = specifier.replace(/\?.*$/u, '');
  if (bare.startsWith('.')) return null;
  if (bare.startsWith('node:') || builtinModules.includes(bare)) return 'node:*';
  return bare
    .split('/')
    .slice(0, bare.startsWith('@') ? 2 : 1)
    .join('/');
}

/**
 * Rule: a package may be imported only in its homes. Option: `[{ in: [glob], allow: [package] }]`. What the table does not
 * name is refused everywhere, so that a new dependency is a decision and not an accident.
 */
export const packageHomes = {
  meta: {
    type: 'problem',
    schema: [{ type: 'array' }],
    messages: { away: "'{{name}}' has no home in {{file}}; its homes are: {{homes}}. The table is in eslint.config.js." },
  },
  create(context) {
    const [table] = context.options;
    const { file, report } = importListeners(context);
    return report((node, specifier) => {
      const name = packageOf(specifier);
      if (name === null) return;
      const homes = table.filter((entry) => entry.allow.includes(name) || entry.allow.includes('*')).flatMap((entry) => entry.in);
      if (homes.some((glob) => matchesGlob(file, glob))) return;
      context.report({ node, messageId: 'away', data: { name, file, homes: homes.length === 0 ? 'none' : homes.join(', ') } });
    });
  },
};
