import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Connection, Environment } from '../main/connection.ts';
import type { StartSimulatedRobot } from '../main/ports.ts';
import { PortalError, type PortalErrorShape } from '../shared/portal/errors.ts';

/** Set for a robot host that belongs to a console: when its standard input ends, its owner is gone, and so is its purpose. */
export const OWNED_ENV = 'PORTAL_CONSOLE_OWNED';

const READY_WITHIN_MS = 30_000;
const END_WITHIN_MS = 5_000;

/** Environment that would change who the robot is, or what its program is. */
const NOT_INHERITED = ['ELECTRON_RUN_AS_NODE', 'ELECTRON_OZONE_PLATFORM_HINT', 'LIVEKIT_TOKEN', 'NODE_OPTIONS'];

export interface ProgramStart {
  command: string;
  /** Before the role: switches of the runtime, and the app's path where it is not packaged. */
  leading: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
}

/** Starts robot hosts with a simulated arm as processes of the same program. Key and secret travel by environment: a command line is everybody's to read. */
export function simulatedRobots(program: ProgramStart): StartSimulatedRobot {
  return async ({ url, apiKey, apiSecret, session, identity, supervisors, signal }) => {
    if (signal.aborted) throw cancelled();
    const env = inheritedEnv(program.env, { ...accessEnv({ kind: 'key', url, apiKey, apiSecret }), [OWNED_ENV]: '1' });
    const names = ['--session', session, '--identity', identity, ...supervisors.flatMap((supervisor) => ['--supervisor', supervisor])];
    const child = spawn(program.command, [...program.leading, 'robot-host', ...names, '--json'], { env, stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true });
    const cancel = (): void => void end(child);
    signal.addEventListener('abort', cancel);
    try {
      await connected(child);
    } catch (thrown) {
      await end(child);
      throw signal.aborted ? cancelled() : thrown;
    } finally {
      signal.removeEventListener('abort', cancel);
    }
    return { stop: async () => void (await end(child)) };
  };
}

function cancelled(): PortalError {
  return new PortalError('DISCONNECTED', 'Starting the simulated robot was cancelled');
}

/** Without what would make another robot or another program of it; then `own` counts. */
export function inheritedEnv(env: Environment, own: Environment): Environment {
  return { ...Object.fromEntries(Object.entries(env).filter(([name]) => !NOT_INHERITED.includes(name))), ...own };
}

/** The environment that signs in this way and in no other: an endpoint that is set there would win over a server. */
export function accessEnv(connection: Exclude<Connection, { kind: 'local' }>): Environment {
  const none = { LIVEKIT_URL: undefined, LIVEKIT_API_KEY: undefined, LIVEKIT_API_SECRET: undefined, LIVEKIT_TOKEN: undefined, LIVEKIT_TOKEN_ENDPOINT: undefined, LIVEKIT_TOKEN_ENDPOINT_AUTH: undefined };
  switch (connection.kind) {
    case 'key':
      return { ...none, LIVEKIT_URL: connection.url, LIVEKIT_API_KEY: connection.apiKey, LIVEKIT_API_SECRET: connection.apiSecret };
    case 'token':
      return { ...none, LIVEKIT_URL: connection.url, LIVEKIT_TOKEN: connection.token };
    case 'endpoint':
      return { ...none, LIVEKIT_TOKEN_ENDPOINT: connection.endpoint, LIVEKIT_TOKEN_ENDPOINT_AUTH: connection.bearer ?? undefined };
  }
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

export type RobotEvent = { event: string } & Partial<PortalErrorShape>;

/** An event of a `--json` role; null = another line. */
export function parseEvent(line: string): RobotEvent | null {
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

export function lastLines(text: string): string {
  return text.trim().split('\n').slice(-3).join(' | ');
}

/**
 * Asks it to end (it holds and leaves), unless that was done (`asks` false), and insists after a while: a killed one leaves its
 * arm held. Resolves when it is gone, true = by itself; never rejects.
 */
export function end(child: ChildProcess, withinMs = END_WITHIN_MS, asks = true): Promise<boolean> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return resolve(true);
    let isByItself = true;
    const timer = setTimeout(() => {
      isByItself = false;
      child.kill('SIGKILL');
    }, withinMs);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve(isByItself);
    });
    if (!asks) return;
    // Where there are no signals, the end of its standard input is the request.
    child.stdin?.end();
    if (process.platform !== 'win32') child.kill('SIGTERM');
  });
}
