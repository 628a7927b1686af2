import { afterEach, expect, it } from 'vitest';
import { RobotClock } from '../../../../shared/portal/robot-clock.ts';
import { SessionKit, until } from '../../../fakes/session-kit.ts';

const HOUR_US = 3_600_000_000;
let kit = new SessionKit();
afterEach(() => kit.close());

it('the robot\'s clock is told by the fastest state and half the smallest round trip', () => {
  const clock = new RobotClock();
  expect(clock.at(0, null)).toBeNull();
  // An hour ahead; on the way for 3, 2 and 9 ms.
  for (const [sentUs, wayUs] of [[0, 3000], [10_000, 2000], [20_000, 9000]] as const) clock.observe(sentUs + HOUR_US, sentUs + wayUs);
  expect(clock.at(50_000, 4000)).toBe(50_000 + HOUR_US);
  expect(clock.at(50_000, null), 'without pings the way counts as no time').toBe(50_000 + HOUR_US - 2000);
});

it('the robot\'s clock follows drift and a step within a minute', () => {
  const clock = new RobotClock();
  for (let nowUs = 0; nowUs < 100_000_000; nowUs += 1_000_000) clock.observe(nowUs + (nowUs < 20_000_000 ? HOUR_US : 0), nowUs);
  expect(clock.at(100_000_000, 0)).toBe(100_000_000);
});

it('the robot\'s clock is forgotten with the robot', () => {
  const clock = new RobotClock();
  clock.observe(1, 2);
  clock.clear();
  expect(clock.at(5, 0)).toBeNull();
});

it('a subscriber measures a policy in the robot\'s time, whatever its own clock says', async () => {
  kit = new SessionKit({ actionSubscription: true });
  const robot = await kit.robot();
  const policyOperator = await kit.operator('policy');
  const recorder = await kit.operator('recorder');
  await policyOperator.setActiveOperator('policy');
  await until('the recorder hears of it', () => recorder.activeOperator === 'policy');
  const stampUs = 5_000_000_000_000_000;
  policyOperator.sendAction({ a: 1 }, { inReplyToTsUs: stampUs });
  await until('the action', () => recorder.metrics().transport.actions_received === 1);
  expect(recorder.metrics().policy, 'no state yet: not measurable').toEqual({ e2e_us_p50: null, e2e_us_p95: null, correlated_received: 0 });
  robot.sendState({ a: 1 }, stampUs);
  await until('the state', () => recorder.getState() !== null);
  policyOperator.sendAction({ a: 2 }, { inReplyToTsUs: stampUs });
  await until('the action', () => recorder.metrics().transport.actions_received === 2);
  const { policy } = recorder.metrics();
  expect(policy.correlated_received).toBe(1);
  expect(policy.e2e_us_p50).toBeLessThan(5_000_000);
});
