import { createInterface } from 'node:readline';
import { toPortalError } from '../shared/portal/errors.ts';
import { appFolder } from './app-folder.ts';
import { createChoiceFile } from './choice-file.ts';
import { parseCli, type CliRequest } from './cli.ts';
import { helpText } from './cli-help.ts';
import { createFrameCodecs } from './codecs/frame-codecs.ts';
import type { ArmService, HostingService, StationFileService, WindowDesks } from './console-service.ts';
import { ArmDesk } from './devices/feetech/arm-desk.ts';
import { createArmLookup } from './devices/feetech/arm-lookup.ts';
import { calibrationRoot } from './devices/feetech/calibration-places.ts';
import { createRestFile } from './devices/feetech/rest-file.ts';
import { armOffers } from './devices/arm-offers.ts';
import { createDevices } from './devices/registry.ts';
import { listSerialPorts, SerialLink } from './devices/serial-link.ts';
import { FEEDS_WINDOW_ENV } from './host-feed.ts';
import { HostingDesk } from './hosting-desk.ts';
import { listCameras } from './list-cameras.ts';
import { exitCodeOf } from './exit-code.ts';
import { createLog } from './log.ts';
import { watchLoopDelay } from './loop-delay.ts';
import { createMemorySecrets } from './memory-secrets.ts';
import { openMetricsEndpoint } from './metrics-endpoint.ts';
import { createOutput, survivingSink } from './output.ts';
import type { AppRole, ExitCode, SecretStore, StartRobotHost, StartSimulatedRobot, StationOutput, WebcamSource } from './ports.ts';
import { createRecentFile } from './recent-file.ts';
import { useLocalServer } from './server/rendezvous.ts';
import { resolveSettings } from './settings.ts';
import { StationDesk } from './station-desk.ts';
import { createStationFile } from './station-file.ts';
import { createStation, type Station } from './station.ts';
import { systemClock } from './system-clock.ts';
import { readTextFile, writeTextFile } from './text-file.ts';
import { announceParticipant } from './transport/announce.ts';
import { disposeLivekit } from './transport/ffi-client.ts';
import { LivekitTransport } from './transport/livekit-transport.ts';
import { toRgb } from './transport/to-rgb.ts';
import { fetchToken } from './transport/token-endpoint.ts';
import { mintToken, readTokenClaims } from './transport/token.ts';

/** What the program around the station brings: Electron its safeStorage and its own executable, a plain Node process nothing. */
export interface AppPorts {
  version: string;
  /** Where the console keeps its list of sessions and what it knows of arms; default `appFolder`. */
  dataDir?: string;
  secrets?: SecretStore;
  startSimulatedRobot?: StartSimulatedRobot;
  startRobotHost?: StartRobotHost;
  webcams?: WebcamSource;
}

export interface RunningApp {
  /** Null when there is nothing to run: help, version, or a mistake in the arguments. */
  station: Station | null;
  role: AppRole | null;
  /** Null without a window. */
  desks: WindowDesks | null;
  /** The process's exit code, once everything is closed. */
  done: Promise<ExitCode>;
}

/**
 * The whole program but its window: reads the arguments, puts the settings together, builds the station and starts it. Ends
 * it on SIGINT and SIGTERM. Never throws: what is wrong is said on the output, and `done` resolves with the code.
 */
export function runApp(argv: readonly string[], env: NodeJS.ProcessEnv, app: AppPorts): RunningApp {
  const out = survivingSink(process.stdout);
  const errors = survivingSink(process.stderr);
  const json = argv.includes('--json');
  const output = createOutput({ json, out, errors, clock: systemClock, ...(json ? { loopDelayUs: watchLoopDelay() } : {}) });
  try {
    const request = parseCli(argv);
    if (request.kind !== 'run') {
      out.write(request.kind === 'help' ? helpText(app.version) : `${app.version}\n`);
      return { station: null, role: null, desks: null, done: Promise.resolve(0) };
    }
    if (request.flags.listCameras) return { station: null, role: null, desks: null, done: listCameras(app.webcams ?? null, output) };
    const station = createRunning(request, env, app, output);
    const desks = request.role === 'console' ? { arms: createArms(env, app), hosting: createHosting(env, app), stations: createStationDesk(env, app) } : null;
    return { station, role: request.role, desks, done: station.done.then(closeEngine) };
  } catch (thrown) {
    const error = toPortalError(thrown);
    const code = exitCodeOf(error.code);
    output.event({ event: 'error', ...error.toJSON() });
    output.event({ event: 'exit', code, reason: error.code });
    return { station: null, role: null, desks: null, done: Promise.resolve(code) };
  }
}

