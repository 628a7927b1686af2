import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { StartSimulatedRobot } from '../main/ports.ts';
import { PortalError, type PortalErrorShape } from '../shared/portal/errors.ts';

/** Set for a robot host that belongs to a console: when its standard input ends, its owner is gone, and so is its purpose. */
export const OWNED_ENV = 'PORTAL_CONSOLE_OWNED';

const READY_WITHIN_MS = 30_000;
const END_WITHIN_MS = 5_000;

/** Environment that would change who or where the robot is, or what its program is. */
const NOT_INHERITED = ['ELECTRON_RUN_AS_NODE', 'ELECTRON_OZONE_PLATFORM_HINT', 'LIVEKIT_TOKEN', 'NODE_OPTIONS'];

export interface ProgramStart {
  command: string;
  /** Before the role: switches of the runtime, and the app's path where it is not packaged. */
  leading: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
}

/** Starts robot hosts with a simulated arm as processes of the same program. Key and secret travel by environment: a command line is everybody's to read. */
export function simulatedRobots(program: ProgramStart): StartSimulatedRobot {
  return async ({ url, apiKey, apiSecret, session, identity, supervisors }) => {
    const env = { ...program.env, LIVEKIT_URL: url, LIVEKIT_API_KEY: apiKey, LIVEKIT_API_SECRET: apiSecret, [OWNED_ENV]: '1' };
    for (const name of NOT_INHERITED) delete (env as Record<string, string | undefined>)[name];
    const names = ['--session', session, '--identity', identity, ...supervisors.flatMap((supervisor) => ['--supervisor', supervisor])];
    const child = spawn(program.command, [...program.leading, 'robot-host', ...names, '--json'], { env, stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true });
    try {
      await connected(child);
    } catch (thrown) {
      await end(child);
      throw thrown;
    }
    return { stop: () => end(child) };
  };
}

/** Resolves with the robot's `connected` event; rejects with its own error, or with what it last said. */
function connected(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    const timer = setTimeout(() => fail(`it did not join within ${READY_WITHIN_MS / 1000} s`), READY_WITHIN_MS);
    const settle = (action: () => void): void => {
      clearTimeout(timer);
      action();
    };
    const fail = (why: string): void =>
      settle(() => reject(new PortalError('DEVICE_FAILED', `The simulated robot did not start: ${why}`, { ...(said.trim() === '' ? {} : { got: lastLines(said) }), fix: 'Try again; PORTAL_CONSOLE_LOG=debug shows more.' })));
    child.once('error', (error) => fail(error.message));
    child.once('close', (code, signal) => fail(signal === null ? `it ended with code ${String(code)}` : `it was ended by ${signal}`));
    // Both streams are read to their end, or a full pipe would stop the robot.
    child.stderr?.on('data', (data: Buffer) => (said = (said + data.toString()).slice(-4000)));
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).on('line', (line) => {
      const event = parseEvent(line);
      if (event?.event === 'connected') settle(resolve);
      if (event?.event === 'error') settle(() => reject(errorOf(event)));
    });
  });
}

type RobotEvent = { event: string } & Partial<PortalErrorShape>;

function parseEvent(line: string): RobotEvent | null {
  try {
    const event: unknown = JSON.parse(line);
    return typeof event === 'object' && event !== null && 'event' in event && typeof event.event === 'string' ? (event as RobotEvent) : null;
  } catch {
    // With --json nothing but events is promised on this stream; a line of the runtime is not for us.
    return null;
  }
}

function errorOf({ code, message, expected, got, fix }: RobotEvent): PortalError {
  const details = { ...(expected === undefined ? {} : { expected }), ...(got === undefined ? {} : { got }), ...(fix === undefined ? {} : { fix }) };
  return new PortalError(code ?? 'DEVICE_FAILED', `The simulated robot did not start: ${message ?? 'it gave no reason'}`, details);
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-3).join(' | ');
}

/** Asks it to end (it holds and leaves), and insists after a while. Resolves when it is gone; never rejects. */
function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return resolve();
    const timer = setTimeout(() => child.kill('SIGKILL'), END_WITHIN_MS);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    // Where there are no signals, the end of its standard input is the request.
    child.stdin?.end();
    if (process.platform !== 'win32') child.kill('SIGTERM');
  });
}
