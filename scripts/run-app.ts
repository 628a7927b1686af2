import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { describeError, PortalError, toPortalError } from '../shared/portal/errors.ts';
import { ensureBuilt, ROOT } from './app-build.ts';
import { appEnvironment, appSwitches } from './app-switches.ts';
import { needsVirtualDisplay, startVirtualDisplay, type VirtualDisplay } from './display.ts';
import { descendants, hasEnded } from './process-tree.ts';
import { ensureElectron } from './setup/electron.ts';
import { ensureLivekitServer } from './setup/livekit-server.ts';
import { startTask, type Task } from './setup/progress.ts';
import { ensureSystemPackages } from './setup/system-packages.ts';

/**
 * `npm start`, `npm run robot-host`, `npm run operator`: makes sure of the runtime and the build, then is the app as far as
 * anyone can tell: its standard streams, its signals, its exit code. What set-up has to say goes to standard error.
 */
const GRACE_MS = 10_000;
const ROLES = ['console', 'robot-host', 'operator'];

async function runApp(role: string, args: readonly string[]): Promise<number> {
  if (!ROLES.includes(role)) throw new PortalError('USAGE', `Unknown role ${role}`, { expected: ROLES.join(', ') });
  const asksForText = args.some((argument) => ['--help', '-h', '--version', '-v'].includes(argument));
  const headless = role !== 'console' || asksForText;
  const virtual = !headless && needsVirtualDisplay();
  const runtime = await step('Electron runtime', (task) => ensureElectron(task));
  await step('system packages', (task) => ensureSystemPackages(task, { runtime, virtualDisplay: virtual }));
  await ensureBuilt();
  const env = appEnvironment();
  if (!asksForText && needsLocalServer(args, env)) env.LIVEKIT_SERVER_BIN = await step('livekit-server', (task) => ensureLivekitServer(task));
  let display: VirtualDisplay | null = null;
  if (virtual) {
    display = await startVirtualDisplay();
    env.DISPLAY = display.name;
    env.PORTAL_CONSOLE_VIRTUAL_DISPLAY = '1';
    process.stderr.write(`No display here: the window is on the virtual display ${display.name}. npm run demo takes a picture of it.\n`);
  }
  try {
    return await runToEnd(runtime.executable, [...appSwitches(headless, env), ROOT, role, ...args], env);
  } finally {
    await display?.stop();
  }
}

/** A server is looked for on the machine only where nothing names another. The config file may; then this is wasted, not wrong. */
function needsLocalServer(args: readonly string[], env: NodeJS.ProcessEnv): boolean {
  const names = ['--url', '--token-endpoint', '--config'];
  return !env.LIVEKIT_URL && !env.LIVEKIT_TOKEN_ENDPOINT && !args.some((argument) => names.includes(argument.split('=')[0] ?? ''));
}

async function step<T>(title: string, run: (task: Task) => Promise<T>): Promise<T> {
  const task = startTask(title);
  try {
    return await run(task);
  } finally {
    task.done(null);
  }
}

async function runToEnd(executable: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(executable, args, { stdio: 'inherit', env });
  let ending = false;
  const forward = (signal: NodeJS.Signals) => (): void => {
    // A terminal sends Ctrl-C to the whole group: the app has it already, and a second one means "at once".
    if (signal === 'SIGINT' && process.stdin.isTTY) return;
    if (!hasEnded(child)) child.kill(signal);
    if (ending) return;
    ending = true;
    const below = child.pid === undefined ? [] : descendants(child.pid);
    setTimeout(() => {
      for (const pid of [...below, child.pid]) {
        try {
          if (pid !== undefined) process.kill(pid, 'SIGKILL');
        } catch {
          // Gone already, which is what was wanted.
        }
      }
    }, GRACE_MS).unref();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, forward(signal));
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new PortalError('RUNTIME_MISSING', `Electron cannot be started: ${error.message}`, { fix: 'Run npm run setup.', cause: error })));
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 1 : (constants.signals[signal] ?? 1))));
  });
}

const [role = 'console', ...args] = process.argv.slice(2);
try {
  process.exitCode = await runApp(role, args);
} catch (error) {
  process.stderr.write(`${describeError(toPortalError(error))}\n`);
  process.exitCode = error instanceof PortalError && error.code === 'USAGE' ? 2 : 1;
}
