import { startFindableServer } from '../main/server/rendezvous.ts';
import { describeError, toPortalError } from '../shared/portal/errors.ts';
import { ensureBuilt, ROOT } from './app-build.ts';
import { appEnvironment } from './app-switches.ts';
import { startPart } from './demo/app-part.ts';
import { DEMO_HELP, parseDemoOptions, type DemoOptions } from './demo/demo-options.ts';
import { LoopWatch, type LoopEvent, type LoopPart } from './demo/loop-watch.ts';
import { openTouredWindow, shownFrameAge, tourOnce, type TouredWindow } from './demo/tour.ts';
import { needsVirtualDisplay, startVirtualDisplay } from './display.ts';
import { ensureElectron } from './setup/electron.ts';
import { ensureLivekitServer } from './setup/livekit-server.ts';
import { startTask, type Task } from './setup/progress.ts';
import { ensureSystemPackages } from './setup/system-packages.ts';

/** `npm run demo`: everything that is missing, then the whole loop, each part in a process of its own. */
const SESSION = 'demo';
const NAMES = { policy: 'policy', person: 'you' } as const;
const JOIN_MS = 60_000;

/** What was started, to be ended in the opposite order, whatever happens. */
class Started {
  readonly #ends: (() => Promise<void>)[] = [];

  add(end: () => Promise<void>): void {
    this.#ends.push(end);
  }

  async endAll(): Promise<void> {
    for (let end = this.#ends.pop(); end !== undefined; end = this.#ends.pop()) {
      await end().catch((error: unknown) => console.error(`While ending: ${error instanceof Error ? error.message : String(error)}`));
    }
  }
}

const started = new Started();
const interrupted = new AbortController();

async function demo({ seconds, screenshot }: DemoOptions): Promise<number> {
  const virtual = needsVirtualDisplay();
  const toured = virtual || seconds !== null;
  const runtime = await step('Electron runtime', (task) => ensureElectron(task), ({ version }) => version);
  await step('system packages', (task) => ensureSystemPackages(task, { runtime, virtualDisplay: virtual }), () => 'complete');
  const program = await step('livekit-server', (task) => ensureLivekitServer(task), (path) => path);
  await ensureBuilt();

  const env = { ...appEnvironment(), LIVEKIT_SERVER_BIN: program };
  if (virtual) {
    const display = await startVirtualDisplay();
    started.add(display.stop);
    Object.assign(env, { DISPLAY: display.name, PORTAL_CONSOLE_VIRTUAL_DISPLAY: '1' });
  }
  const server = await step('LiveKit server', () => startFindableServer(env), ({ url }) => url);
  started.add(() => server.stop());
  Object.assign(env, { LIVEKIT_URL: server.url, LIVEKIT_API_KEY: server.apiKey, LIVEKIT_API_SECRET: server.apiSecret, LIVEKIT_TOKEN: '' });

  const watch = new LoopWatch(NAMES);
  const from = (part: LoopPart) => (event: LoopEvent): void => {
    watch.take(part, event, performance.now());
    if (event.event === 'error') console.error(`${part}: ${String(event['code'])}: ${String(event['message'])}`);
  };
  const room = ['--session', SESSION];
  // A part without a window needs no display, not even the virtual one.
  const headless = { ...env, DISPLAY: '', WAYLAND_DISPLAY: '' };
  const host = startPart({ title: 'robot host', executable: runtime.executable, role: 'robot-host', args: [...room, '--identity', 'robot'], env: headless, onEvent: from('host') });
  started.add(host.stop);
  await step('robot host', () => host.first('connected', JOIN_MS), () => 'in the session, with a simulated arm and camera');
  const policy = startPart({
    title: 'policy',
    executable: runtime.executable,
    role: 'operator',
    args: [...room, '--identity', NAMES.policy, '--leader', 'scripted', '--claim'],
    env: headless,
    onEvent: from('policy'),
  });
  started.add(policy.stop);
  await step('scripted policy', () => policy.first('connected', JOIN_MS), () => 'in the session');

  const consoleArgs = [...room, '--identity', NAMES.person];
  if (!toured) {
    const window = startPart({ title: 'console', executable: runtime.executable, role: 'console', args: consoleArgs, env, onEvent: from('console') });
    started.add(window.stop);
    console.log('✓ console: its window is open. Take control, move the sliders, give control back. Close it or press Ctrl-C to end.');
    await new Promise<void>((resolve) => window.child.once('exit', () => resolve()));
    return window.child.exitCode ?? 0;
  }
  const window = await step('console', () => openTouredWindow({ executable: runtime.executable, args: consoleArgs, env, onEvent: from('console') }), () => 'its window is open');
  started.add(window.close);
  return tour(window, watch, seconds, screenshot);
}

/** Clicks through the handover again and again, says a line a second, and judges the loop at the end. */
async function tour(window: TouredWindow, watch: LoopWatch, seconds: number | null, screenshot: string): Promise<number> {
  const troubles: string[] = [];
  const ended = new AbortController();
  const rounds = (async () => {
    while (!ended.signal.aborted) {
      await tourOnce(window.page, watch, NAMES, screenshot, (line) => console.log(`» ${line}`));
      await watch.until(() => ended.signal.aborted, 10_000);
    }
  })().catch((error: unknown) => {
    if (!ended.signal.aborted) troubles.push(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
  });
  const status = setInterval(() => {
    void shownFrameAge(window.page).then((age) => {
      if (!ended.signal.aborted) console.log(watch.statusLine(age));
    });
  }, 1_000);
  const closed = new Promise<void>((resolve) => window.app.once('close', () => resolve()));
  const stopped = new Promise<void>((resolve) => interrupted.signal.addEventListener('abort', () => resolve()));
  const over = seconds === null ? [] : [new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000))];
  await Promise.race([...over, closed, stopped, rounds]);
  ended.abort();
  clearInterval(status);
  // Whoever pressed Ctrl-C did not ask for a verdict.
  if (interrupted.signal.aborted) return 130;
  const missing = [...troubles, ...watch.missing()];
  if (missing.length > 0) {
    for (const sentence of missing) console.error(`✗ ${sentence}`);
    return 1;
  }
  const { executed, observations } = watch.facts;
  console.log(`✓ the loop is closed: ${executed} actions executed, ${observations} observations received, control taken over and given back. Picture: ${screenshot}`);
  return 0;
}

async function step<T>(title: string, run: (task: Task) => Promise<T>, result: (value: T) => string): Promise<T> {
  if (interrupted.signal.aborted) throw new Error('interrupted');
  const task = startTask(title, { stream: process.stdout });
  try {
    const value = await run(task);
    task.done(result(value));
    return value;
  } catch (error) {
    task.done(null);
    throw error;
  }
}

async function main(): Promise<number> {
  const options = parseDemoOptions(process.argv.slice(2), ROOT);
  if (options.help) {
    process.stdout.write(DEMO_HELP);
    return 0;
  }
  return demo(options);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (interrupted.signal.aborted) return;
    interrupted.abort();
    console.log('\nending everything');
    void started.endAll().then(() => process.exit(signal === 'SIGINT' ? 130 : 143));
  });
}
try {
  const code = await main();
  await started.endAll();
  if (!interrupted.signal.aborted) process.exit(code);
} catch (error) {
  await started.endAll();
  if (!interrupted.signal.aborted) {
    console.error(describeError(toPortalError(error)));
    process.exit(error instanceof Error && 'code' in error && error.code === 'USAGE' ? 2 : 1);
  }
}
