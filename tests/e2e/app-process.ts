import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { resolve } from 'node:path';

/** One line of a role's `--json` output. */
export interface AppEvent {
  event: string;
  timestamp_us: number;
  [key: string]: unknown;
}

/** How a process ended; with `signal` it was killed and has no code. */
export interface AppEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A role of the real app as a process of its own, and everything it has said so far. */
export interface AppProcess {
  readonly child: ChildProcess;
  readonly events: readonly AppEvent[];
  /** Every line of its standard output, events included. */
  readonly lines: readonly string[];
  /** All of its standard error. */
  stderr(): string;
  /** The first event, past or future, for which `matches` holds; rejects at the deadline, or when the process ends, with what was seen instead. */
  waitFor(what: string, matches: (event: AppEvent) => boolean, deadlineMs?: number): Promise<AppEvent>;
  /** The first such event from now on. */
  waitForNext(what: string, matches: (event: AppEvent) => boolean, deadlineMs?: number): Promise<AppEvent>;
  /** Its own end, output read to the last line; rejects at the deadline, and then the process is killed. */
  ended(deadlineMs?: number): Promise<AppEnd>;
  kill(signal: NodeJS.Signals): Promise<AppEnd>;
}

export const PROJECT_ROOT = resolve(import.meta.dirname, '../..');
const END_DEADLINE_MS = 20_000;

/** The Electron executable that `npm test` put in place. */
export function electronExecutable(): string {
  const dist = process.env['ELECTRON_OVERRIDE_DIST_PATH'];
  if (dist === undefined) throw new Error('ELECTRON_OVERRIDE_DIST_PATH is not set: run the end-to-end tests with `npm test -- --only e2e`');
  return process.platform === 'darwin' ? `${dist}/Electron.app/Contents/MacOS/Electron` : `${dist}/${process.platform === 'win32' ? 'electron.exe' : 'electron'}`;
}

/** Switches a role needs on this machine: root has no sandbox, and a headless role needs no display. */
export function electronSwitches(headless: boolean): string[] {
  const switches = ['--disable-gpu'];
  if (process.getuid?.() === 0) switches.push('--no-sandbox');
  if (headless && process.platform === 'linux') switches.push('--ozone-platform=headless');
  return switches;
}

/** Settings of whoever runs the tests that would decide what the app does. */
const NOT_INHERITED = /^(LIVEKIT_(URL|TOKEN|TOKEN_ENDPOINT.*|API_KEY|API_SECRET)|PORTAL_E2EE_KEY|PORTAL_CONSOLE_.*|ELECTRON_RUN_AS_NODE|ELECTRON_OZONE_PLATFORM_HINT|XDG_CURRENT_DESKTOP|DESKTOP_SESSION)$/u;

/** The environment of a tested process: ours without personal settings, and `env`; a value that is undefined is left out. */
export function appEnv(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const inherited = Object.entries(process.env).filter(([name]) => !NOT_INHERITED.test(name));
  const all = { ...Object.fromEntries(inherited), DBUS_SESSION_BUS_ADDRESS: 'disabled:', ...env };
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** Starts `command` and reads what it says; its standard error also stands in the message of a missed deadline. */
export function startApp(command: string, args: readonly string[], env: Readonly<Record<string, string | undefined>>): AppProcess {
  const child = spawn(command, args, { cwd: PROJECT_ROOT, env: appEnv(env), stdio: ['ignore', 'pipe', 'pipe'] });
  const events: AppEvent[] = [];
  const lines: string[] = [];
  const watchers = new Set<(event: AppEvent | null) => void>();
  let stderr = '';
  let end: AppEnd | null = null;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    if (!line.startsWith('{')) return;
    const event = JSON.parse(line) as AppEvent;
    events.push(event);
    for (const watcher of [...watchers]) watcher(event);
  });
  const closed = new Promise<AppEnd>((done) =>
    child.once('close', (code, signal) => {
      end = { code, signal };
      for (const watcher of [...watchers]) watcher(null);
      done(end);
    }),
  );
  const seen = (): string => `last events: ${JSON.stringify(events.slice(-4))}; stderr: ${stderr.slice(-4000)}`;

  async function waitForNext(what: string, matches: (event: AppEvent) => boolean, deadlineMs = 20_000): Promise<AppEvent> {
    if (end !== null) throw new Error(`no ${what}: it has ended with code ${end.code}; ${seen()}`);
    return new Promise((found, missed) => {
      const timer = setTimeout(() => finish(() => missed(new Error(`no ${what} within ${deadlineMs} ms; ${seen()}`))), deadlineMs);
      const watcher = (event: AppEvent | null): void => {
        if (event === null) finish(() => missed(new Error(`no ${what} before it ended with code ${end?.code}; ${seen()}`)));
        else if (matches(event)) finish(() => found(event));
      };
      function finish(settle: () => void): void {
        clearTimeout(timer);
        watchers.delete(watcher);
        settle();
      }
      watchers.add(watcher);
    });
  }

  return {
    child,
    events,
    lines,
    stderr: () => stderr,
    waitForNext,
    async waitFor(what, matches, deadlineMs) {
      return events.find(matches) ?? waitForNext(what, matches, deadlineMs);
    },
    ended(deadlineMs = END_DEADLINE_MS) {
      return new Promise((done, missed) => {
        const timer = setTimeout(() => {
          child.kill('SIGKILL');
          missed(new Error(`it did not end by itself within ${deadlineMs} ms; ${seen()}`));
        }, deadlineMs);
        void closed.then((how) => {
          clearTimeout(timer);
          done(how);
        });
      });
    },
    async kill(signal) {
      if (end === null) child.kill(signal);
      const timer = setTimeout(() => child.kill('SIGKILL'), END_DEADLINE_MS);
      const how = await closed;
      clearTimeout(timer);
      return how;
    },
  };
}

/** The build in `out/` with these arguments, without a window. */
export function startHeadless(args: readonly string[], env: Readonly<Record<string, string | undefined>>): AppProcess {
  return startApp(electronExecutable(), [...electronSwitches(true), PROJECT_ROOT, ...args], env);
}

/** A headless role with its events. */
export function startRole(role: 'robot-host' | 'operator', args: readonly string[], env: Readonly<Record<string, string | undefined>>): AppProcess {
  return startHeadless([role, ...args, '--json'], env);
}
