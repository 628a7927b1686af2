import { describe, expect, it } from 'vitest';
import { PortalError } from '../../../../shared/portal/errors.ts';
import { mintToken, readTokenClaims, type TokenGrants } from '../../../../main/transport/token.ts';

const request = { apiKey: 'key', apiSecret: 'a-secret-of-at-least-32-characters!!', session: 'cell-1', identity: 'desk' };

async function videoGrant(grants: TokenGrants): Promise<Record<string, unknown>> {
  const token = await mintToken({ ...request, grants });
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { video: Record<string, unknown> };
  return claims.video;
}

describe('mintToken', () => {
  it('lets a robot film, send and say who drives, in one room and in no other', async () => {
    expect(await videoGrant('robot')).toEqual({
      room: 'cell-1', roomJoin: true, canSubscribe: true, canPublish: true, canPublishSources: ['camera'], canPublishData: true, canUpdateOwnMetadata: true, hidden: false,
    });
  });

  it('lets an operator send data, but neither film nor change what it is', async () => {
    expect(await videoGrant('operator')).toEqual({
      room: 'cell-1', roomJoin: true, canSubscribe: true, canPublish: false, canPublishData: true, canUpdateOwnMetadata: false, hidden: false,
    });
  });

  it('lets a viewer see and nothing else, unseen', async () => {
    expect(await videoGrant('viewer')).toEqual({
      room: 'cell-1', roomJoin: true, canSubscribe: true, canPublish: false, canPublishData: false, canUpdateOwnMetadata: false, hidden: true,
    });
  });

  it('puts the role among the attributes, unless it is a viewer, and keeps those asked for', async () => {
    const robot = readTokenClaims(await mintToken({ ...request, grants: 'robot', attributes: { 'lk.portal.active_operator': 'desk' } }));
    expect(robot?.attributes).toEqual({ 'lk.portal.role': 'robot', 'lk.portal.active_operator': 'desk' });
    expect(readTokenClaims(await mintToken({ ...request, grants: 'viewer' }))?.attributes).toEqual({});
  });

  it('ends after the time asked for', async () => {
    const claims = readTokenClaims(await mintToken({ ...request, grants: 'operator', ttlS: 60 }));
    expect(Math.abs((claims?.expiresAtS ?? 0) - (Date.now() / 1000 + 60))).toBeLessThan(5);
  });

  it('is short-lived when no time is asked for', async () => {
    const claims = readTokenClaims(await mintToken({ ...request, grants: 'operator' }));
    expect(Math.abs((claims?.expiresAtS ?? 0) - (Date.now() / 1000 + 600))).toBeLessThan(5);
  });

  it.each(['apiKey', 'apiSecret', 'session', 'identity'] as const)('refuses an empty %s by name', async (field) => {
    const error = await mintToken({ ...request, [field]: '', grants: 'robot' }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PortalError);
    expect((error as PortalError).code).toBe('CONFIG_INVALID');
    expect((error as PortalError).message).toContain(field);
  });
});

describe('readTokenClaims', () => {
  it('reads identity and room back', async () => {
    expect(readTokenClaims(await mintToken({ ...request, grants: 'operator' }))).toMatchObject({ identity: 'desk', room: 'cell-1' });
  });

  it.each(['', 'x', 'a.b.c', 'a.!!!.c', `a.${Buffer.from('[1]').toString('base64url')}.c`.replace('[', '')])('says null or emptiness for %j, never throws', (text) => {
    const claims = readTokenClaims(text);
    expect(claims === null || claims.identity === '').toBe(true);
  });
});
