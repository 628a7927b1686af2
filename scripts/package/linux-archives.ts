import { chmod, cp, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../setup/run-command.ts';

/** What both archives are called after. */
export interface LinuxApp {
  /** The unpacked app. */
  folder: string;
  /** Where archives go. */
  output: string;
  icon: string;
  version: string;
  description: string;
  maintainer: string;
}

const MINUTE_MS = 60_000;
const PROGRAM = 'portal-console';
/** Electron's own needs, with the newer names of Debian and Ubuntu as the alternative. */
const DEPENDS = ['libgtk-3-0 | libgtk-3-0t64', 'libnss3', 'libasound2 | libasound2t64', 'libgbm1', 'libnotify4', 'libsecret-1-0', 'libxss1', 'libxtst6', 'xdg-utils'];

/** Makes the tar.gz with the system's own tar and returns its path. */
export async function makeTarball({ folder, output, version }: LinuxApp): Promise<string> {
  const name = `${PROGRAM}-${version}-linux-${process.arch}`;
  const file = join(output, `${name}.tar.gz`);
  // Written under another name first: an archive that is there is whole.
  await runCommand('tar', ['-czf', `${file}.part`, '--owner=0', '--group=0', `--transform=s,^\\.,${name},S`, '-C', folder, '.'], { timeoutMs: 10 * MINUTE_MS });
  await rename(`${file}.part`, file);
  return file;
}

/** Makes the Debian package with the system's own dpkg-deb and returns its path. */
export async function makeDeb(app: LinuxApp): Promise<string> {
  const architecture = (await runCommand('dpkg', ['--print-architecture'], { timeoutMs: MINUTE_MS })).trim();
  const file = join(app.output, `${PROGRAM}_${app.version}_${architecture}.deb`);
  const stage = join(app.output, 'deb-stage');
  await rm(stage, { recursive: true, force: true });
  try {
    const opt = join(stage, 'opt', PROGRAM);
    await mkdir(join(stage, 'opt'), { recursive: true });
    await cp(app.folder, opt, { recursive: true, verbatimSymlinks: true });
    await mkdir(join(stage, 'usr', 'bin'), { recursive: true });
    for (const name of [PROGRAM, `${PROGRAM}-headless`]) await symlink(`/opt/${PROGRAM}/${name}`, join(stage, 'usr', 'bin', name));
    const icons = join(stage, 'usr', 'share', 'icons', 'hicolor', '512x512', 'apps');
    await mkdir(icons, { recursive: true });
    await cp(app.icon, join(icons, `${PROGRAM}.png`));
    const applications = join(stage, 'usr', 'share', 'applications');
    await mkdir(applications, { recursive: true });
    await writeFile(join(applications, `${PROGRAM}.desktop`), desktopEntry(app));
    await mkdir(join(stage, 'DEBIAN'));
    await writeFile(join(stage, 'DEBIAN', 'control'), control(app, architecture));
    // Chromium's sandbox helper has to belong to root and be setuid where user namespaces are off.
    await writeFile(join(stage, 'DEBIAN', 'postinst'), `#!/bin/sh\nset -e\nchown root:root /opt/${PROGRAM}/chrome-sandbox\nchmod 4755 /opt/${PROGRAM}/chrome-sandbox\n`);
    await chmod(join(stage, 'DEBIAN', 'postinst'), 0o755);
    await runCommand('dpkg-deb', ['--root-owner-group', '-Zxz', '-z1', '--build', stage, `${file}.part`], { timeoutMs: 15 * MINUTE_MS });
    await rename(`${file}.part`, file);
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
  return file;
}

function control({ version, description, maintainer }: LinuxApp, architecture: string): string {
  return [
    `Package: ${PROGRAM}`,
    `Version: ${version}`,
    `Architecture: ${architecture}`,
    `Maintainer: ${maintainer}`,
    `Depends: ${DEPENDS.join(', ')}`,
    'Section: electronics',
    'Priority: optional',
    `Description: ${description}`,
    '',
  ].join('\n');
}

function desktopEntry({ description }: LinuxApp): string {
  return ['[Desktop Entry]', 'Type=Application', 'Name=Portal Console', `Comment=${description}`, `Exec=/usr/bin/${PROGRAM} %U`, `Icon=${PROGRAM}`, 'Terminal=false', 'Categories=Utility;', 'StartupWMClass=Portal Console', ''].join('\n');
}
