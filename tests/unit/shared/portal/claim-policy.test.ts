import { describe, expect, it } from 'vitest';
import { type Claim, type ClaimPolicy, mayClaim } from '../../../../shared/portal/claim-policy.ts';

const present = new Set(['alice', 'bob', 'carol', 'boss', 'arm']);
const roster: Claim['roster'] = { has: (identity) => present.has(identity), robot: { identity: 'arm' } };

const anyone: ClaimPolicy = { kind: 'anyone' };
const listed: ClaimPolicy = { kind: 'listed', identities: ['alice', 'bob', 'dave'] };
const supervised: ClaimPolicy = { kind: 'supervisors-and-holder', supervisors: ['boss'] };
const hostOnly: ClaimPolicy = { kind: 'host-only' };

/** What the caller is told, or `allowed`. */
function answer(policy: ClaimPolicy, caller: string, target: string | null, holder: string | null = null): string {
  const verdict = mayClaim(policy, { caller, target, holder, roster });
  return verdict.allowed ? 'allowed' : verdict.reason;
}

describe('a claim', () => {
  it.each([anyone, listed, supervised, hostOnly])('of a participant without an identity is refused (%o)', (policy) => {
    expect(answer(policy, '', 'alice')).toMatch(/without an identity/);
    expect(answer(policy, '', null)).toMatch(/without an identity/);
    expect(answer(policy, '', null, '')).toMatch(/without an identity/);
  });

  it.each([anyone, { kind: 'listed', identities: ['alice', 'gone', 'arm'] } as const, { kind: 'supervisors-and-holder', supervisors: ['alice'] } as const])(
    'is refused for one that is not in the room, and for the robot itself (%o)',
    (policy) => {
      expect(answer(policy, 'alice', 'gone')).toBe("'gone' is not in the room.");
      expect(answer(policy, 'alice', 'arm')).toMatch(/the robot/);
    },
  );

  it.each(['null', 'undefined', '', ' ', 'x'.repeat(300)])('is refused for the made-up identity %j', (target) => {
    expect(answer(anyone, 'alice', target)).toMatch(/is not in the room\.$/);
    expect(answer(anyone, 'alice', target).length).toBeLessThan(120);
  });

  it('is granted to a caller whose announcement is still on its way', () => {
    expect(answer(anyone, 'newcomer', 'newcomer')).toBe('allowed');
    expect(answer(listed, 'dave', 'dave')).toBe('allowed');
  });
});

describe('under the policy "anyone"', () => {
  it('everybody gives control to everybody who is there, and takes it away', () => {
    expect([answer(anyone, 'alice', 'alice'), answer(anyone, 'alice', 'bob', 'carol'), answer(anyone, 'alice', null, 'carol')]).toEqual(['allowed', 'allowed', 'allowed']);
  });
});

describe('under the policy "listed"', () => {
  it('those on the list give control to those on the list', () => {
    expect([answer(listed, 'alice', 'alice'), answer(listed, 'alice', 'bob', 'bob')]).toEqual(['allowed', 'allowed']);
    expect(answer(listed, 'carol', 'alice')).toBe("'carol' is not on this robot's list of operators.");
    expect(answer(listed, 'alice', 'carol')).toBe("'carol' is not on this robot's list of operators.");
  });

  it('those on the list and whoever drives may release', () => {
    expect([answer(listed, 'alice', null, 'bob'), answer(listed, 'carol', null, 'carol')]).toEqual(['allowed', 'allowed']);
    expect(answer(listed, 'carol', null, 'bob')).toMatch(/not on this robot's list/);
  });
});

describe('under the policy "supervisors-and-holder"', () => {
  it('a supervisor gives control to anybody who is there, and takes it away', () => {
    expect([answer(supervised, 'boss', 'alice'), answer(supervised, 'boss', 'bob', 'alice'), answer(supervised, 'boss', null, 'alice')]).toEqual(['allowed', 'allowed', 'allowed']);
  });

  it('the operator that drives hands over or releases', () => {
    expect([answer(supervised, 'alice', 'bob', 'alice'), answer(supervised, 'alice', null, 'alice')]).toEqual(['allowed', 'allowed']);
  });

  it('nobody else does, and is told who could', () => {
    expect(answer(supervised, 'bob', 'bob', 'alice')).toBe("Only a supervisor or 'alice', who drives now, may give control on this robot.");
    expect(answer(supervised, 'bob', 'bob')).toBe('Only a supervisor may give control on this robot.');
    expect(answer(supervised, 'bob', null, 'alice')).toMatch(/Only a supervisor/);
  });
});

describe('under the policy "host-only"', () => {
  it('nobody in the room gives control, but whoever drives may release', () => {
    expect([answer(hostOnly, 'alice', 'alice'), answer(hostOnly, 'alice', 'bob', 'alice'), answer(hostOnly, 'bob', null, 'alice')]).toEqual(
      Array.from({ length: 3 }, () => 'Control is given at the robot itself only.'),
    );
    expect(answer(hostOnly, 'alice', null, 'alice')).toBe('allowed');
  });
});
