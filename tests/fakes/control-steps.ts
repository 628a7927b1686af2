import type { SeenOperator, SeenRobot } from './portal-session.ts';
import { until } from './until.ts';

/** Sends one action that can be told from others by `n`. */
export function act({ operator }: SeenOperator, n: number): void {
  operator.sendAction({ n });
}

/** What the robot executed, in order: sender and `n`. */
export function executed({ actions }: Pick<SeenRobot, 'actions'>): unknown[] {
  return actions.map(({ sender, values }) => [sender, values['n']]);
}

/** Waits until this many actions and chunks have been judged, so that what was not executed never will be. */
export async function judged(robot: SeenRobot, count: number, deadlineMs = 30_000): Promise<void> {
  const seen = (): unknown => [executed(robot), robot.chunks.length, robot.dropped, robot.warnings];
  await until(`${count} packets judged`, () => robot.actions.length + robot.chunks.length + robot.dropped.length === count, { deadlineMs, seen });
}

export async function everybodySees(sides: readonly (SeenRobot | SeenOperator)[], identity: string | null): Promise<void> {
  for (const side of sides) {
    const role = 'robot' in side ? side.robot : side.operator;
    await until(`${role.localIdentity} to see ${identity}`, () => role.activeOperator === identity);
  }
}

/** Waits until the robot knows each of them: what somebody sends whom it has not seen yet counts for nobody. */
export async function everybodyIsSeen({ robot }: Pick<SeenRobot, 'robot'>, operators: readonly SeenOperator[]): Promise<void> {
  const identities = operators.map(({ operator }) => operator.localIdentity ?? '');
  await until(`the robot to see ${identities.join(', ')}`, () => identities.every((identity) => robot.operators.includes(identity)), { seen: () => robot.operators });
}

/** Sends numbered actions from each of them every `everyMs`, until stopped; `sent` counts those of each. */
export function streamActions(operators: readonly SeenOperator[], everyMs: number): { stop(): void; readonly sent: number } {
  let sent = 0;
  const timer = setInterval(() => {
    sent += 1;
    for (const operator of operators) act(operator, sent);
  }, everyMs);
  return { stop: () => { clearInterval(timer); }, get sent() { return sent; } };
}
