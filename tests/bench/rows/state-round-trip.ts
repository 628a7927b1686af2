import { type BenchContext, type Row } from '../context.ts';
import { percentiles } from '../percentiles.ts';
import { round, type Figures, type Measured } from '../result.ts';
import { streamTurn, type StreamFound } from '../streaming.ts';
import { notesOf, takeTurns } from '../turns.ts';

/** Robot sends state, operator answers each with an action, robot measures from the state's timestamp to the action's callback. */
export function stateRoundTrip(hz: number): Row {
  const name = `state-${hz}`;
  return {
    name,
    unit: 'ms',
    about: `state to action and back at ${hz} Hz, as the robot sees it`,
    async measure(context: BenchContext): Promise<Measured> {
      const turns = await takeTurns(context, name, (side) =>
        streamTurn(context, { row: name, robot: side, operator: side, operatorMode: 'echo', fps: hz, stateHz: hz, video: null }));
      return { ours: figures(turns.found.ours), peer: figures(turns.found.peer), ...notesOf(turns) };
    },
  };
}

function figures(found: readonly StreamFound[]): Figures {
  const stated = found.reduce((sum, turn) => sum + turn.stated, 0);
  const ages = found.flatMap((turn) => turn.answers.map(([, ageMs]) => ageMs));
  return { ...percentiles(ages), answered: stated === 0 ? null : round((100 * ages.length) / stated, 1) };
}
