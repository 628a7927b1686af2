import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LivekitTransport } from '../../main/transport/livekit-transport.ts';
import { mintToken } from '../../main/transport/token.ts';
import { SO101_JOINTS } from '../../shared/so101-joints.ts';
import { describeWithServer } from '../fakes/livekit-server.ts';
import { describeWithPeer, peerStarter } from '../fakes/with-python-peer.ts';
import { ofKind, StationBench, until } from '../unit/main/loopback-ports.ts';

const FIELDS = SO101_JOINTS.map(({ name }) => `  - { name: ${name}, dtype: f32 }`).join('\n');
const PORTAL_YAML = `version: 1\nfps: 30\nslack: 60\nvideos:\n  - { name: front, codec: h264 }\nstate:\n${FIELDS}\naction:\n${FIELDS}\n`;
/** What is left of it for the robot is shorter than a calibration; a busy machine needs the rest. */
const CALLER_PATIENCE_MS = 8000;
const REST = Object.fromEntries(SO101_JOINTS.map(({ name, rest }) => [name, rest]));

interface PeerObservation {
  timestamp_us: number;
  state: Record<string, number>;
  frames: Record<string, { source: string; width: number; height: number; timestamp_us: number }>;
}

describeWithServer('our robot host on a real server', (server) => {
  describeWithPeer('with an operator of the Python peer 0.2.8', () => {
    const start = peerStarter();
    const bench = new StationBench();
    let folder: string;
    let yamlPath: string;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'interop-host-'));
      yamlPath = join(folder, 'portal.yaml');
      writeFileSync(yamlPath, PORTAL_YAML);
      bench.files.set(yamlPath, readFileSync(yamlPath, 'utf8'));
    });
    afterAll(async () => {
      await bench.close();
      rmSync(folder, { recursive: true });
    });

    it('is claimed, observed, driven, held on silence, and sent home', { timeout: 180_000 }, async () => {
      const { url, apiKey, apiSecret } = server();
      const room = server().freshRoom();
      const robot = await bench.start(['robot-host', '--session', room, '--portal', yamlPath, '--camera', 'front:320x240'], {
        createTransport: () => new LivekitTransport(),
        mintToken,
        useLocalServer: () => Promise.resolve({ url, apiKey, apiSecret, stop: () => Promise.resolve() }),
      });
      // The peer writes its role itself, so it needs the grant that our own operators do without.
      const token = await server().token({ room, identity: 'desk' });
      const desk = await start('peer_operator.py', { url, token, session: room, portal: yamlPath });
      await until('the desk is known', () => ofKind(robot.events, 'operator_joined').some((event) => event.identity === 'desk'));
      await desk.tell('claim', { identity: 'desk' });
      await until('it drives', () => ofKind(robot.events, 'active_operator').at(-1)?.identity === 'desk');
      await desk.until('observations', () => desk.eventsOf('observation').length >= 10, 30_000);
      const observations = (): PeerObservation[] => desk.eventsOf('observation') as unknown as PeerObservation[];
      for (const { frames, timestamp_us } of observations()) {
        expect(frames['front']).toMatchObject({ source: 'live', width: 320, height: 240 });
        // A busy encoder may leave a picture out; then its neighbour stands in, within the window.
        expect(Math.abs((frames['front']?.timestamp_us ?? 0) - timestamp_us)).toBeLessThan(50_000);
      }

      const joint = (name: string): number => observations().at(-1)?.state[name] ?? Number.NaN;
      const pan = 'shoulder_pan.pos';
      await drive(() => Math.abs(joint(pan) - 8) < 0.5, { ...REST, [pan]: 8 });
      expect(joint('elbow_flex.pos')).toBeCloseTo(REST['elbow_flex.pos'] ?? 0, 0);
      await until('silence holds it', () => ofKind(robot.events, 'metrics').at(-1)?.state === 'HOLDING', 20_000);

      // Far away after a hold: ramped, and it still arrives.
      await drive(() => Math.abs(joint(pan) - 60) < 1, { ...REST, [pan]: 60 });
      expect(await desk.tell('rpc', { method: 'home', payload: '' })).toBe('');
      await desk.until('the rest pose', () => Math.abs(joint(pan)) < 0.5, 30_000);

      // A calibration outlasts what the caller waits: it is told so, and asks again.
      const calibrate = async (payload: string, timeoutMs: number): Promise<unknown> => JSON.parse((await desk.tell('rpc', { method: 'calibrate', payload, timeout_ms: timeoutMs })) as string);
      expect(await calibrate('status', 5000)).toEqual({ state: 'never' });
      expect(await calibrate('', CALLER_PATIENCE_MS)).toMatchObject({ state: 'running' });
      expect(await calibrate('status', 5000)).toMatchObject({ state: expect.stringMatching(/running|ended/u) as string });
      await expect(desk.tell('rpc', { method: 'calibrate', payload: 'faster' })).rejects.toMatchObject({ message: expect.stringContaining('takes no payload') as string });
      await desk.tell('rpc', { method: 'portal.stop', payload: 'enough' });
      expect(await calibrate('status', 5000)).toMatchObject({ state: 'ended' });
      await expect(calibrate('', 5000)).rejects.toMatchObject({ message: expect.stringContaining('STOPPED') as string });
      expect(ofKind(robot.events, 'error')).toEqual([]);

      /** Streams one command until the robot is seen there. */
      async function drive(isThere: () => boolean, values: Record<string, number>): Promise<void> {
        const end = performance.now() + 40_000;
        while (!isThere()) {
          if (performance.now() > end) throw new Error(`not there: ${JSON.stringify(observations().at(-1)?.state)} ${JSON.stringify(ofKind(robot.events, 'metrics').at(-1))}`);
          await desk.tell('action', { values });
          await new Promise((resolve) => setTimeout(resolve, 30));
        }
      }
    });
  });
});
