import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../app-build.ts';

/** A package that ends up in the product. */
export interface ShippedPackage {
  name: string;
  version: string;
  /** As its package.json says, an SPDX expression as a rule. */
  licence: string;
  homepage: string;
  /** Licence and notice files, in full. */
  texts: readonly string[];
}

interface Manifest {
  name: string;
  version: string;
  license?: string | { type?: string };
  licenses?: readonly { type: string }[];
  homepage?: string;
  repository?: string | { url?: string };
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

/** Packages bundled into the window; the others are shipped because package.json lists them as dependencies. */
export const BUNDLED = ['vue', 'pinia', 'uplot', 'reka-ui', 'lucide-vue-next', 'livekit-client', '@fontsource-variable/inter', '@fontsource-variable/jetbrains-mono'];

/** Everything shipped, with what it needs in turn, as it is installed here. Sorted by name. */
export function shippedPackages(): ShippedPackage[] {
  const own = readManifest(ROOT);
  const found = new Map<string, ShippedPackage>();
  const visit = (name: string, from: string): void => {
    const folder = installedAt(name, from);
    // An optional dependency for another platform.
    if (folder === null || found.has(folder)) return;
    const manifest = readManifest(folder);
    found.set(folder, describe(manifest, folder));
    for (const dependency of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) visit(dependency, folder);
  };
  for (const name of [...Object.keys(own.dependencies ?? {}), ...BUNDLED]) visit(name, ROOT);
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name, 'en'));
}

/** As Node looks for it: beside the asker, then further up. */
function installedAt(name: string, from: string): string | null {
  for (let folder = from; ; folder = join(folder, '..')) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return candidate;
    if (folder === ROOT || !folder.startsWith(ROOT)) return null;
  }
}

function describe(manifest: Manifest, folder: string): ShippedPackage {
  const { license, licenses, repository } = manifest;
  const files = readdirSync(folder).filter((name) => /^(licen[cs]e|copying|notice)([.-]|$)/iu.test(name));
  return {
    name: manifest.name,
    version: manifest.version,
    licence: (typeof license === 'string' ? license : license?.type) ?? licenses?.map(({ type }) => type).join(' OR ') ?? 'unknown',
    homepage: manifest.homepage ?? (typeof repository === 'string' ? repository : (repository?.url ?? '')).replace(/^git\+/u, '').replace(/\.git$/u, ''),
    texts: files.map((name) => readFileSync(join(folder, name), 'utf8').trim()),
  };
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}
