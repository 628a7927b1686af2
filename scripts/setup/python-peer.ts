import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { PortalError } from '../../shared/portal/errors.ts';
import { cacheFolder } from '../../main/server/cache-folder.ts';
import { installOnce, isInstalled } from './install-once.ts';
import type { Task } from './progress.ts';
import { runCommand } from './run-command.ts';

/** The library we are wire compatible with, and what its tests of us need. */
const PACKAGES = ['livekit-portal==0.2.8', 'livekit==1.2.1', 'livekit-api==1.2.2', 'numpy'];
const IS_3_12 = 'import sys; sys.exit(0 if sys.version_info[:2] == (3, 12) else 1)';

/**
 * The python of a virtual environment that holds livekit-portal 0.2.8. `PORTAL_PEER_PYTHON` wins; else it is made
 * once in the cache with a Python 3.12 of this machine (`PORTAL_CONSOLE_PYTHON` names one). Throws RUNTIME_MISSING with
 * what to do; only interop tests and the bench need it.
 */
export async function ensurePythonPeer(task: Task, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const override = env.PORTAL_PEER_PYTHON;
  if (override) {
    if (existsSync(override)) return override;
    throw new PortalError('RUNTIME_MISSING', `PORTAL_PEER_PYTHON names ${override}, which does not exist`, { fix: 'Unset it to have an environment made.' });
  }
  const folder = join(cacheFolder(env), 'peer-0.2.8');
  const python = venvPython(folder);
  if (isInstalled(folder) && existsSync(python)) return python;
  const base = await findPython(task, env);
  if (base === null) {
    throw new PortalError('RUNTIME_MISSING', 'No Python 3.12 is on this machine, and livekit-portal 0.2.8 needs it', {
      fix: 'Install Python 3.12 with venv (Debian: apt-get install python3.12-venv; anywhere: pyenv install 3.12), or name one in PORTAL_CONSOLE_PYTHON.',
    });
  }
  try {
    await installOnce(folder, task, async (work) => {
      task.say(`making a virtual environment with ${base}`);
      await runCommand(base, ['-m', 'venv', work], { timeoutMs: 3 * 60_000 });
      // The environment takes its final name afterwards, so only its python is used, never its scripts.
      const onLine = (line: string): void => {
        if (/^(Collecting|Downloading|Installing)/u.test(line)) task.say(line.slice(0, 100));
      };
      await runCommand(venvPython(work), ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', ...PACKAGES], { timeoutMs: 15 * 60_000, onLine });
      await runCommand(venvPython(work), ['-c', 'import livekit.portal, livekit.api, numpy'], { timeoutMs: 60_000 });
    });
  } catch (error) {
    throw new PortalError('RUNTIME_MISSING', `livekit-portal 0.2.8 cannot be set up: ${error instanceof Error ? error.message : String(error)}`, {
      fix: 'Make a Python 3.12 environment with it and name its python in PORTAL_PEER_PYTHON.',
      cause: error,
    });
  }
  return python;
}

export function venvPython(folder: string): string {
  return process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');
}

/** A shim may be on the PATH without a version behind it, so each candidate has to run. */
export async function findPython(task: Task, env: NodeJS.ProcessEnv): Promise<string | null> {
  const pyenv = join(env.PYENV_ROOT ?? join(homedir(), '.pyenv'), 'versions');
  const pyenvs = existsSync(pyenv) ? readdirSync(pyenv).filter((name) => name.startsWith('3.12.')).map((name) => join(pyenv, name, 'bin', 'python3.12')) : [];
  const named = env.PORTAL_CONSOLE_PYTHON ? [env.PORTAL_CONSOLE_PYTHON] : [];
  for (const candidate of [...named, 'python3.12', ...pyenvs, '/usr/local/bin/python3.12', '/opt/homebrew/bin/python3.12', 'python3', 'python']) {
    task.say(`looking for Python 3.12 (${candidate})`);
    const works = await runCommand(candidate, ['-c', IS_3_12], { timeoutMs: 15_000 }).then(
      () => true,
      () => false,
    );
    if (works) return candidate;
  }
  return null;
}
