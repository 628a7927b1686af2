import type { BenchContext, Row } from '../context.ts';
import { type PictureSize, writeMovingPicture } from '../moving-picture.ts';
import { percentiles } from '../percentiles.ts';
import { round, type Figures, type Measured } from '../result.ts';
import { streamTurn, type StreamFound } from '../streaming.ts';
import { notesOf, takeTurns } from '../turns.ts';

const NAMES = { h264: 'H.264', raw: 'RAW', mjpeg: 'MJPEG' } as const;

/** Age of each observation when the operator's callback gets it: capture on the robot, encode, network, decode, match. */
export function videoAge(name: string, size: PictureSize): Row {
  return {
    name,
    unit: 'ms',
    about: `capture to observation, ${NAMES[size.codec ?? 'h264']} ${size.width}×${size.height} at ${size.fps} fps, and the share of frames observed`,
    async measure(context: BenchContext): Promise<Measured> {
      const video = writeMovingPicture(context.folder, size);
      const turns = await takeTurns(context, name, (side) =>
        streamTurn(context, { row: name, robot: side, operator: side, operatorMode: 'observe', fps: size.fps, stateHz: size.fps, video }));
      return { ours: figures(turns.found.ours), peer: figures(turns.found.peer), ...notesOf(turns) };
    },
  };
}

function figures(found: readonly StreamFound[]): Figures {
  const captured = found.reduce((sum, turn) => sum + turn.captured, 0);
  const ages = found.flatMap((turn) => turn.observed.map(([, ageMs]) => ageMs));
  return { ...percentiles(ages), observed: captured === 0 ? null : round((100 * ages.length) / captured, 1) };
}
