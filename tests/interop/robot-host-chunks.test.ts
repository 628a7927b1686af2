import { expect, it } from 'vitest';
import { describeWithServer } from '../fakes/livekit-server.ts';
import { describeWithPeer } from '../fakes/with-python-peer.ts';
import { chunkYaml, drivenHosts, play } from './driven-host.ts';

const ROWS = 30;
/** A machine that gets to fewer than half the rows says nothing of them: it plays them again. */
const PLAYS = 5;

describeWithServer('our robot host on a real server', (server) => {
  describeWithPeer('with a policy of the Python peer 0.2.8', () => {
    const start = drivenHosts(server);

    it('plays its chunk row by row, in order', { timeout: 180_000 }, async () => {
      const host = await start(chunkYaml(ROWS));
      const { policy, pans } = host;
      const executed = async (): Promise<number> => (JSON.parse((await policy.tell('rpc', { method: 'portal_console.status' })) as string) as { executed: number }).executed;
      const rowsPlayed: number[] = [];
      while (rowsPlayed.length < PLAYS && (rowsPlayed.at(-1) ?? 0) <= ROWS / 2) {
        let chunks = 0;
        const before = await executed();
        const seen = await play(host, (from) => {
          chunks += 1;
          return Array.from({ length: ROWS }, (_, row) => from + (row + 1) / 5);
        }, ROWS / 5 - 0.3);
        const moved = pans().slice(seen);
        expect(moved.every((pan, n) => n === 0 || pan >= (moved[n - 1] ?? 0) - 0.05), 'rows in order').toBe(true);
        rowsPlayed.push((await executed()) - before);
        expect(rowsPlayed.at(-1)).toBeLessThanOrEqual(ROWS * chunks);
      }
      expect(rowsPlayed.at(-1)).toBeGreaterThan(ROWS / 2);
    });
  });
});
