import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ArmsJob, BusJob, OperatorJob, RobotJob } from './job.ts';
import { SideProcess } from './side-process.ts';

export type Side = 'ours' | 'peer';
export const SIDES = ['ours', 'peer'] as const satisfies readonly Side[];

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');

/** Starts the programs of either side, each in a process of its own. */
export interface Programs {
  robot(side: Side, job: RobotJob): SideProcess;
  operator(side: Side, job: OperatorJob): SideProcess;
  /** Ours alone. */
  arms(job: ArmsJob): SideProcess;
  bus(job: BusJob): SideProcess;
}

/** Our programs as plain JavaScript, so that no compiler counts as our CPU or memory; resolves with their folder. */
export async function buildOurPrograms(): Promise<string> {
  const folder = join(ROOT, 'out/bench');
  const vite = join(ROOT, 'node_modules/vite/bin/vite.js');
  for (const file of ['tests/bench/ours/robot.ts', 'tests/bench/ours/operator.ts', 'tests/bench/ours/arms.ts', 'tests/bench/ours/bus.ts', 'tests/bench/ours/screen-probe.ts', 'main/codecs/png-worker.js']) {
    const args = ['--ssr', file, '--outDir', folder, '--emptyOutDir', 'false', '--minify', 'false', '--logLevel', 'warn'];
    await run(process.execPath, [vite, 'build', ...args], { cwd: ROOT });
  }
  return folder;
}

export function createPrograms(folder: string, peerPython: string): Programs {
  const start = (name: string, command: readonly string[], job: object): SideProcess =>
    SideProcess.start(name, [...command, JSON.stringify(job)], { ...process.env, PYTHONUNBUFFERED: '1', PYTHONDONTWRITEBYTECODE: '1' });
  const ours = (program: string, job: object): SideProcess => start(`our ${program}`, [process.execPath, join(folder, `${program}.js`)], job);
  const either = (side: Side, role: 'robot' | 'operator', job: object): SideProcess =>
    side === 'ours' ? ours(role, job) : start(`peer ${role}`, [peerPython, join(ROOT, `tests/bench/peer/peer_${role}.py`)], job);
  return {
    robot: (side, job) => either(side, 'robot', job),
    operator: (side, job) => either(side, 'operator', job),
    arms: (job) => ours('arms', job),
    bus: (job) => ours('bus', job),
  };
}
