import { describeError, toPortalError } from '../shared/portal/errors.ts';
import { needsVirtualDisplay } from './display.ts';
import { ensureElectron } from './setup/electron.ts';
import { ensureLivekitServer } from './setup/livekit-server.ts';
import { startTask, type Task } from './setup/progress.ts';
import { ensureLerobotFiles } from './setup/lerobot-files.ts';
import { ensurePythonPeer } from './setup/python-peer.ts';
import { ensureSystemPackages } from './setup/system-packages.ts';

/** `npm run setup [-- STEP…]`: what npm cannot bring, step by step. Each step is done once and then only looked at. */
const STEPS: Readonly<Record<string, { title: string; run: (task: Task) => Promise<string> }>> = {
  electron: {
    title: 'Electron runtime',
    run: async (task) => {
      const runtime = await ensureElectron(task);
      return `${runtime.version} in ${runtime.dist}`;
    },
  },
  system: {
    title: 'system packages',
    run: async (task) => {
      const installed = await ensureSystemPackages(task, { runtime: await ensureElectron(task), virtualDisplay: needsVirtualDisplay() });
      return installed.length === 0 ? 'complete' : `installed ${installed.join(' ')}`;
    },
  },
  server: { title: 'livekit-server', run: (task) => ensureLivekitServer(task) },
  lerobot: { title: 'sources of lerobot 0.6.1 in Python 3.12 (for the tests of calibration files)', run: (task) => ensureLerobotFiles(task) },
  peer: { title: 'livekit-portal 0.2.8 in Python 3.12 (for interop tests and the bench)', run: (task) => ensurePythonPeer(task) },
};

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !(name in STEPS));
if (unknown !== undefined) {
  console.error(`Unknown step ${unknown}. Usage: npm run setup [-- ${Object.keys(STEPS).join(' | ')}]`);
  process.exit(2);
}
let failed = 0;
for (const [name, step] of Object.entries(STEPS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const task = startTask(step.title);
  try {
    task.done(await step.run(task));
  } catch (error) {
    task.done(null);
    failed += 1;
    console.error(`✗ ${step.title}: ${describeError(toPortalError(error))}`);
  }
}
process.exitCode = failed === 0 ? 0 : 1;
