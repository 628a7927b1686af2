import { spawn } from 'node:child_process';
import { ROOT } from '../app-build.ts';
import { endTree, killTree } from '../process-tree.ts';

/** The exit code of a program that was ended at its deadline, as `timeout` has it. */
export const TOO_LATE = 124;

/**
 * Runs a program with its output on ours and resolves with its exit code. Past the deadline it is ended with all it started
 * and the code is `TOO_LATE`. Ctrl-C ends it and us.
 */
export async function runShown(command: readonly string[], env: NodeJS.ProcessEnv, timeoutMs: number): Promise<number> {
  const [program = '', ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: ROOT, env, stdio: ['ignore', 'inherit', 'inherit'], detached: process.platform !== 'win32' });
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      console.error(`Not finished after ${Math.round(timeoutMs / 60_000)} min; ended.`);
      void endTree(child, 5_000);
    }, timeoutMs);
    const onSignal = (): void => {
      void endTree(child, 5_000).then(() => process.exit(130));
    };
    process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
    child.once('error', reject);
    child.once('exit', (code) => {
      clearTimeout(timer);
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
      // A server or a window that a failed test left behind would disturb the next stage.
      killTree(child, 'SIGKILL');
      resolve(late ? TOO_LATE : (code ?? 1));
    });
  });
}
