import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Clock } from '../../shared/portal/clock.ts';
import { PortalError } from '../../shared/portal/errors.ts';

/** What a camera's program has no business with. */
const SECRETS = ['LIVEKIT_API_KEY', 'LIVEKIT_API_SECRET', 'LIVEKIT_TOKEN', 'LIVEKIT_TOKEN_ENDPOINT_AUTH', 'PORTAL_E2EE_KEY'];
const STDERR_CHARACTERS = 4000;
const STDERR_LINES = 3;
const TERM_WITHIN_MS = 1000;
/** One that is killed and still there then hangs inside the system, in a driver for instance, and may do so for ever. */
const KILL_WITHIN_MS = 3000;
/** A grandchild that left the group can hold the pipes open for ever. */
const CLOSE_WITHIN_MS = 500;
const SLICE_MS = 10;

export interface CameraProgramOptions {
  name: string;
  run: readonly string[];
  clock: Clock;
  /** Most bytes that are read in 10 ms; what is more waits in the pipe, so that a program that floods stops itself and not this loop. */
  bytesPerSlice: number;
}

export interface CameraProgramEvents {
  onBytes(chunk: Uint8Array): void;
  /** Once, unless it was stopped. */
  onEnd(error: PortalError): void;
  /** Once, after `stop`: it was killed and does not end. Nothing but this machine can end it now. */
  onStuck(error: PortalError): void;
}

export interface CameraProgram {
  /** What it last said on its standard error; empty = nothing. */
  lastWords(): string;
  /** Ends it and everything in its process group. Resolves when it is gone, which `onStuck` says may never be; never rejects. */
  stop(): Promise<void>;
}

/**
 * Starts a program whose standard output is a camera's. It gets no shell, no standard input, none of our secrets, and a process
 * group of its own. When this process is killed it ends at its next picture, by the broken pipe. Throws CAMERA_FAILED for
 * arguments that the system does not take, and where it has no room for another process.
 */
export function startCameraProgram({ name, run, clock, bytesPerSlice }: CameraProgramOptions, events: CameraProgramEvents): CameraProgram {
  const [program = '', ...args] = run;
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !SECRETS.includes(key)));
  const child = spawned(name, program, args, env);
  let said = '';
  let isStopped = false;
  let isOver = false;
  let cancelTimer: () => void = () => undefined;

  const lastWords = (): string => said.trim().split(/[\r\n]+/u).slice(-STDERR_LINES).join(' | ');
  const gone = new Promise<void>((resolve) => {
    const over = (why: string, fix: string): void => {
      if (isOver) return;
      isOver = true;
      cancelTimer();
      resolve();
      if (isStopped) return;
      const words = lastWords();
      events.onEnd(new PortalError('CAMERA_FAILED', `The program of camera ${name} ${why}`, { ...(words === '' ? {} : { got: words }), fix }));
    };
    child.once('error', (error: NodeJS.ErrnoException) => {
      over(
        error.code === 'ENOENT' ? `was not found: ${program}` : `could not be started: ${error.message}`,
        error.code === 'ENOENT' ? 'Install it, or correct run in station.yaml.' : 'Check run in station.yaml and the rights of the program.',
      );
    });
    child.once('exit', (code, signal) => {
      // Its own children would go on holding camera and pipe.
      killGroup(child, 'SIGKILL');
      const how = signal === null ? `ended with code ${String(code)}` : `was ended by ${signal}`;
      const fix = `Run ${program} by hand to see why.`;
      child.once('close', () => over(how, fix));
      clock.after(CLOSE_WITHIN_MS, () => over(how, fix));
    });
  });

  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-STDERR_CHARACTERS)));
  let inSlice = 0;
  let isSliceTimed = false;
  child.stdout.on('data', (chunk: Buffer) => {
    inSlice += chunk.byteLength;
    if (!isSliceTimed) {
      isSliceTimed = true;
      clock.after(SLICE_MS, () => {
        isSliceTimed = false;
        inSlice = 0;
        if (!isStopped) child.stdout.resume();
      });
    }
    if (inSlice > bytesPerSlice) child.stdout.pause();
    if (!isStopped) events.onBytes(chunk);
  });
  for (const stream of [child.stdout, child.stderr]) stream.on('error', () => undefined);

  const stuck = (): void => {
    // What is left of it must not keep this process alive.
    child.stderr.destroy();
    child.unref();
    events.onStuck(
      new PortalError('CAMERA_FAILED', `The program of camera ${name} was killed and does not end`, {
        got: `process ${String(child.pid)}, ${program}`, fix: 'It hangs in the system, most likely in a driver: unplug the camera, or restart the machine.',
      }),
    );
  };

  return {
    lastWords,
    async stop() {
      isStopped = true;
      child.stdout.destroy();
      if (!isOver) {
        killGroup(child, 'SIGTERM');
        cancelTimer = clock.after(TERM_WITHIN_MS, () => {
          killGroup(child, 'SIGKILL');
          cancelTimer = clock.after(KILL_WITHIN_MS, stuck);
        });
      }
      await gone;
    },
  };
}

function spawned(name: string, program: string, args: readonly string[], env: NodeJS.ProcessEnv): ChildProcessByStdio<null, Readable, Readable> {
  const failed = (got: string): PortalError => new PortalError('CAMERA_FAILED', `The program of camera ${name} could not be started`, { got, fix: 'Check run in station.yaml.' });
  try {
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: process.platform !== 'win32', windowsHide: true });
    // Typed as always there, and not there where the process has no file descriptors left.
    if ((child.stdout as Readable | undefined) === undefined) throw new Error('no file descriptors are left');
    return child;
  } catch (thrown) {
    throw failed(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // Nothing of it is left, which is what was wanted.
  }
}
