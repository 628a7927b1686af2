import { expect, it } from 'vitest';
import { describeWithServer } from '../fakes/livekit-server.ts';
import { describeWithPeer } from '../fakes/with-python-peer.ts';
import { ofKind, until } from '../unit/main/loopback-ports.ts';
import { chunkYaml, drivenHosts, holdsOf, play } from './driven-host.ts';

/** Half a minute at 20 rows a second: nobody waits for its end here. */
const ROWS = 600;
/** 1 s of unanswered pings and 300 ms of silence, with slack for a busy machine; the server takes at least 10 s to notice. */
const HELD_WITHIN_MS = 9000;
const TRIES = 5;

describeWithServer('our robot host on a real server', (server) => {
  describeWithPeer('whose driver, the Python peer 0.2.8, plays a long chunk and then', () => {
    const start = drivenHosts(server);

    it.each([
      ['is killed', 'kill', ''],
      ['is stopped dead without its connection ending', 'freeze', ''],
      ['is killed, with pings turned off in its portal.yaml', 'kill', 'ping_ms: 0\n'],
    ] as const)('%s: the rest is dropped and the arm holds, long before the server says that it left', { timeout: 300_000 }, async (_name, how, head) => {
      for (let tries = 1; ; tries += 1) {
        const host = await start(chunkYaml(ROWS, head));
        const { robot, policy } = host;
        // More than twice the time after which an unheard driver's chunk is dropped: this one answers.
        await play(host, (from) => Array.from({ length: ROWS }, (_, row) => from + row / 20), 2.5);
        const holds = holdsOf(host).length;
        await policy[how]();
        await until('it holds', () => holdsOf(host).length > holds, HELD_WITHIN_MS);
        expect(ofKind(robot.events, 'operator_left'), 'the server has noticed nothing').toEqual([]);
        // One that is frozen cannot leave by itself.
        await policy.kill();
        // A loop that paused just then held for that, and nobody was silent yet.
        if (tries < TRIES && holdsOf(host)[holds]?.includes('busy') === true) continue;
        expect(ofKind(robot.events, 'warning').map(({ tag }) => tag)).toContain('driver-silent');
        return;
      }
    });
  });
});
