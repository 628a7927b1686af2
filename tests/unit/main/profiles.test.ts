import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPortal } from '../../../main/profiles.ts';
import { formatFingerprint, actionFingerprint, stateFingerprint } from '../../../shared/portal/schema.ts';
import { parsePortalYaml } from '../../../shared/portal-yaml.ts';
import { ofKind, StationBench, until } from './loopback-ports.ts';

const noFile = (path: string): string => { throw new Error(`no file ${path}`); };
const TEXT = readFileSync(new URL('../../../resources/profiles/lerobot-so101.yaml', import.meta.url), 'utf8');

describe('the profile lerobot-so101', () => {
  it('has the fingerprints that the plugins 0.2.8 put on the wire', () => {
    const { state, action } = readPortal('lerobot-so101', 's', noFile);
    expect(state.map(({ name }) => name)).toEqual(['elbow_flex', 'gripper', 'shoulder_lift', 'shoulder_pan', 'wrist_flex', 'wrist_roll']);
    expect(formatFingerprint(stateFingerprint(state))).toBe('0x925d552b');
    expect(formatFingerprint(actionFingerprint(action))).toBe('0x339de52a');
  });

  it('is the same as its file', () => {
    expect(parsePortalYaml(TEXT, { session: 's' })).toEqual(readPortal('lerobot-so101', 's', noFile));
  });

  it('leaves a file of that name to a path', () => {
    expect(readPortal('./lerobot-so101', 's', () => 'version: 1').state).toEqual([]);
  });

  describe('in a session', () => {
    let bench: StationBench;
    beforeEach(() => { bench = new StationBench(); });
    afterEach(() => bench.close());

    it('moves the simulated arm under its names', async () => {
      const robot = await bench.robot('--portal', 'lerobot-so101');
      await bench.start(['operator', '--identity', 'policy', '--leader', 'scripted', '--claim', '--portal', 'lerobot-so101']);
      const metrics = await until('actions are executed', () => ofKind(robot.events, 'metrics').find(({ state, executed }) => state === 'ACTIVE' && (executed ?? 0) > 20));
      // Names that do not fit are refused every time; an action that a busy machine made too old, now and then.
      expect(metrics.refused).toBeLessThan(metrics.executed ?? 0);
    });
  });
});
