import { chmod, copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Called by electron-builder once the app is laid out and before it is signed: takes out Electron's default app, which
 * stays when the runtime comes from a folder, and puts the LiveKit server in.
 */
export async function afterPack({ appOutDir, electronPlatformName, packager }) {
  const resources = electronPlatformName === 'darwin' ? join(appOutDir, `${packager.appInfo.productFilename}.app`, 'Contents', 'Resources') : join(appOutDir, 'resources');
  // OnlyLoadAppFromAsar keeps it from running; it has no place here all the same.
  for (const name of ['default_app.asar', 'app']) await rm(join(resources, name), { recursive: true, force: true });
  const program = process.env.PORTAL_CONSOLE_SERVER_PROGRAM;
  if (!program) throw new Error('PORTAL_CONSOLE_SERVER_PROGRAM is not set: package with npm run package');
  const target = join(resources, electronPlatformName === 'win32' ? 'livekit-server.exe' : 'livekit-server');
  await copyFile(program, target);
  await chmod(target, 0o755);
}
