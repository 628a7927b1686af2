import type { BenchContext, Row } from '../context.ts';
import { type PictureSize, writeMovingPicture } from '../moving-picture.ts';
import { percentiles } from '../percentiles.ts';
import type { Figures, Measured } from '../result.ts';
import { sampleTurn, type SampleFound } from '../sampling.ts';
import { notesOf, takeTurns } from '../turns.ts';

/** Joins a turn. */
const CONNECTS = 10;
/** Fast enough for the wait for the next state to be small beside the rest. */
const STATE_HZ = 100;

/** From nothing to the first observation: of states alone, or with the camera's picture, which has to be subscribed to and begins with a key frame. */
export function connectRow(name: string, size: PictureSize | null): Row {
  return {
    name,
    unit: 'ms',
    about: `operator: connect() called until its first observation, of ${size === null ? `states at ${STATE_HZ} Hz` : `states with an H.264 ${size.width}×${size.height} picture each, ${size.fps} a second`}`,
    async measure(context: BenchContext): Promise<Measured> {
      const video = size === null ? null : writeMovingPicture(context.folder, size);
      const turns = await takeTurns(context, name, (side) =>
        sampleTurn(context, { row: name, side, mode: 'connect', connects: CONNECTS, claims: 0, stateHz: size?.fps ?? STATE_HZ, video }));
      return { ours: figures(turns.found.ours), peer: figures(turns.found.peer), ...notesOf(turns) };
    },
  };
}

function figures(found: readonly SampleFound[]): Figures {
  return { ...percentiles(found.flatMap((turn) => turn.samples)), refused: found.reduce((sum, turn) => sum + turn.refused, 0) };
}
