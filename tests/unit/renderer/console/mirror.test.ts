import { describe, expect, it } from 'vitest';
import { Mirror } from '../../../../renderer/console/mirror.ts';
import type { ConsolePatch } from '../../../../shared/console-state.ts';
import { WELL } from './console-fixture.ts';

function patch(revision: number, appVersion = `v${revision}`): ConsolePatch {
  return { revision, changed: { appVersion } };
}

function inStep(): Mirror {
  const mirror = new Mirror();
  mirror.snapshot(WELL);
  return mirror;
}

describe('Mirror', () => {
  it('begins with the whole state', () => {
    const { revision: _revision, ...sections } = WELL;
    expect(new Mirror().snapshot(WELL)).toEqual({ kind: 'changed', sections });
  });

  it('takes the next patch over', () => {
    expect(inStep().patch(patch(11))).toEqual({ kind: 'changed', sections: { appVersion: 'v11' } });
  });

  it('drops what is old or came twice', () => {
    const mirror = inStep();
    mirror.patch(patch(11));
    expect(mirror.patch(patch(11))).toEqual({ kind: 'nothing' });
    expect(mirror.patch(patch(9))).toEqual({ kind: 'nothing' });
  });

  it('asks for everything once when a patch is missing, and goes on with what came meanwhile', () => {
    const mirror = inStep();
    expect(mirror.patch(patch(13))).toEqual({ kind: 'ask' });
    expect(mirror.patch(patch(14))).toEqual({ kind: 'nothing' });
    const step = mirror.snapshot({ ...WELL, revision: 13, appVersion: 'v13' });
    expect(step).toMatchObject({ kind: 'changed', sections: { appVersion: 'v14' } });
    expect(mirror.patch(patch(15))).toMatchObject({ kind: 'changed' });
  });

  it('puts patches that overtook the first snapshot on top of it, in their order', () => {
    const mirror = new Mirror();
    expect(mirror.patch(patch(12))).toEqual({ kind: 'nothing' });
    mirror.patch(patch(11));
    mirror.patch(patch(10, 'old'));
    expect(mirror.snapshot(WELL)).toMatchObject({ sections: { appVersion: 'v12' } });
  });

  it('asks again when the snapshot is older than the gap', () => {
    const mirror = new Mirror();
    mirror.patch(patch(13));
    expect(mirror.snapshot(WELL)).toEqual({ kind: 'ask' });
    expect(mirror.snapshot({ ...WELL, revision: 13, appVersion: 'v13' })).toMatchObject({ kind: 'changed', sections: { appVersion: 'v13' } });
  });

  it('does not change the state it was given', () => {
    const mirror = new Mirror();
    mirror.patch(patch(11));
    mirror.snapshot(WELL);
    expect(WELL.appVersion).toBe('1.0.0');
  });
});
