import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach } from 'vitest';
import { LivekitTransport } from '../../main/transport/livekit-transport.ts';
import { mintToken } from '../../main/transport/token.ts';
import { SO101_JOINTS } from '../../shared/so101-joints.ts';
import type { TestServer } from '../fakes/livekit-server.ts';
import type { PythonPeer } from '../fakes/python-peer.ts';
import { peerStarter } from '../fakes/with-python-peer.ts';
import { ofKind, StationBench, until } from '../unit/main/loopback-ports.ts';

/** The joint that these tests move. */
export const PAN = 'shoulder_pan.pos';
const FIELDS = SO101_JOINTS.map(({ name }) => `  - { name: ${name}, dtype: f32 }`).join('\n');

/** 20 rows a second of `PAN` alone, `rows` of them in a chunk `plan`; `head` are further keys. The slack is 3 s, for a busy encoder. */
export function chunkYaml(rows: number, head = ''): string {
  return `version: 1\nfps: 20\nslack: 60\n${head}videos:\n  - { name: front, codec: h264 }\nstate:\n${FIELDS}\naction:\n${FIELDS}\naction_chunks:\n  - { name: plan, horizon: ${rows}, fields: [ { name: ${PAN}, dtype: f32 } ] }\n`;
}

export interface DrivenHost {
  robot: Awaited<ReturnType<StationBench['start']>>;
  policy: PythonPeer;
  /** Where `PAN` was in each observation so far. */
  pans(): number[];
}

const PLAYED_WITHIN_MS = 60_000;

/**
 * Lets the policy play a chunk of `rows` from where the arm is, until `PAN` is `way` further on; returns how many observations
 * there were before it. A loop that paused for 200 ms, or pings that nobody came to answer, end a chunk for good: then another
 * one follows, for on a busy machine that is neither the host's fault nor the policy's.
 */
export async function play(host: DrivenHost, rows: (from: number) => number[], way: number): Promise<number> {
  const { policy, pans } = host;
  const pan = (): number => pans().at(-1) ?? Number.NaN;
  const deadline = performance.now() + PLAYED_WITHIN_MS;
  while (performance.now() < deadline) {
    const [from, seen, holds] = [pan(), pans().length, holdsOf(host).length];
    const isHeld = (): boolean => holdsOf(host).length > holds;
    await policy.tell('chunk', { name: 'plan', columns: { [PAN]: rows(from) } });
    await policy.until('the way or a hold', () => pan() > from + way || isHeld(), 30_000);
    if (pan() > from + way) return seen;
    const heldAt = pans().length;
    await policy.until('where it holds', () => pans().length > heldAt + 3, 30_000);
  }
  throw new Error(`no chunk was played for ${way} within ${PLAYED_WITHIN_MS} ms; it held: ${holdsOf(host).join(', ')}`);
}

/** Why it held, each time so far. */
export function holdsOf({ robot }: DrivenHost): string[] {
  return ofKind(robot.events, 'host_state').filter(({ state }) => state === 'HOLDING').map(({ reason }) => reason);
}

/** Starts our robot host and an operator of the peer, `policy`, in a room of their own; resolves once it drives and observes. */
export function drivenHosts(server: () => TestServer): (portalYaml: string) => Promise<DrivenHost> {
  const startPeer = peerStarter();
  const bench = new StationBench();
  const folder = mkdtempSync(join(tmpdir(), 'interop-driven-'));
  afterEach(() => bench.close());
  afterAll(() => rmSync(folder, { recursive: true }));
  return async (portalYaml) => {
    const { url, apiKey, apiSecret } = server();
    const room = server().freshRoom();
    const yamlPath = join(folder, `${room}.yaml`);
    writeFileSync(yamlPath, portalYaml);
    bench.files.set(yamlPath, portalYaml);
    const robot = await bench.start(['robot-host', '--session', room, '--portal', yamlPath, '--camera', 'front:160x120'], {
      createTransport: () => new LivekitTransport(),
      mintToken,
      useLocalServer: () => Promise.resolve({ url, apiKey, apiSecret, stop: () => Promise.resolve() }),
    });
    // The peer writes its role itself, so it needs the grant that our own operators do without.
    const token = await server().token({ room, identity: 'policy' });
    const policy = await startPeer('peer_operator.py', { url, token, session: room, portal: yamlPath });
    await until('the policy is known', () => ofKind(robot.events, 'operator_joined').some(({ identity }) => identity === 'policy'));
    await policy.tell('claim', { identity: 'policy' });
    await until('it drives', () => ofKind(robot.events, 'active_operator').at(-1)?.identity === 'policy');
    const pans = (): number[] => policy.eventsOf('observation').map((event) => Number((event['state'] as Record<string, number>)[PAN]));
    await policy.until('observations', () => pans().length > 0, 30_000);
    return { robot, policy, pans };
  };
}
