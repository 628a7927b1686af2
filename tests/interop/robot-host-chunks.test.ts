import { expect, it } from 'vitest';
import { describeWithServer } from '../fakes/livekit-server.ts';
import { describeWithPeer } from '../fakes/with-python-peer.ts';
import { chunkYaml, drivenHosts, PAN } from './driven-host.ts';

const ROWS = 30;

describeWithServer('our robot host on a real server', (server) => {
  describeWithPeer('with a policy of the Python peer 0.2.8', () => {
    const start = drivenHosts(server);

    it('plays its chunk row by row, in order', { timeout: 90_000 }, async () => {
      const { policy, pans } = await start(chunkYaml(ROWS));
      const from = pans().at(-1) ?? Number.NaN;
      const rows = Array.from({ length: ROWS }, (_, row) => from + (row + 1) / 5);
      await policy.tell('chunk', { name: 'plan', columns: { [PAN]: rows } });
      await policy.until('the last row', () => (pans().at(-1) ?? 0) > from + ROWS / 5 - 0.3, 30_000);
      const moved = pans().slice(pans().findIndex((pan) => pan > from + 0.1));
      expect(moved.every((pan, n) => n === 0 || pan >= (moved[n - 1] ?? 0) - 0.05), 'rows in order').toBe(true);
      const { executed } = JSON.parse((await policy.tell('rpc', { method: 'portal_console.status' })) as string) as { executed: number };
      expect(executed).toBeLessThanOrEqual(ROWS);
      expect(executed).toBeGreaterThan(ROWS / 2);
    });
  });
});
