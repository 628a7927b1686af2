import { setTimeout as pause } from 'node:timers/promises';
import { freshSession, tokenFor, type BenchContext } from './context.ts';
import type { Aged, JobVideo, OperatorJob } from './job.ts';
import type { Side } from './programs.ts';
import type { SideProcess } from './side-process.ts';
import { TURNS_EACH } from './turns.ts';

/** Time that is not measured: the encoder finds its bit rate, the interpreter its feet. */
export const WARM_UP_MS = 2500;
/** Time for what was sent last to arrive. */
const TAIL_MS = 1200;
export const READY_MS = 30_000;
const ANSWER_MS = 15_000;

export interface StreamTurn {
  row: string;
  robot: Side;
  operator: Side;
  operatorMode: OperatorJob['mode'];
  /** The session's tick rate. */
  fps: number;
  stateHz: number;
  video: JobVideo | null;
  /** Operators without control that send actions all the while, at the fps. */
  rivals?: number;
  /** Runs while the measured time passes, with the robot's process. */
  during?: (robot: SideProcess, forMs: number) => Promise<void>;
}

export interface StreamFound {
  /** Of what was sent in the measured time only. */
  answers: readonly Aged[];
  observed: readonly Aged[];
  captured: number;
  stated: number;
  /** Chunks sent. */
  chunks: number;
}

/** Measured time of one turn. */
export function measuredMs(context: BenchContext): number {
  return (context.seconds * 1000) / TURNS_EACH;
}

/** One robot and one operator, streaming for this side's share of the measured time. */
export async function streamTurn(context: BenchContext, turn: StreamTurn): Promise<StreamFound> {
  const session = freshSession(turn.row);
  const forMs = measuredMs(context);
  const { url } = context.server;
  const [robotToken, operatorToken] = [await tokenFor(context, session, 'robot'), await tokenFor(context, session, 'operator')];
  const started: SideProcess[] = [];
  try {
    const robot = context.programs.robot(turn.robot, { url, token: robotToken, session, fps: turn.fps, stateHz: turn.stateHz, video: turn.video });
    started.push(robot);
    await robot.event('ready', READY_MS);
    const operator = context.programs.operator(turn.operator, {
      mode: turn.operatorMode, url, tokens: [operatorToken], session, fps: turn.fps, claims: 0, attempts: 1, video: turn.video?.codec ?? null,
    });
    started.push(operator);
    await operator.event('ready', READY_MS);

    for (let i = 0; i < (turn.rivals ?? 0); i++) {
      const token = await tokenFor(context, session, 'operator', `rival-${i}`);
      const rival = context.programs.operator(turn.operator, { mode: 'rival', url, tokens: [token], session, fps: turn.fps, claims: 0, attempts: 1, video: null });
      started.push(rival);
      await rival.event('ready', READY_MS);
    }

    robot.say('go');
    await pause(WARM_UP_MS);
    const fromUs = Date.now() * 1000;
    await (turn.during?.(robot, forMs) ?? pause(forMs));
    const toUs = Date.now() * 1000;
    robot.say('hush');
    const sent = await robot.event('sent', ANSWER_MS);
    await pause(TAIL_MS);
    for (const side of started) side.say('finish');
    const { answers = [] } = await robot.event('result', ANSWER_MS);
    const { observed = [], chunks = [] } = await operator.event('result', ANSWER_MS);
    const measured = (timestampUs: number): boolean => timestampUs >= fromUs && timestampUs < toUs;
    return {
      answers: answers.filter(([timestampUs]) => measured(timestampUs)),
      observed: observed.filter(([timestampUs]) => measured(timestampUs)),
      captured: sent.captured.filter(measured).length,
      stated: sent.stated.filter(measured).length,
      chunks: chunks.filter(measured).length,
    };
  } finally {
    await Promise.all(started.map((side) => side.stop()));
  }
}
