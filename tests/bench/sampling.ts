import { freshSession, tokenFor, type BenchContext } from './context.ts';
import type { JobVideo, OperatorJob } from './job.ts';
import type { Side } from './programs.ts';
import type { SideProcess } from './side-process.ts';

const READY_MS = 30_000;
const SAMPLES_MS = 90_000;
/** A busy server now and then answers a signal request late; whoever uses either library tries again. */
const ATTEMPTS = 3;

export interface SampleTurn {
  row: string;
  side: Side;
  mode: Extract<OperatorJob['mode'], 'connect' | 'claim'>;
  connects: number;
  claims: number;
  /** The robot sends states all the while, each with a frame where there is a video. */
  stateHz: number;
  video: JobVideo | null;
}

export interface SampleFound {
  /** ms. */
  samples: readonly number[];
  /** Connects that failed and were tried again; their time is in the samples. */
  refused: number;
}

/** A robot that stands by, or streams, while an operator of the same side does one thing again and again. */
export async function sampleTurn(context: BenchContext, turn: SampleTurn): Promise<SampleFound> {
  const session = freshSession(turn.row);
  const { url } = context.server;
  const token = await tokenFor(context, session, 'robot');
  const tokens = await Promise.all(Array.from({ length: turn.connects }, (_, i) => tokenFor(context, session, 'operator', `operator-${i}`)));
  const started: SideProcess[] = [];
  try {
    const robot = context.programs.robot(turn.side, { url, token, session, fps: 30, stateHz: turn.stateHz, video: turn.video });
    started.push(robot);
    await robot.event('ready', READY_MS);
    if (turn.stateHz > 0) robot.say('go');
    const operator = context.programs.operator(turn.side, { mode: turn.mode, url, tokens, session, fps: 30, claims: turn.claims, attempts: ATTEMPTS, video: turn.video?.codec ?? null });
    started.push(operator);
    await operator.event('ready', READY_MS);
    operator.say('go');
    const { samples = [], refused = 0 } = await operator.event('result', SAMPLES_MS);
    return { samples, refused };
  } finally {
    await Promise.all(started.map((side) => side.stop()));
  }
}
