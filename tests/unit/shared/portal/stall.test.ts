import { describe, expect, it } from 'vitest';
import type { StallBehavior } from '../../../../shared/portal/config.ts';
import { resolveStall, type StallResolution } from '../../../../shared/portal/stall.ts';

/** past, lagged, has an older frame, has emitted */
type Case = [boolean, boolean, boolean, boolean, Record<StallBehavior, StallResolution>];

const [yes, no] = [true, false];
const all = (resolution: StallResolution): Record<StallBehavior, StallResolution> => ({ drop: resolution, freeze: resolution, omit: resolution });

describe('a state without a matching frame', () => {
  it.each<Case>([
    [no, no, no, no, all('wait')],
    [no, no, yes, yes, all('wait')],
    [yes, no, no, no, all('drop')],
    [no, yes, no, no, { drop: 'drop', freeze: 'wait', omit: 'wait' }],
    [yes, yes, no, no, all('drop')],
    [yes, no, yes, no, { drop: 'drop', freeze: 'older-frame', omit: 'drop' }],
    [no, yes, yes, no, { drop: 'drop', freeze: 'older-frame', omit: 'wait' }],
    [yes, no, no, yes, { drop: 'drop', freeze: 'last-frame', omit: 'omitted' }],
    [no, yes, no, yes, { drop: 'drop', freeze: 'last-frame', omit: 'omitted' }],
    [yes, no, yes, yes, { drop: 'drop', freeze: 'older-frame', omit: 'omitted' }],
    [no, yes, yes, yes, { drop: 'drop', freeze: 'older-frame', omit: 'omitted' }],
  ])('past %s, lagged %s, older frame %s, emitted before %s: each behaviour resolves as it says', (past, lagged, hasOlderFrame, hasEmitted, expected) => {
    for (const [behavior, resolution] of Object.entries(expected)) {
      expect(resolveStall(behavior as StallBehavior, { past, lagged, hasOlderFrame, hasEmitted }), behavior).toBe(resolution);
    }
  });
});
