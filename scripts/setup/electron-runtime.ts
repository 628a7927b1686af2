import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** An unpacked Electron. */
export interface ElectronRuntime {
  /** The folder that `ELECTRON_OVERRIDE_DIST_PATH` names. */
  dist: string;
  executable: string;
  version: string;
}

/** The program inside an unpacked Electron. */
export function electronExecutable(dist: string, platform: NodeJS.Platform = process.platform): string {
  if (platform === 'darwin') return join(dist, 'Electron.app', 'Contents', 'MacOS', 'Electron');
  return join(dist, platform === 'win32' ? 'electron.exe' : 'electron');
}

/** The runtime in a folder, or null when there is none. */
export function runtimeIn(dist: string): ElectronRuntime | null {
  const executable = electronExecutable(dist);
  if (!existsSync(executable)) return null;
  return { dist, executable, version: versionIn(dist) };
}

/** Electron writes its version beside itself; a repackaged one may lack the file, and its folder is then called after it. */
function versionIn(dist: string): string {
  const file = join(dist, 'version');
  const text = existsSync(file) ? readFileSync(file, 'utf8') : (/\d+\.\d+\.\d+/u.exec(dist)?.[0] ?? 'unknown');
  return text.trim().replace(/^v/u, '');
}
