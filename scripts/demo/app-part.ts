import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { ROOT } from '../app-build.ts';
import { appSwitches } from '../app-switches.ts';
import { endTree, hasEnded } from '../process-tree.ts';
import type { LoopEvent } from './loop-watch.ts';

export interface PartOptions {
  /** For messages: "robot host". */
  title: string;
  executable: string;
  role: 'console' | 'robot-host' | 'operator';
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  onEvent(event: LoopEvent): void;
}

/** One role of the app in a process of its own. */
export interface AppPart {
  readonly child: ChildProcess;
  /** Resolves with its first event of that name; rejects when it ends or the deadline passes first, with what it said. */
  first(event: string, deadlineMs: number): Promise<LoopEvent>;
  stop(): Promise<void>;
}

/**
 * Starts it in a process group of its own and reads its events. It also ends when we are killed and can say nothing: its
 * standard input closes with us.
 */
export function startPart({ title, executable, role, args, env, onEvent }: PartOptions): AppPart {
  const child = spawn(executable, [...appSwitches(role !== 'console', env), ROOT, role, ...args, '--json'], {
    cwd: ROOT,
    env: { ...env, PORTAL_CONSOLE_OWNED: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  const seen: LoopEvent[] = [];
  const listeners = new Set<(event: LoopEvent) => void>();
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(-1500)));
  readEvents(child.stdout, (event) => {
    // Metrics come every second for as long as the demo runs.
    if (event.event !== 'metrics') seen.push(event);
    onEvent(event);
    for (const listener of [...listeners]) listener(event);
  });
  const describe = (): string => {
    const error = seen.find((event) => event.event === 'error');
    return error === undefined ? complaint.trim() : `${String(error['code'])}: ${String(error['message'])} ${String(error['fix'] ?? '')}`;
  };
  return {
    child,
    first: (name, deadlineMs) =>
      new Promise((resolve, reject) => {
        const before = seen.find((event) => event.event === name);
        if (before !== undefined) return resolve(before);
        const settle = (action: () => void): void => {
          clearTimeout(timer);
          listeners.delete(onNext);
          child.off('exit', onExit);
          action();
        };
        const onNext = (event: LoopEvent): void => {
          if (event.event === name) settle(() => resolve(event));
        };
        const onExit = (): void => settle(() => reject(new Error(`The ${title} ended before it was ${name}. ${describe()}`)));
        const timer = setTimeout(() => settle(() => reject(new Error(`The ${title} is not ${name} after ${deadlineMs / 1000} s. ${describe()}`))), deadlineMs);
        if (hasEnded(child)) return onExit();
        listeners.add(onNext);
        child.once('exit', onExit);
      }),
    stop: () => endTree(child, 5_000),
  };
}

/** Calls back with each JSON event of a role's standard output; other lines are the runtime's and nobody's business here. */
export function readEvents(stdout: NodeJS.ReadableStream, onEvent: (event: LoopEvent) => void): void {
  createInterface({ input: stdout }).on('line', (line) => {
    if (!line.startsWith('{')) return;
    try {
      onEvent(JSON.parse(line) as LoopEvent);
    } catch {
      // A line cut short by the end of its process.
    }
  });
}
