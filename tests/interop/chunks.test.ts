import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { DTYPES, type DType } from '../../shared/portal/dtype.ts';
import type { Scalar } from '../../shared/portal/types.ts';
import { describeWithServer } from '../fakes/livekit-server.ts';
import { until } from '../fakes/until.ts';
import { describeWithPeer } from '../fakes/with-python-peer.ts';
import { openBothWays, type BothWays } from './both-ways.ts';
import { columnsFromPeer, columnsToPeer } from './peer-values.ts';

const joints = (count: number): string => Array.from({ length: count }, (_, index) => `{ name: j${index}, dtype: f32 }`).join(', ');
const YAML = `version: 1
fps: 50
action:
  - { name: j0, dtype: f32 }
action_chunks:
  - { name: act, horizon: 50, fields: [ ${joints(6)} ] }
  - { name: big, horizon: 1000, fields: [ ${joints(24)} ] }
  - { name: bounds, horizon: 4, fields: [ ${DTYPES.map((dtype) => `{ name: a_${dtype}, dtype: ${dtype} }`).join(', ')} ] }
`;

type Columns = Record<string, Scalar[]>;
const ramp = (fields: number, horizon: number): Columns =>
  Object.fromEntries(Array.from({ length: fields }, (_, field) => [`j${field}`, Array.from({ length: horizon }, (_, step) => field * 1000 + step / 4)]));

/** What is sent, a row longer or shorter than the horizon of 4 here and there, and what arrives. */
const BOUNDS: Record<DType, readonly [sent: Scalar[], received: number[]]> = {
  f64: [[NaN, Infinity, -Infinity, 0.1], [NaN, Infinity, -Infinity, 0.1]],
  f32: [[1e39, -1e39, NaN, 0.1], [Infinity, -Infinity, NaN, Math.fround(0.1)]],
  i32: [[2147483648, -2147483649, 5, -5], [2147483647, -2147483648, 5, -5]],
  i16: [[40000, -40000], [32767, -32768, 0, 0]],
  i8: [[128, -129, 1, 2, 99, 98], [127, -128, 1, 2]],
  u32: [[4294967296, -1, 1, 2], [4294967295, 0, 1, 2]],
  u16: [[], [0, 0, 0, 0]],
  u8: [[256, -1, 255, 0], [255, 0, 255, 0]],
  bool: [[true, false, true, true], [1, 0, 1, 1]],
};
const BOUNDS_SENT = Object.fromEntries(DTYPES.map((dtype) => [`a_${dtype}`, BOUNDS[dtype][0]]));
const BOUNDS_RECEIVED = Object.fromEntries(DTYPES.map((dtype) => [`a_${dtype}`, BOUNDS[dtype][1]]));

const CASES: readonly [title: string, name: string, sent: Columns, received: Columns][] = [
  ['50 × 6 of f32', 'act', ramp(6, 50), ramp(6, 50)],
  ['96 KB, beyond one packet and one stream chunk', 'big', ramp(24, 1000), ramp(24, 1000)],
  ['all nine dtypes at their bounds, short and long and empty columns', 'bounds', BOUNDS_SENT, BOUNDS_RECEIVED],
  ['a column that is left out is zeros', 'bounds', { a_i8: [1, 2, 3, 4] }, { ...Object.fromEntries(DTYPES.map((dtype) => [`a_${dtype}`, [0, 0, 0, 0]])), a_i8: [1, 2, 3, 4] }],
];

describeWithServer('action chunks', (server) => {
  describeWithPeer('several names in one portal.yaml', () => {
    let sides: BothWays;
    beforeAll(async () => { sides = await openBothWays(server(), YAML); });
    afterAll(async () => { await sides.close(); });
    beforeEach(() => {
      sides.ourRobot.chunks.length = 0;
      sides.theirRobot.events.length = 0;
    });

    it.each(CASES)('%s: our operator → their robot', async (_title, name, sent, received) => {
      sides.ourDesk.operator.sendActionChunk(name, sent, { timestampUs: 1_000_001, inReplyToTsUs: 1_000_000 });
      await sides.theirRobot.until('a chunk', () => sides.theirRobot.eventsOf('chunk').length === 1);
      const [chunk] = sides.theirRobot.eventsOf('chunk');
      expect(chunk).toMatchObject({ name, sender: 'desk', timestamp_us: 1_000_001, in_reply_to_ts_us: 1_000_000, horizon: Object.values(received)[0]?.length });
      expect(columnsFromPeer(chunk?.['columns'])).toEqual(received);
    });

    it.each(CASES)('%s: their operator → our robot', async (_title, name, sent, received) => {
      await sides.theirDesk.tell('chunk', { name, columns: columnsToPeer(sent), timestamp_us: 1_000_001, in_reply_to_ts_us: 1_000_000 });
      await until('a chunk', () => sides.ourRobot.chunks.length === 1);
      expect(sides.ourRobot.chunks[0]).toMatchObject({ name, sender: 'desk', timestampUs: 1_000_001, inReplyToTsUs: 1_000_000, horizon: Object.values(received)[0]?.length });
      expect(sides.ourRobot.chunks[0]?.columns).toEqual(received);
    });

    it('a burst arrives whole in both directions, and here in order', { timeout: 180_000 }, async () => {
      const COUNT = 300;
      for (let step = 0; step < COUNT; step++) {
        const columns = { ...ramp(6, 50), j0: [step] };
        sides.ourDesk.operator.sendActionChunk('act', columns);
        await sides.theirDesk.tell('chunk', { name: 'act', columns });
      }
      const steps = Array.from({ length: COUNT }, (_, step) => step);
      await sides.theirRobot.until('all chunks', () => sides.theirRobot.eventsOf('chunk').length === COUNT, 60_000);
      await until('all chunks', () => sides.ourRobot.chunks.length === COUNT, { deadlineMs: 60_000, seen: () => [sides.ourRobot.chunks.length, sides.ourRobot.warnings] });
      // The peer reads each stream in a task of its own, so that two neighbours may change places there on a busy machine.
      const theirs = sides.theirRobot.eventsOf('chunk').map(({ columns }) => Number((columns as Columns)['j0']?.[0]));
      expect(theirs.toSorted((a, b) => a - b)).toEqual(steps);
      expect(sides.ourRobot.chunks.map(({ columns }) => columns['j0']?.[0])).toEqual(steps);
    });

    it('a name that is not declared is refused at the call: by both', async () => {
      expect(() => { sides.ourDesk.operator.sendActionChunk('nobody', {}); }).toThrow(expect.objectContaining({ code: 'UNKNOWN_CHUNK' }) as Error);
      await expect(sides.theirDesk.tell('chunk', { name: 'nobody', columns: {} })).rejects.toMatchObject({ type: 'UnknownChunk' });
    });
  });
});
