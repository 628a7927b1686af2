import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PortalError } from '../../shared/portal/errors.ts';
import { cacheFolder } from '../../main/server/cache-folder.ts';
import { installOnce, isInstalled } from './install-once.ts';
import type { Task } from './progress.ts';
import { findPython, venvPython } from './python-peer.ts';
import { runCommand } from './run-command.ts';

/** What lerobot reads and writes its calibration files with. */
const PACKAGES = ['draccus==0.11.6', 'huggingface_hub>=1,<2'];
/** Its own sources, without the hundreds of megabytes that importing it would need. */
const LEROBOT = 'lerobot==0.6.1';

/**
 * The python of an environment with lerobot's sources and the packages that its calibration code is made of; for the tests that
 * hold our files to it. LEROBOT_FILES_PYTHON wins. Throws RUNTIME_MISSING.
 */
export async function ensureLerobotFiles(task: Task, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const override = env.LEROBOT_FILES_PYTHON;
  if (override) {
    if (existsSync(override)) return override;
    throw new PortalError('RUNTIME_MISSING', `LEROBOT_FILES_PYTHON names ${override}, which does not exist`, { fix: 'Unset it to have an environment made.' });
  }
  const folder = join(cacheFolder(env), 'lerobot-files-0.6.1');
  const python = venvPython(folder);
  if (isInstalled(folder) && existsSync(python)) return python;
  const base = await findPython(task, env);
  if (base === null) throw new PortalError('RUNTIME_MISSING', 'No Python 3.12 is on this machine, and lerobot 0.6.1 needs it', { fix: 'Install Python 3.12 with venv, or name one in PORTAL_CONSOLE_PYTHON.' });
  try {
    await installOnce(folder, task, async (work) => {
      const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input'];
      task.say(`making a virtual environment with ${base}`);
      await runCommand(base, ['-m', 'venv', work], { timeoutMs: 3 * 60_000 });
      await runCommand(venvPython(work), [...pip, ...PACKAGES], { timeoutMs: 5 * 60_000 });
      await runCommand(venvPython(work), [...pip, '--no-deps', LEROBOT], { timeoutMs: 5 * 60_000 });
      await runCommand(venvPython(work), ['-c', 'import draccus, huggingface_hub.constants'], { timeoutMs: 60_000 });
    });
  } catch (error) {
    throw new PortalError('RUNTIME_MISSING', `lerobot's sources cannot be set up: ${error instanceof Error ? error.message : String(error)}`, {
      fix: 'Make a Python 3.12 environment with draccus, huggingface_hub and lerobot 0.6.1 and name its python in LEROBOT_FILES_PYTHON.', cause: error,
    });
  }
  return python;
}
