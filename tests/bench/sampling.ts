import { freshSession, tokenFor, type BenchContext } from './context.ts';
import type { OperatorJob } from './job.ts';
import type { Side } from './programs.ts';
import type { SideProcess } from './side-process.ts';

const READY_MS = 30_000;
const SAMPLES_MS = 90_000;

export interface SampleTurn {
  row: string;
  side: Side;
  mode: Extract<OperatorJob['mode'], 'connect' | 'claim'>;
  connects: number;
  claims: number;
}

/** A robot that stands by while an operator of the same side does one thing again and again; its durations in ms. */
export async function sampleTurn(context: BenchContext, turn: SampleTurn): Promise<readonly number[]> {
  const session = freshSession(turn.row);
  const { url } = context.server;
  const token = await tokenFor(context, session, 'robot');
  const tokens = await Promise.all(Array.from({ length: turn.connects }, (_, i) => tokenFor(context, session, 'operator', `operator-${i}`)));
  const started: SideProcess[] = [];
  try {
    const robot = context.programs.robot(turn.side, { url, token, session, fps: 30, stateHz: 0, video: null });
    started.push(robot);
    await robot.event('ready', READY_MS);
    const operator = context.programs.operator(turn.side, { mode: turn.mode, url, tokens, session, fps: 30, claims: turn.claims, video: false });
    started.push(operator);
    await operator.event('ready', READY_MS);
    operator.say('go');
    return (await operator.event('result', SAMPLES_MS)).samples ?? [];
  } finally {
    await Promise.all(started.map((side) => side.stop()));
  }
}
