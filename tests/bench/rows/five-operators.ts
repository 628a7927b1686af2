import { setTimeout as pause } from 'node:timers/promises';
import type { BenchContext, Row } from '../context.ts';
import { percentiles } from '../percentiles.ts';
import { ProcessTree } from '../process-tree.ts';
import type { Side } from '../programs.ts';
import { round, type Figures, type Measured } from '../result.ts';
import { streamTurn, type StreamFound } from '../streaming.ts';
import { notesOf, takeTurns } from '../turns.ts';

const HZ = 60;
const RIVALS = 4;

type Found = StreamFound & { cpu: number };

/** Five operators stream actions and one of them drives: what the other four cost the robot, and the one that counts. */
export const fiveOperatorsRow: Row = {
  name: 'five-operators',
  unit: 'ms',
  about: `state to action and back at ${HZ} Hz for the active one of five operators that all send actions, the share executed, and the robot's CPU`,
  async measure(context: BenchContext): Promise<Measured> {
    const turns = await takeTurns(context, 'five-operators', (side) => turn(context, side));
    return { ours: figures(turns.found.ours), peer: figures(turns.found.peer), ...notesOf(turns, 'six programs of one side at a time share the machine') };
  },
};

async function turn(context: BenchContext, side: Side): Promise<Found> {
  let cpu = 0;
  const found = await streamTurn(context, {
    row: 'five-operators', robot: side, operator: side, operatorMode: 'echo', rivals: RIVALS, fps: HZ, stateHz: HZ, video: null,
    during: async (robot, forMs) => {
      const tree = new ProcessTree(robot.pid);
      const before = { at: performance.now(), cpu: tree.cpuSeconds() };
      await pause(forMs);
      cpu = (tree.cpuSeconds() - before.cpu) / ((performance.now() - before.at) / 1000);
    },
  });
  return { ...found, cpu };
}

function figures(found: readonly Found[]): Figures {
  const stated = found.reduce((sum, one) => sum + one.stated, 0);
  const ages = found.flatMap((one) => one.answers.map(([, ageMs]) => ageMs));
  return {
    ...percentiles(ages),
    answered: stated === 0 ? null : round((100 * ages.length) / stated, 1),
    cpu: found.length === 0 ? null : round(found.reduce((sum, one) => sum + one.cpu, 0) / found.length, 3),
  };
}
