import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './app-build.ts';
import { maybeShipped } from './package/licence-policy.ts';
import { goModules } from './package/server-modules.ts';
import { shippedPackages } from './package/shipped-packages.ts';

export const NOTICES_FILE = join(ROOT, 'out', 'THIRD_PARTY_NOTICES.txt');

/**
 * Writes the notices of everything that is shipped. `serverProgram` = the livekit-server that goes with it, or null.
 * Returns how many packages they name. Throws when a licence does not let us ship it.
 */
export function writeNotices(serverProgram: string | null): number {
  const packages = shippedPackages();
  const refused = packages.filter(({ licence }) => !maybeShipped(licence));
  if (refused.length > 0) {
    throw new Error(`Licences that may not be shipped: ${refused.map(({ name, version, licence }) => `${name} ${version} (${licence})`).join(', ')}. See scripts/package/licence-policy.ts.`);
  }
  const sections = packages.map(({ name, version, licence, homepage, texts }) =>
    [`${name} ${version}`, `Licence: ${licence}`, homepage, '', texts.length === 0 ? `(The package brings no licence text of its own; ${licence} applies.)` : texts.join('\n\n')].join('\n'),
  );
  const server =
    serverProgram === null
      ? []
      : [
          `livekit-server\nLicence: Apache-2.0 (text in LICENSE.txt)\nhttps://github.com/livekit/livekit\n\nA program of its own, written in Go, with these modules linked in, each under the licence at its address:\n${goModules(serverProgram)
            .map((line) => `  ${line}`)
            .join('\n')}`,
        ];
  const rule = `\n\n${'='.repeat(80)}\n\n`;
  mkdirSync(join(ROOT, 'out'), { recursive: true });
  writeFileSync(NOTICES_FILE, ['Portal Console contains the following software by others.', ...sections, ...server].join(rule) + '\n');
  return packages.length;
}
