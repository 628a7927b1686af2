import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { resolve } from 'node:path';

/** One line of a role's `--json` output. */
export interface AppEvent {
  event: string;
  timestamp_us: number;
  [key: string]: unknown;
}

/** A role of the real app as a process of its own, and everything it has said so far. */
export interface AppProcess {
  readonly child: ChildProcess;
  readonly events: readonly AppEvent[];
  /** The first event, past or future, for which `matches` holds; rejects at the deadline with what was seen instead. */
  waitFor(what: string, matches: (event: AppEvent) => boolean, deadlineMs?: number): Promise<AppEvent>;
  /** The first such event from now on. */
  waitForNext(what: string, matches: (event: AppEvent) => boolean, deadlineMs?: number): Promise<AppEvent>;
  kill(signal: NodeJS.Signals): Promise<number | null>;
}

export const PROJECT_ROOT = resolve(import.meta.dirname, '../..');

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

/** Starts `command` and reads its JSON events; its standard error is kept for the message of a missed deadline. */
export function startApp(command: string, args: string[], env: Record<string, string>): AppProcess {
  const child = spawn(command, args, { cwd: PROJECT_ROOT, env: { ...process.env, DBUS_SESSION_BUS_ADDRESS: 'disabled:', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const events: AppEvent[] = [];
  const watchers = new Set<(event: AppEvent) => void>();
  let stderrTail = '';
  child.stderr.on('data', (data: Buffer) => {
    stderrTail = (stderrTail + data.toString()).slice(-4000);
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (!line.startsWith('{')) return;
    const event = JSON.parse(line) as AppEvent;
    events.push(event);
    for (const watcher of [...watchers]) watcher(event);
  });
  const closed = new Promise<number | null>((done) => child.once('close', (code) => done(code)));

  async function waitForNext(what: string, matches: (event: AppEvent) => boolean, deadlineMs = 20_000): Promise<AppEvent> {
    return new Promise((found, missed) => {
      const timer = setTimeout(() => finish(() => missed(new Error(`no ${what} within ${deadlineMs} ms; last events: ${JSON.stringify(events.slice(-4))}; stderr: ${stderrTail}`))), deadlineMs);
      const watcher = (event: AppEvent): void => {
        if (matches(event)) finish(() => found(event));
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
    waitForNext,
    async waitFor(what, matches, deadlineMs) {
      return events.find(matches) ?? waitForNext(what, matches, deadlineMs);
    },
    async kill(signal) {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      return closed;
    },
  };
}

/** A headless role from the build in `out/`. */
export function startRole(role: 'robot-host' | 'operator', args: string[], env: Record<string, string>): AppProcess {
  return startApp(electronExecutable(), [...electronSwitches(true), PROJECT_ROOT, role, ...args, '--json'], env);
}
