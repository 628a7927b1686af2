import type { BenchContext, Row } from '../context.ts';
import { percentiles } from '../percentiles.ts';
import { round, type Figures, type Measured } from '../result.ts';
import { streamTurn, type StreamFound } from '../streaming.ts';
import { notesOf, takeTurns } from '../turns.ts';

/** Chunks a second: a policy that plans 50 rows ahead at 30 Hz and thinks again long before they run out. */
const CHUNK_HZ = 10;

/** From the send call on the operator to the callback on the robot, on one machine's clock. */
export const chunkTravel: Row = {
  name: 'chunk-50x6',
  unit: 'ms',
  about: `action chunk of 50 rows and 6 fields, sent by the operator until the robot's callback has it, ${CHUNK_HZ} a second`,
  async measure(context: BenchContext): Promise<Measured> {
    const turns = await takeTurns(context, 'chunk-50x6', (side) =>
      streamTurn(context, { row: 'chunk', robot: side, operator: side, operatorMode: 'chunk', fps: CHUNK_HZ, stateHz: 0, video: null }));
    return { ours: figures(turns.found.ours), peer: figures(turns.found.peer), ...notesOf(turns) };
  },
};

function figures(found: readonly StreamFound[]): Figures {
  const sent = found.reduce((sum, turn) => sum + turn.chunks, 0);
  const ages = found.flatMap((turn) => turn.answers.map(([, ageMs]) => ageMs));
  return { ...percentiles(ages), answered: sent === 0 ? null : round((100 * ages.length) / sent, 1) };
}
