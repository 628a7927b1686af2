import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
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

/** Named as dependencies by what is shipped, and only for compiling it where it has no binary: a compiler's driver, with an HTTP client and more. */
const BUILD_ONLY: ReadonlySet<string> = new Set(['cmake-js']);

/** Everything shipped, with what it needs in turn, as it is installed here. Sorted by name. */
export function shippedPackages(): ShippedPackage[] {
  const packages = [...reached([...ownDependencies(), ...BUNDLED], BUILD_ONLY)].map(([folder, manifest]) => describe(manifest, folder));
  return packages.sort((a, b) => a.name.localeCompare(b.name, 'en'));
}

/** Folders of packages that are installed for what is shipped and stay out of it, relative to the project. */
export function leftOutFolders(): string[] {
  const shipped = reached(ownDependencies(), BUILD_ONLY);
  return [...reached(ownDependencies(), new Set()).keys()].filter((folder) => !shipped.has(folder)).map((folder) => relative(ROOT, folder).split(sep).join('/'));
}

function ownDependencies(): string[] {
  return Object.keys(readManifest(ROOT).dependencies ?? {});
}

/** Installed packages by folder, from these on through their dependencies, but through none of `without`. */
function reached(names: readonly string[], without: ReadonlySet<string>): Map<string, Manifest> {
  const found = new Map<string, Manifest>();
  const visit = (name: string, from: string): void => {
    const folder = without.has(name) ? null : installedAt(name, from);
    // An optional dependency for another platform.
    if (folder === null || found.has(folder)) return;
    const manifest = readManifest(folder);
    found.set(folder, manifest);
    for (const dependency of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) visit(dependency, folder);
  };
  for (const name of names) visit(name, ROOT);
  return found;
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
