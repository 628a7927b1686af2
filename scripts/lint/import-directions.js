import { posix } from 'node:path';
import { matchesGlob } from './match-glob.js';
import { importListeners } from './import-listeners.js';

/**
 * Rule: a file may import only what its zone sees. Option: `[{ in: [glob], sees: [glob], except?: [glob] }]`; the first
 * zone that holds the file counts, and a file in no zone may import no other file.
 */
export const importDirections = {
  meta: {
    type: 'problem',
    schema: [{ type: 'array' }],
    messages: {
      upward: '{{file}} does not see {{target}}. The directions are in eslint.config.js.',
      absolute: "'{{specifier}}' is an address on one machine; import by a relative path.",
    },
  },
  create(context) {
    const [zones] = context.options;
    const { file, report } = importListeners(context);
    return report((node, specifier) => {
      if (specifier.startsWith('/') || specifier.startsWith('file:')) context.report({ node, messageId: 'absolute', data: { specifier } });
      if (!specifier.startsWith('.')) return;
      const target = posix.join(posix.dirname(file), specifier.replace(/\?.*$/u, ''));
      const zone = zones.find((candidate) => candidate.in.some((glob) => matchesGlob(file, glob)));
      const seen = zone?.sees.some((glob) => matchesGlob(target, glob)) === true && zone.except?.some((glob) => matchesGlob(target, glob)) !== true;
      if (!seen) context.report({ node, messageId: 'upward', data: { file, target } });
    });
  },
};
