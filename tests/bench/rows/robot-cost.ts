import { setTimeout as pause } from 'node:timers/promises';
import type { BenchContext, Row } from '../context.ts';
import { writeMovingPicture } from '../moving-picture.ts';
import { percentiles } from '../percentiles.ts';
import { ProcessTree } from '../process-tree.ts';
import { round, type Figures } from '../result.ts';
import type { SideProcess } from '../side-process.ts';
import { streamTurn } from '../streaming.ts';
import { notesOf, takeTurns, type Turns } from '../turns.ts';

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

export const cpuRobotRow: Row = {
  name: 'cpu-robot-480p30',
  unit: 'CPU s/s',
  about: 'CPU of a robot that sends H.264 640×480 at 30 fps and state at 100 Hz (user and system, whole process tree)',
  async measure(context) {
    const turns = await costTurns(context);
    return { ours: cpuFigures(turns.ours), peer: cpuFigures(turns.peer), ...notesOf(turns) };
  },
};

export const rssRobotRow: Row = {
  name: 'rss-robot-480p30',
  unit: 'MB',
  about: 'memory of the same robot: peak (VmHWM, summed over the process tree) and proportional (Pss) at the end',
  async measure(context) {
    const turns = await costTurns(context);
    return { ours: memoryFigures(turns.ours), peer: memoryFigures(turns.peer), ...notesOf(turns) };
  },
};

/** Both rows look at the same turns. */
const measured = new WeakMap<BenchContext, Promise<Turns<Cost>>>();

function costTurns(context: BenchContext): Promise<Turns<Cost>> {
  const known = measured.get(context);
  if (known !== undefined) return known;
  const turns = takeTurns(context, 'robot cost', (side) => costTurn(context, side));
  measured.set(context, turns);
  return turns;
}

async function costTurn(context: BenchContext, side: 'ours' | 'peer'): Promise<Cost> {
  let cost: Cost | null = null;
  await streamTurn(context, {
    row: 'robot-cost',
    robot: side,
    // The same receiver for both, so that its load and its feedback to the encoder are the same too.
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
