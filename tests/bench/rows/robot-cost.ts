import { setTimeout as pause } from 'node:timers/promises';
import { startRobotHost } from '../bench-app.ts';
import { freshSession, tokenFor, type BenchContext, type Row } from '../context.ts';
import { writeMovingPicture } from '../moving-picture.ts';
import { percentiles } from '../percentiles.ts';
import { ProcessTree } from '../process-tree.ts';
import type { Side } from '../programs.ts';
import { round, type Figures, type Measured } from '../result.ts';
import type { SideProcess } from '../side-process.ts';
import { measuredMs, READY_MS, streamTurn, WARM_UP_MS } from '../streaming.ts';
import { notesOf, takeTurnsIn, type Turns } from '../turns.ts';

const SIZE = { width: 640, height: 480, fps: 30 };
const STATE_HZ = 100;
const LOOK_MS = 1000;

/** What a robot's process tree cost during one turn. */
interface Cost {
  /** CPU seconds a wall second, one sample a second. */
  cpu: readonly number[];
  cpuMean: number;
  peakMb: number;
  proportionalMb: number;
}

/** `app` = the headless robot host as users run it · `library` = our Robot in plain Node, doing exactly what the peer's program does. */
type Contender = 'app' | 'library' | 'peer';
const ORDER: readonly Contender[] = ['app', 'library', 'peer', 'peer', 'library', 'app'];
const ABOUT_APP =
  `ours is the headless robot-host app, which also draws its camera's picture and runs a ${STATE_HZ} Hz loop through safety to a simulated arm, and sends one state a picture; ` +
  'the figures named library_ are our Robot in plain Node on exactly the peer program\'s work';

export const cpuRobotRow: Row = {
  name: 'cpu-robot-480p30',
  unit: 'CPU s/s',
  about: `CPU of a robot that sends H.264 640×480 at 30 fps and state at ${STATE_HZ} Hz (user and system, whole process tree)`,
  async measure(context) {
    const turns = await costTurns(context);
    const { app, library, peer } = turns.found;
    return bothOurs(cpuFigures(app), cpuFigures(library), cpuFigures(peer), notesOf(turns, ABOUT_APP));
  },
};

export const rssRobotRow: Row = {
  name: 'rss-robot-480p30',
  unit: 'MB',
  about: 'memory of the same robot: peak (VmHWM, summed over the process tree) and proportional (Pss) at the end',
  async measure(context) {
    const turns = await costTurns(context);
    const { app, library, peer } = turns.found;
    return bothOurs(memoryFigures(app), memoryFigures(library), memoryFigures(peer), notesOf(turns, `${ABOUT_APP}; peak counts pages that Electron's processes share once in each of them, proportional once in all`));
  },
};

/** The peer's figures stand beside both of ours. */
function bothOurs(app: Figures, library: Figures, peer: Figures, notes: { note?: string; error?: string }): Measured {
  const asLibrary = (figures: Figures): Figures =>
    Object.fromEntries(Object.entries(figures).filter(([name]) => name !== 'samples').map(([name, value]) => [`library_${name}`, value]));
  return { ours: { ...app, ...asLibrary(library) }, peer: { ...peer, ...asLibrary(peer) }, ...notes };
}

/** Both rows look at the same turns. */
const measured = new WeakMap<BenchContext, Promise<Turns<Contender, Cost>>>();

function costTurns(context: BenchContext): Promise<Turns<Contender, Cost>> {
  const known = measured.get(context);
  if (known !== undefined) return known;
  const turns = takeTurnsIn(context, 'robot cost', ORDER, (who) => (who === 'app' ? appCost(context) : programCost(context, who === 'peer' ? 'peer' : 'ours')));
  measured.set(context, turns);
  return turns;
}

async function programCost(context: BenchContext, side: Side): Promise<Cost> {
  let cost: Cost | null = null;
  await streamTurn(context, {
    row: 'robot-cost',
    robot: side,
    // The same receiver for everybody, so that its load and its feedback to the encoder are the same too.
    operator: 'peer',
    operatorMode: 'observe',
    fps: SIZE.fps,
    stateHz: STATE_HZ,
    video: writeMovingPicture(context.folder, SIZE),
    during: async (robot, forMs) => { cost = await watch(robot, forMs); },
  });
  if (cost === null) throw new Error('nothing was measured');
  return cost;
}

async function appCost(context: BenchContext): Promise<Cost> {
  const session = freshSession('robot-cost');
  const app = await context.app();
  const robot = startRobotHost(app, context.server, { session, folder: context.folder, camera: SIZE });
  const started = [robot];
  try {
    await robot.event('connected', READY_MS);
    const tokens = [await tokenFor(context, session, 'operator')];
    const operator = context.programs.operator('peer', { mode: 'observe', url: context.server.url, tokens, session, fps: SIZE.fps, claims: 0, attempts: 1, video: 'h264' });
    started.push(operator);
    await operator.event('ready', READY_MS);
    await pause(WARM_UP_MS);
    const cost = await watch(robot, measuredMs(context));
    operator.say('finish');
    const { observed = [] } = await operator.event('result', READY_MS);
    if (observed.length === 0) throw new Error('the operator observed nothing of the robot host');
    return cost;
  } finally {
    await Promise.all(started.map((side) => side.stop()));
  }
}

async function watch(robot: SideProcess, forMs: number): Promise<Cost> {
  const tree = new ProcessTree(robot.pid);
  const cpu: number[] = [];
  const first = { at: performance.now(), cpu: tree.cpuSeconds() };
  let last = first;
  while (last.at - first.at < forMs - LOOK_MS / 2) {
    await pause(LOOK_MS);
    const now = { at: performance.now(), cpu: tree.cpuSeconds() };
    cpu.push((now.cpu - last.cpu) / ((now.at - last.at) / 1000));
    last = now;
    tree.peakMb();
  }
  return { cpu, cpuMean: (last.cpu - first.cpu) / ((last.at - first.at) / 1000), peakMb: tree.peakMb(), proportionalMb: tree.proportionalMb() };
}

function cpuFigures(found: readonly Cost[]): Figures {
  return { mean: mean(found.map((cost) => cost.cpuMean), 3), ...percentiles(found.flatMap((cost) => cost.cpu)) };
}

function memoryFigures(found: readonly Cost[]): Figures {
  return { peak: found.length === 0 ? null : round(Math.max(...found.map((cost) => cost.peakMb)), 1), proportional: mean(found.map((cost) => cost.proportionalMb), 1) };
}

function mean(values: readonly number[], digits: number): number | null {
  return values.length === 0 ? null : round(values.reduce((sum, value) => sum + value, 0) / values.length, digits);
}
