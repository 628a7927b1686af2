import { describe, expect, it } from 'vitest';
import { answerClaim, checkTarget, claimFailure, type ClaimDesk } from '../../../../shared/portal/claim.ts';
import { PortalError } from '../../../../shared/portal/errors.ts';
import { Roster } from '../../../../shared/portal/roster.ts';

function desk(changes: Partial<ClaimDesk> = {}): ClaimDesk & { given: (string | null)[]; refused: string[] } {
  const given: (string | null)[] = [];
  const refused: string[] = [];
  const roster = new Roster('robot');
  roster.joined({ identity: 'a', sessionId: '1', attributes: {} });
  return {
    policy: { kind: 'anyone' },
    localIdentity: () => 'robot',
    roster: () => roster,
    holder: () => null,
    give: (identity) => { given.push(identity); return Promise.resolve(); },
    onRefused: (caller, reason) => { refused.push(`${caller}: ${reason}`); },
    given,
    refused,
    ...changes,
  };
}

describe('answerClaim', () => {
  it('gives control and replies with nothing; an empty payload means nobody', async () => {
    const open = desk();
    await expect(answerClaim(open, { callerIdentity: 'a', payload: 'a' })).resolves.toBe('');
    await expect(answerClaim(open, { callerIdentity: 'a', payload: '' })).resolves.toBe('');
    expect(open.given).toEqual(['a', null]);
  });

  it('answers 2001 before the robot has a session', async () => {
    await expect(answerClaim(desk({ localIdentity: () => null }), { callerIdentity: 'a', payload: 'a' })).rejects.toMatchObject({ details: { rpcCode: 2001 } });
  });

  it('answers 2002 when the room could not be told', async () => {
    const failing = desk({ give: () => Promise.reject(new Error('offline')) });
    await expect(answerClaim(failing, { callerIdentity: 'a', payload: 'a' })).rejects.toMatchObject({ message: expect.stringContaining('offline') as string, details: { rpcCode: 2002 } });
  });

  it('answers 2003 with the reason and changes nothing, whoever is named', async () => {
    const open = desk();
    for (const [callerIdentity, payload] of [['', 'a'], ['a', 'absent'], ['a', 'null'], ['a', 'robot'], ['a', 'x'.repeat(300)]] as const) {
      await expect(answerClaim(open, { callerIdentity, payload })).rejects.toMatchObject({ code: 'NOT_AUTHORISED', details: { rpcCode: 2003 } });
    }
    expect(open.given).toEqual([]);
    expect(open.refused).toHaveLength(5);
  });
});

describe('claimFailure', () => {
  it.each([[2003, 'NOT_AUTHORISED'], [1401, 'ROBOT_ABSENT'], [1503, 'ROBOT_ABSENT'], [2001, 'ROBOT_ABSENT'], [2002, 'RPC_FAILED'], [1400, 'RPC_FAILED']] as const)('names code %i %s', (rpcCode, code) => {
    expect(claimFailure(new PortalError('RPC_FAILED', 'x', { rpcCode, got: 'why' }), 'a').code).toBe(code);
  });

  it('carries the robot’s reason', () => {
    expect(claimFailure(new PortalError('RPC_FAILED', 'x', { rpcCode: 2003, got: 'only a supervisor' }), null).message).toContain('only a supervisor');
  });
});

describe('checkTarget', () => {
  it('takes an identity or null, and nothing else', () => {
    checkTarget('a');
    checkTarget(null);
    for (const wrong of ['', undefined, 3]) expect(() => { checkTarget(wrong as string); }).toThrow(expect.objectContaining({ code: 'VALUE_INVALID' }) as Error);
  });
});
