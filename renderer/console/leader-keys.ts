/** Keys that move a joint up and down, in the order of the joints: left hand the arm, right hand the wrist. None of them is a shortcut. */
const PAIRS: readonly (readonly [up: string, down: string])[] = [['q', 'a'], ['w', 's'], ['e', 'd'], ['u', 'j'], ['i', 'k'], ['x', 'z']];

/** As keys are told by `KeyboardEvent.key`, letters in lower case. */
export const DEADMAN_KEY = ' ';

/** What is held as shares of the jog speed by joint; two keys of one pair cancel each other. */
export function keyVelocities(held: ReadonlySet<string>, joints: readonly string[]): Record<string, number> {
  const velocities: Record<string, number> = {};
  joints.forEach((joint, index) => {
    const [up, down] = PAIRS[index] ?? [];
    const share = Number(up !== undefined && held.has(up)) - Number(down !== undefined && held.has(down));
    if (share !== 0) velocities[joint] = share;
  });
  return velocities;
}

export function isJogKey(key: string): boolean {
  return PAIRS.some((pair) => pair.includes(key));
}

/** The keys of a joint as they stand on the screen; empty = it has none. */
export function keysOf(index: number): string {
  return PAIRS[index]?.join(' ').toUpperCase() ?? '';
}
