import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { OperatorJob, RobotJob } from './job.ts';
import { SideProcess } from './side-process.ts';

export type Side = 'ours' | 'peer';
export const SIDES = ['ours', 'peer'] as const satisfies readonly Side[];

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');

/** Starts the programs of either side, each in a process of its own. */
export interface Programs {
  robot(side: Side, job: RobotJob): SideProcess;
  operator(side: Side, job: OperatorJob): SideProcess;
}

/** Our programs as plain JavaScript, so that no compiler counts as our CPU or memory; resolves with their folder. */
export async function buildOurPrograms(): Promise<string> {
  const folder = join(ROOT, 'out/bench');
  const vite = join(ROOT, 'node_modules/vite/bin/vite.js');
  for (const name of ['robot', 'operator', 'screen-probe']) {
    const args = ['--ssr', `tests/bench/ours/${name}.ts`, '--outDir', folder, '--emptyOutDir', 'false', '--minify', 'false', '--logLevel', 'warn'];
    await run(process.execPath, [vite, 'build', ...args], { cwd: ROOT });
  }
  return folder;
}

export function createPrograms(folder: string, peerPython: string): Programs {
  const start = (side: Side, role: 'robot' | 'operator', job: object): SideProcess => {
    const command =
      side === 'ours' ? [process.execPath, join(folder, `${role}.js`)] : [peerPython, join(ROOT, `tests/bench/peer/peer_${role}.py`)];
    return SideProcess.start(`${side} ${role}`, [...command, JSON.stringify(job)], { ...process.env, PYTHONUNBUFFERED: '1', PYTHONDONTWRITEBYTECODE: '1' });
  };
  return { robot: (side, job) => start(side, 'robot', job), operator: (side, job) => start(side, 'operator', job) };
}
