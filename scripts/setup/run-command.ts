import { spawn } from 'node:child_process';
import { killTree } from '../process-tree.ts';

export interface CommandOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  timeoutMs: number;
  /** Each line of either stream as it comes. */
  onLine?: (line: string) => void;
}

/**
 * Runs a program to its end without a shell and gives its standard output. Throws when it cannot start, fails or takes too
 * long; the error ends with its last lines.
 */
export async function runCommand(command: string, args: readonly string[], { cwd, env, timeoutMs, onLine }: CommandOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: env ?? process.env, stdio: ['ignore', 'pipe', 'pipe'], detached: process.platform !== 'win32', windowsHide: true });
    let stdout = '';
    let tail = '';
    let partial = '';
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      killTree(child, 'SIGKILL');
    }, timeoutMs);
    // Ctrl-C reaches only our own group.
    const onSignal = (): void => {
      killTree(child, 'SIGKILL');
      process.exit(130);
    };
    process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
    const take = (text: string): void => {
      tail = (tail + text).slice(-3000);
      if (onLine === undefined) return;
      const lines = (partial + text).split(/\r?\n|\r/u);
      partial = lines.pop() ?? '';
      for (const line of lines) onLine(line);
    };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      take(text);
    });
    child.stderr.setEncoding('utf8').on('data', take);
    const settle = (): void => {
      clearTimeout(timer);
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    };
    child.once('error', (cause) => {
      settle();
      reject(new Error(`${command} cannot be started: ${cause.message}`, { cause }));
    });
    child.once('close', (code, signal) => {
      settle();
      if (code === 0) return resolve(stdout);
      const end = late ? `took longer than ${Math.round(timeoutMs / 1000)} s` : `ended with ${signal ?? code}`;
      reject(new Error(`${[command, ...args].join(' ')} ${end}${tail.trim() === '' ? '' : `:\n${tail.trim()}`}`));
    });
  });
}
