import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { parsePortalYaml } from '../../shared/portal-yaml.ts';
import type { ShadowAction, ShadowActionChunk } from '../../shared/portal/types.ts';
import { describeWithServer } from '../fakes/livekit-server.ts';
import { PortalSession } from '../fakes/portal-session.ts';
import type { PythonPeer } from '../fakes/python-peer.ts';
import { until } from '../fakes/until.ts';
import { describeWithPeer, peerStarter } from '../fakes/with-python-peer.ts';

const PORTAL_YAML = `version: 1
fps: 30
state:
  - { name: pan.pos, dtype: f32 }
action:
  - { name: n, dtype: i32 }
action_chunks:
  - { name: plan, horizon: 2, fields: [ { name: n, dtype: i32 } ] }
`;

describeWithServer('the shadow tap', (server) => {
  describeWithPeer('in a room of the Python peer 0.2.8', () => {
    let folder: string;
    let yamlPath: string;
    let session: PortalSession;
    const start = peerStarter();
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'interop-shadow-'));
      yamlPath = join(folder, 'portal.yaml');
      writeFileSync(yamlPath, PORTAL_YAML);
    });
    afterAll(() => { rmSync(folder, { recursive: true }); });
    afterEach(async () => { await session.close(); });

    it('case 44: marks what its operators send as its robot judges it', { timeout: 90_000 }, async () => {
      session = new PortalSession(server(), parsePortalYaml(PORTAL_YAML, { session: 'shadow', file: yamlPath }));
      const peer = async (program: 'peer_operator.py' | 'peer_robot.py', identity: string): Promise<PythonPeer> =>
        start(program, { url: session.url, token: await session.token(identity), session: session.room, portal: yamlPath });
      const [arm, policy, candidate, tap] = await Promise.all([
        peer('peer_robot.py', 'arm'), peer('peer_operator.py', 'policy'), peer('peer_operator.py', 'candidate'), session.operator('tap', { shadowTap: true }),
      ]);
      const shadows: ShadowAction[] = [];
      const chunks: ShadowActionChunk[] = [];
      tap.operator.onShadowAction((action) => { shadows.push(action); });
      tap.operator.onShadowActionChunk('plan', (chunk) => { chunks.push(chunk); });
      await policy.tell('claim', { identity: 'policy' });
      await until('the claim', () => tap.operator.activeOperator === 'policy');
      let n = 0;
      const isJudged = (): boolean => shadows.some(({ sender, executed }) => sender === 'policy' && executed === true) && shadows.some(({ sender, executed }) => sender === 'candidate' && executed === false);
      for (const end = performance.now() + 20_000; !isJudged(); n += 1) {
        if (performance.now() > end) throw new Error(`no verdicts: ${JSON.stringify(shadows.slice(-4))}`);
        await Promise.all([policy.tell('action', { values: { n } }), candidate.tell('action', { values: { n } })]);
      }
      tap.operator.sendAction({ n });
      for (const side of [policy, candidate]) await side.tell('chunk', { name: 'plan', columns: { n: [1, 2] } });
      await until('everything', () => shadows.length === 2 * n + 1 && chunks.length === 2);
      await arm.until('everything that was executed', () => arm.eventsOf('action').length === n);

      const executed = new Set(arm.eventsOf('action').map(({ sender, values }) => `${String(sender)} ${String((values as { n: number }).n)}`));
      const marked = (mark: boolean): string[] => shadows.filter((shadow) => shadow.executed === mark).map(({ sender, values }) => `${sender} ${String(values['n'])}`);
      expect(marked(true).filter((label) => !executed.has(label))).toEqual([]);
      expect(marked(false).filter((label) => executed.has(label))).toEqual([]);
      expect(marked(false)).toContain(`tap ${n}`);
      expect(chunks.map(({ sender, executed: mark, columns }) => [sender, mark, columns['n']]).sort()).toEqual([['candidate', false, [1, 2]], ['policy', true, [1, 2]]]);
    });
  });
});
