import { systemClock } from '../../main/system-clock.ts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HANDOFF_DOUBT_MS } from '../../shared/portal/control-history.ts';
import type { ShadowAction, ShadowActionChunk } from '../../shared/portal/types.ts';
import { act, everybodyIsSeen, everybodySees, judged, streamActions } from '../fakes/control-steps.ts';
import { describeWithServer } from '../fakes/livekit-server.ts';
import { controlConfig } from '../fakes/portal-configs.ts';
import { PortalSession, type SeenOperator } from '../fakes/portal-session.ts';
import { undisturbed } from '../fakes/undisturbed.ts';
import { until } from '../fakes/until.ts';

describeWithServer('the shadow tap', (server) => {
  let session: PortalSession;
  beforeEach(() => { session = new PortalSession(server(), controlConfig()); });
  afterEach(async () => { await session.close(); });

  async function tap(): Promise<SeenOperator & { shadows: ShadowAction[]; shadowChunks: ShadowActionChunk[] }> {
    const seen = await session.operator('tap', { shadowTap: true });
    const shadows: ShadowAction[] = [];
    const shadowChunks: ShadowActionChunk[] = [];
    seen.operator.onShadowAction((action) => { shadows.push(action); });
    seen.operator.onShadowActionChunk('plan', (chunk) => { shadowChunks.push(chunk); });
    return { ...seen, shadows, shadowChunks };
  }
  const labels = (shadows: readonly ShadowAction[]): string[] => shadows.map(({ sender, values, executed }) => `${sender} ${String(values['n'])} ${String(executed)}`).sort();

  it('case 44: receives every operator’s actions and chunks, its own too, each with sender, times and whether it was executed', async () => {
    const robot = await session.robot();
    const [a, b, t] = await Promise.all([session.operator('a'), session.operator('b'), tap()]);
    await robot.robot.setActiveOperator('a');
    await everybodySees([a, b, t], 'a');
    // Until one is marked, the handoff is too fresh for a verdict.
    const probe = streamActions([a], 50);
    try {
      await until('the first verdict', () => t.shadows.some(({ executed }) => executed === true));
    } finally { probe.stop(); }
    await judged(robot, probe.sent);
    await until('all probes', () => t.shadows.length === probe.sent);
    t.shadows.length = 0;
    const sinceUs = systemClock.nowUs();
    act(a, 1);
    act(b, 2);
    act(t, 3);
    for (const { operator } of [a, b, t]) operator.sendActionChunk('plan', { n: [4, 5] });
    await judged(robot, probe.sent + 6);
    await until('all of them', () => t.shadows.length === 3 && t.shadowChunks.length === 3);
    expect(labels(t.shadows)).toEqual(['a 1 true', 'b 2 false', 'tap 3 false']);
    expect(t.shadowChunks.map(({ sender, columns, executed }) => `${sender} ${String(columns['n'])} ${String(executed)}`).sort()).toEqual(['a 4,5 true', 'b 4,5 false', 'tap 4,5 false']);
    for (const { timestampUs, receivedUs } of [...t.shadows, ...t.shadowChunks]) {
      expect(timestampUs).toBeGreaterThanOrEqual(sinceUs);
      expect(receivedUs).toBeGreaterThanOrEqual(timestampUs);
    }
    expect(t.actions, 'the tap is not action subscription').toEqual([]);
  });

  it('case 44: a mark is never wrong across handoffs under load: what is called executed was, what is called dropped was not', async () => {
    await undisturbed('handoffs whose news takes no longer than the tap waits for it', async () => {
      await session.close();
      session = new PortalSession(server(), controlConfig());
      const robot = await session.robot();
      const [a, b, t] = await Promise.all([session.operator('a'), session.operator('b'), tap()]);
      await everybodyIsSeen(robot, [a, b, t]);
      const newsMs: number[] = [];
      for (const side of [robot.robot, t.operator]) side.onActiveOperatorChanged(() => { newsMs.push(performance.now()); });
      const stream = streamActions([a, b], 10);
      try {
        for (const identity of ['a', 'b', 'a']) {
          await robot.robot.setActiveOperator(identity);
          const before = robot.actions.length;
          await until('a good while of it', () => robot.actions.length > before + 150, { deadlineMs: 60_000 });
        }
      } finally { stream.stop(); }
      await judged(robot, 2 * stream.sent);
      await until('all of them', () => t.shadows.length === 2 * stream.sent, { seen: () => [t.shadows.length, stream.sent] });
      await until('all news', () => newsMs.length === 6);
      const executed = new Set(robot.actions.map(({ sender, values }) => `${sender} ${String(values['n'])}`));
      const marked = (mark: boolean | null): string[] => t.shadows.filter((shadow) => shadow.executed === mark).map(({ sender, values }) => `${sender} ${String(values['n'])}`);
      const wrong = [...marked(true).filter((label) => !executed.has(label)), ...marked(false).filter((label) => executed.has(label))];
      // Handoff by handoff, the robot's word and the tap's; and the packets, which have a way of their own.
      const isNewsLate = newsMs.some((atMs, n) => n % 2 === 1 && Math.abs(atMs - (newsMs[n - 1] ?? atMs)) > HANDOFF_DOUBT_MS / 2);
      const isLate = isNewsLate || t.shadows.some(({ receivedUs, timestampUs }) => receivedUs - timestampUs > HANDOFF_DOUBT_MS * 500);
      if (wrong.length > 0 && isLate) return null;
      expect(wrong).toEqual([]);
      for (const mark of [true, false, null]) expect(marked(mark).length, `some are ${String(mark)}`).toBeGreaterThan(20);
      return stream.sent;
    });
  });
});
