import { spawn, type ChildProcess } from 'node:child_process';
import { PortalError } from '../shared/portal/errors.ts';
import { endTree } from './process-tree.ts';

/** A display in memory. */
export interface VirtualDisplay {
  /** For `DISPLAY`. */
  name: string;
  stop(): Promise<void>;
}

/** On Linux a window needs a display server; elsewhere there always is one. */
export function needsVirtualDisplay(env: NodeJS.ProcessEnv = process.env): boolean {
  return process.platform === 'linux' && !env.DISPLAY && !env.WAYLAND_DISPLAY;
}

/** Starts Xvfb, large enough for a 1920×1080 window with its frame, on a display number that Xvfb finds free. Throws RUNTIME_MISSING when it is not there. */
export async function startVirtualDisplay(size = '2560x1440'): Promise<VirtualDisplay> {
  const child: ChildProcess = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', `${size}x24`, '-nolisten', 'tcp', '-noreset'], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let complaint = '';
  child.stderr?.on('data', (data: Buffer) => (complaint = (complaint + data.toString()).slice(-1000)));
  const number = await new Promise<string>((resolve, reject) => {
    const fail = (why: string): void =>
      reject(
        new PortalError('RUNTIME_MISSING', `No display, and a virtual one cannot be started: ${why}`, {
          fix: 'Set DISPLAY, or install Xvfb (Debian: apt-get install xvfb; as root `npm run setup -- system` does it).',
        }),
      );
    const timer = setTimeout(() => fail(`Xvfb is not ready after 15 s ${complaint}`), 15_000);
    let digits = '';
    child.stdio[3]?.on('data', (data: Buffer) => {
      digits += data.toString();
      if (!digits.includes('\n')) return;
      clearTimeout(timer);
      resolve(digits.trim());
    });
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => fail(`Xvfb ended with ${code}: ${complaint.trim()}`));
  });
  return { name: `:${number}`, stop: () => endTree(child, 3_000) };
}
