import { describe, expect, it } from 'vitest';
import { useLeader } from '../../../../renderer/console/composables/useLeader.ts';

/** A main that answers when it is told to. */
function slowMain() {
  const sent: [string, number][] = [];
  const answers: (() => void)[] = [];
  const leader = useLeader((joint, value) => {
    sent.push([joint, value]);
    return new Promise<void>((resolve) => answers.push(resolve));
  });
  return { sent, leader, answer: async () => {
    answers.shift()?.();
    await Promise.resolve();
    await Promise.resolve();
  } };
}

describe('useLeader', () => {
  it('has one value a joint under way, and sends the newest of those that waited', async () => {
    const { sent, leader, answer } = slowMain();
    for (const value of [1, 2, 3, 4]) leader.set('pan', value);
    leader.set('lift', 9);
    expect(sent).toEqual([['pan', 1], ['lift', 9]]);
    await answer();
    expect(sent).toEqual([['pan', 1], ['lift', 9], ['pan', 4]]);
    leader.forget();
  });

  it('shows what was asked for until it is forgotten', () => {
    const { leader } = slowMain();
    expect(leader.asked('pan')).toBeNull();
    leader.set('pan', 5);
    expect(leader.asked('pan')).toBe(5);
    leader.forget();
    expect(leader.asked('pan')).toBeNull();
  });
});
