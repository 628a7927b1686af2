import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FuseV1Options, FuseVersion, getCurrentFuseWire } from '@electron/fuses';
import { ROOT } from '../app-build.ts';
import { appEnvironment, appSwitches } from '../app-switches.ts';
import { runCommand } from '../setup/run-command.ts';
import { listAsar } from './asar-list.ts';
import { leftOutFolders } from './shipped-packages.ts';

/** Where electron-builder leaves the unpacked app of this machine. */
export function unpackedFolder(): string {
  const architecture = process.arch === 'x64' ? '' : `-${process.arch}`;
  return join(ROOT, 'dist', { darwin: `mac${architecture}`, win32: `win${architecture}-unpacked` }[process.platform as string] ?? `linux${architecture}-unpacked`);
}

/** The program inside the unpacked app. */
export function unpackedProgram(): string {
  const folder = unpackedFolder();
  if (process.platform === 'darwin') return join(folder, 'Portal Console.app', 'Contents', 'MacOS', 'Portal Console');
  return join(folder, process.platform === 'win32' ? 'Portal Console.exe' : 'portal-console');
}

/** How the fuse wire writes them: the characters 0 and 1. */
const FUSE_STATE = { off: 0x30, on: 0x31 } as const;

const OFF = [
  FuseV1Options.RunAsNode,
  FuseV1Options.EnableNodeOptionsEnvironmentVariable,
  FuseV1Options.EnableNodeCliInspectArguments,
  FuseV1Options.LoadBrowserProcessSpecificV8Snapshot,
  FuseV1Options.GrantFileProtocolExtraPrivileges,
];
const ON = [FuseV1Options.EnableCookieEncryption, FuseV1Options.EnableEmbeddedAsarIntegrityValidation, FuseV1Options.OnlyLoadAppFromAsar];

/** Throws unless the unpacked app has its parts and its fuses, nothing of development's or set-up's own, and starts. */
export async function checkUnpacked(electronVersion: string): Promise<void> {
  const program = unpackedProgram();
  const contents = process.platform === 'darwin' ? join(program, '..', '..') : join(program, '..');
  const resources = join(contents, process.platform === 'darwin' ? 'Resources' : 'resources');
  const server = join(resources, process.platform === 'win32' ? 'livekit-server.exe' : 'livekit-server');
  for (const part of [join(resources, 'app.asar'), server, join(contents, 'LICENSE.txt'), join(contents, 'NOTICE.txt'), join(contents, 'THIRD_PARTY_NOTICES.txt')]) {
    if (!existsSync(part)) throw new Error(`The package lacks ${part}`);
  }
  accessSync(server, constants.X_OK);
  for (const foreign of ['default_app.asar', 'app']) {
    if (existsSync(join(resources, foreign))) throw new Error(`The package holds ${foreign}, which is for development`);
  }
  const packed = new Set(listAsar(join(resources, 'app.asar')));
  const superfluous = leftOutFolders().filter((folder) => packed.has(folder));
  if (superfluous.length > 0) throw new Error(`The package holds what only compiling needs: ${superfluous.join(', ')}`);
  const wire = await getCurrentFuseWire(program);
  if (wire.version !== FuseVersion.V1) throw new Error(`The fuses of Electron ${electronVersion} are of version ${wire.version}, which is not known here`);
  for (const [fuses, state] of [[OFF, FUSE_STATE.off], [ON, FUSE_STATE.on]] as const) {
    for (const fuse of fuses) {
      const set = Number(wire[fuse] ?? 0);
      if (set !== state) throw new Error(`Fuse ${FuseV1Options[fuse]} is ${String.fromCharCode(set)}, expected ${String.fromCharCode(state)}`);
    }
  }
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  const said = await runCommand(program, [...appSwitches(true, {}), '--version'], { env: appEnvironment(), timeoutMs: 60_000 });
  if (!said.includes(version)) throw new Error(`The packaged program says ${JSON.stringify(said.trim())} to --version, expected ${version}`);
}
