import { spawn } from 'node:child_process';
import { ROOT } from '../../scripts/app-build.ts';

/** A plain Node program as a process of its own, and what it has said so far. */
export interface NodeProgram {
  stdout(): string;
  stderr(): string;
  /** Resolves when its output matches; rejects with all it said when it ends or the deadline passes first. */
  says(pattern: RegExp, deadlineMs?: number): Promise<void>;
  /** Its exit code, once it ended by itself; rejects and kills it at the deadline. */
  ended(deadlineMs?: number): Promise<number | null>;
  interrupt(): void;
  kill(): void;
}

export function startNodeProgram(args: readonly string[], env: Readonly<Record<string, string>>, cwd: string = ROOT): NodeProgram {
  const child = spawn(process.execPath, args, { cwd, env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  let exit: { code: number | null } | null = null;
  const watchers = new Set<() => void>();
  const changed = (): void => { for (const watcher of [...watchers]) watcher(); };
  child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text; changed(); });
  child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text; changed(); });
  child.once('close', (code) => { exit = { code }; changed(); });

  const wait = <T>(what: string, deadlineMs: number, look: () => { is: T } | Error | null): Promise<T> =>
    new Promise((resolve, reject) => {
      const settle = (act: () => void): void => { clearTimeout(timer); watchers.delete(watcher); act(); };
      const fail = (why: string): void => settle(() => { child.kill('SIGKILL'); reject(new Error(`${args[0] ?? ''} ${why} (${what})\n${stdout}\n${stderr}`)); });
      const timer = setTimeout(() => fail(`not within ${deadlineMs} ms`), deadlineMs);
      const watcher = (): void => {
        const found = look();
        if (found instanceof Error) fail(found.message);
        else if (found !== null) settle(() => resolve(found.is));
      };
      watchers.add(watcher);
      watcher();
    });

  return {
    stdout: () => stdout,
    stderr: () => stderr,
    says: (pattern, deadlineMs = 60_000) => wait(String(pattern), deadlineMs, () => (pattern.test(stdout) ? { is: undefined } : exit !== null ? new Error(`ended with ${exit.code}`) : null)),
    ended: (deadlineMs = 60_000) => wait('its end', deadlineMs, () => (exit === null ? null : { is: exit.code })),
    interrupt: () => child.kill('SIGINT'),
    kill: () => child.kill('SIGKILL'),
  };
}
