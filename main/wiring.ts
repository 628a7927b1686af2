import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { PortalErrorCode } from '../shared/portal/errors.ts';
import { toPortalError } from '../shared/portal/errors.ts';
import { parseCli, type CliRequest } from './cli.ts';
import { helpText } from './cli-help.ts';
import { createDevices } from './devices/registry.ts';
import { createLog } from './log.ts';
import { createMemorySecrets } from './memory-secrets.ts';
import { createOutput, survivingSink } from './output.ts';
import type { AppRole, ExitCode, SecretStore, StartSimulatedRobot, StationOutput } from './ports.ts';
import { createRecentFile } from './recent-file.ts';
import { useLocalServer } from './server/rendezvous.ts';
import { resolveSettings } from './settings.ts';
import { createStation, type Station } from './station.ts';
import { systemClock } from './system-clock.ts';
import { readTextFile } from './text-file.ts';
import { disposeLivekit } from './transport/ffi-client.ts';
import { LivekitTransport } from './transport/livekit-transport.ts';
import { mintToken, readTokenClaims } from './transport/token.ts';

/** What the program around the station brings: Electron its safeStorage and its own executable, a plain Node process nothing. */
export interface AppPorts {
  version: string;
  /** Where the console keeps its list of sessions; default `~/.config/portal-console`. */
  dataDir?: string;
  secrets?: SecretStore;
  startSimulatedRobot?: StartSimulatedRobot;
}

export interface RunningApp {
  /** Null when there is nothing to run: help, version, or a mistake in the arguments. */
  station: Station | null;
  role: AppRole | null;
  /** The process's exit code, once everything is closed. */
  done: Promise<ExitCode>;
}

/** Mistakes of whoever typed or wrote a file, as opposed to a world that does not play along. */
const USAGE_CODES: ReadonlySet<PortalErrorCode> = new Set(['USAGE', 'CONFIG_INVALID', 'YAML_INVALID', 'FILE_UNREADABLE', 'NOT_SUPPORTED']);

/**
 * The whole program but its window: reads the arguments, puts the settings together, builds the station and starts it. Ends
 * it on SIGINT and SIGTERM. Never throws: what is wrong is said on the output, and `done` resolves with the code.
 */
export function runApp(argv: readonly string[], env: NodeJS.ProcessEnv, app: AppPorts): RunningApp {
  const out = survivingSink(process.stdout);
  const errors = survivingSink(process.stderr);
  const output = createOutput({ json: argv.includes('--json'), out, errors, clock: systemClock });
  try {
    const request = parseCli(argv);
    if (request.kind !== 'run') {
      out.write(request.kind === 'help' ? helpText(app.version) : `${app.version}\n`);
      return { station: null, role: null, done: Promise.resolve(0) };
    }
    const station = createRunning(request, env, app, output);
    return { station, role: request.role, done: station.done.then(closeEngine) };
  } catch (thrown) {
    const error = toPortalError(thrown);
    const code = USAGE_CODES.has(error.code) ? 2 : 1;
    output.event({ event: 'error', ...error.toJSON() });
    output.event({ event: 'exit', code, reason: error.code });
    return { station: null, role: null, done: Promise.resolve(code) };
  }
}

/** LiveKit's engine has threads of its own: left running, they keep the process alive or die noisily with it. */
async function closeEngine(code: ExitCode): Promise<ExitCode> {
  await disposeLivekit();
  return code;
}

function createRunning(request: CliRequest & { kind: 'run' }, env: NodeJS.ProcessEnv, app: AppPorts, output: StationOutput): Station {
  const readToken = (token: string): { identity: string; room: string } | null => readTokenClaims(token);
  const settings = resolveSettings(request.role, request.flags, { env, readText: readTextFile, readToken });
  const log = createLog(env['PORTAL_CONSOLE_LOG']);
  const dataDir = env['PORTAL_CONSOLE_DATA_DIR'] ?? app.dataDir ?? join(homedir(), '.config', 'portal-console');
  const station = createStation(settings, {
    appVersion: app.version,
    clock: systemClock,
    output,
    log,
    createTransport: () => new LivekitTransport(),
    mintToken,
    readToken,
    useLocalServer,
    devices: createDevices(systemClock),
    secrets: app.secrets ?? createMemorySecrets(),
    recents: createRecentFile(dataDir, log),
    startSimulatedRobot: app.startSimulatedRobot ?? null,
    readText: readTextFile,
  });
  if (request.role === 'robot-host' && settings.robot.claimPolicy.kind === 'anyone' && !request.flags.json) {
    output.note('note: anyone in the session may claim control of this robot; --claim-policy and --listed restrict it');
  }
  endOnSignals(station);
  if (request.role === 'robot-host' && process.stdin.isTTY) listenToTerminal(station, output);
  void station.start();
  return station;
}

/** One Ctrl-C may come twice, from the terminal and from the launcher that passes it on. A later one means: at once. */
const SAME_SIGNAL_MS = 1000;

function endOnSignals(station: Station): void {
  let firstMs: number | null = null;
  const end = (signal: NodeJS.Signals): void => {
    const nowMs = performance.now();
    firstMs ??= nowMs;
    if (nowMs - firstMs > SAME_SIGNAL_MS) process.exit(signal === 'SIGINT' ? 130 : 143);
    void station.stop(signal);
  };
  // Never taken off again: between the station's end and the program's a second signal would still cut the end short.
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
}

/** A host without a window still has its own STOP, and its own way to clear it. */
function listenToTerminal(station: Station, output: StationOutput): void {
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const word = line.trim();
    if (word === '') return;
    void station.command(word).then((answer) => {
      if (answer !== null) output.note(answer);
    });
  });
  void station.done.then(() => lines.close());
}
