import type { BenchContext, Row } from '../context.ts';
import { sampleTurn, type SampleFound } from '../sampling.ts';
import { percentiles } from '../percentiles.ts';
import type { Figures, Measured } from '../result.ts';
import { notesOf, takeTurns } from '../turns.ts';

/** Joins a turn. */
const CONNECTS = 10;

export const connectRow: Row = {
  name: 'connect',
  unit: 'ms',
  about: 'operator: connect() called until connected and the robot known',
  async measure(context: BenchContext): Promise<Measured> {
    const turns = await takeTurns(context, 'connect', (side) => sampleTurn(context, { row: 'connect', side, mode: 'connect', connects: CONNECTS, claims: 0 }));
    return { ours: figures(turns.found.ours), peer: figures(turns.found.peer), ...notesOf(turns) };
  },
};

function figures(found: readonly SampleFound[]): Figures {
  return { ...percentiles(found.flatMap((turn) => turn.samples)), refused: found.reduce((sum, turn) => sum + turn.refused, 0) };
}
