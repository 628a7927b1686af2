import type { BenchContext, Row } from '../context.ts';
import { sampleTurn, type SampleFound } from '../sampling.ts';
import { percentiles } from '../percentiles.ts';
import type { Figures, Measured } from '../result.ts';
import { notesOf, takeTurns } from '../turns.ts';

/** Claims a turn, each after a release. */
const CLAIMS = 50;

export const claimRow: Row = {
  name: 'claim',
  unit: 'ms',
  about: 'operator: setActiveOperator(itself) called until the robot has confirmed it',
  async measure(context: BenchContext): Promise<Measured> {
    const turns = await takeTurns(context, 'claim', (side) => sampleTurn(context, { row: 'claim', side, mode: 'claim', connects: 1, claims: CLAIMS, stateHz: 0, video: null }));
    const figures = (found: readonly SampleFound[]): Figures => percentiles(found.flatMap((turn) => turn.samples));
    return { ours: figures(turns.found.ours), peer: figures(turns.found.peer), ...notesOf(turns) };
  },
};