function createArms(env: NodeJS.ProcessEnv, app: AppPorts): ArmService {
  return new ArmDesk({ clock: systemClock, listPorts: listSerialPorts, openLink: (port, baud) => new SerialLink(port, baud), dataDir: dataFolder(env, app), root: calibrationRoot(env) });
}

function dataFolder(env: NodeJS.ProcessEnv, app: AppPorts): string {
  return env['PORTAL_CONSOLE_DATA_DIR'] ?? app.dataDir ?? appFolder(env);
}

function createHosting(env: NodeJS.ProcessEnv, app: AppPorts): HostingService {
  const log = createLog(env);
  return new HostingDesk({
    clock: systemClock, log, readText: readTextFile, readToken: readTokenClaims, stationFile: createStationFile(dataFolder(env, app), log),
    secrets: app.secrets ?? createMemorySecrets(), startHost: app.startRobotHost ?? null, jpeg: createFrameCodecs().mjpeg ?? null,
  });
}

function createStationDesk(env: NodeJS.ProcessEnv, app: AppPorts): StationFileService {
  const folder = dataFolder(env, app);
  return new StationDesk({ clock: systemClock, log: createLog(env), folder, readText: readTextFile, writeText: writeTextFile, followerOffers: () => armOffers('follower', folder), webcams: app.webcams ?? null });
}

/** LiveKit's engine has threads of its own: left running, they keep the process alive or die noisily with it. */
async function closeEngine(code: ExitCode): Promise<ExitCode> {
  await disposeLivekit();
  return code;
}

function createRunning(request: CliRequest & { kind: 'run' }, env: NodeJS.ProcessEnv, app: AppPorts, output: StationOutput): Station {
  const readToken = (token: string): { identity: string; room: string } | null => readTokenClaims(token);
  const dataDir = dataFolder(env, app);
  const settings = resolveSettings(request.role, request.flags, { env, readText: readTextFile, readToken, arms: createArmLookup(dataDir, env) });
  const log = createLog(env);
  const frameCodecs = createFrameCodecs();
  const feedsWindow = request.role === 'robot-host' && env[FEEDS_WINDOW_ENV] === '1';
  const station = createStation(settings, {
    appVersion: app.version,
    clock: systemClock,
    output,
    log,
    createTransport: () => new LivekitTransport(),
    frameCodecs: { ...frameCodecs, toRgb },
    mintToken,
    fetchToken,
    announce: announceParticipant,
    readToken,
    useLocalServer,
    // Which arm is on which adapter is known by the app's own folder.
    devices: { ...createDevices(systemClock, { jpeg: frameCodecs.mjpeg ?? null, webcams: app.webcams ?? null }), leaderOffers: () => armOffers('leader', dataDir) },
    secrets: app.secrets ?? createMemorySecrets(),
    recents: createRecentFile(dataDir, log),
    leaderChoice: createChoiceFile(dataDir, log),
    restPoses: createRestFile(dataDir, settings.robot.follower),
    startSimulatedRobot: app.startSimulatedRobot ?? null,
    readText: readTextFile,
    openMetricsEndpoint,
    feedsWindow,
  });
  if (request.role === 'robot-host' && settings.robot.claimPolicy.kind === 'anyone' && !request.flags.json) {
    output.note('note: anyone in the session may claim control of this robot; --claim-policy and --listed restrict it');
  }
  endOnSignals(station);
  if (request.role === 'robot-host' && process.stdin.isTTY) listenToTerminal(station, (_word, text) => output.note(text));
  if (feedsWindow) listenToTerminal(station, (word, text) => output.event({ event: 'answer', word, text }));
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
    if (nowMs - firstMs > SAME_SIGNAL_MS) {
      station.abandon('it was asked a second time to end');
      process.exit(signal === 'SIGINT' ? 130 : 143);
    }
    void station.stop(signal);
  };
  // Never taken off again: between the station's end and the program's a second signal would still cut the end short.
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
}

/** Ends a host that belongs to a window: said on its standard input, where there are signals and where there are none. */
const LEAVE = 'leave';

/** A host without a window still has its own STOP, and its own way to clear it. */
function listenToTerminal(station: Station, tell: (word: string, text: string) => void): void {
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const word = line.trim();
    if (word === '') return;
    if (word === LEAVE) return void station.stop('asked to leave');
    void station.command(word).then((answer) => {
      if (answer !== null) tell(word, answer);
    });
  });
  void station.done.then(() => lines.close());
}
