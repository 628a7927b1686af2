import type { ServerResponse } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { SessionAccess } from '../../main/session-access.ts';
import { systemClock } from '../../main/system-clock.ts';
import { LivekitTransport } from '../../main/transport/livekit-transport.ts';
import { fetchToken, type EndpointRequest } from '../../main/transport/token-endpoint.ts';
import { mintToken, readTokenClaims } from '../../main/transport/token.ts';
import { Operator } from '../../shared/portal/operator.ts';
import { describeWithServer } from '../fakes/livekit-server.ts';
import { controlConfig } from '../fakes/portal-configs.ts';
import { startTokenEndpoint, type EndpointCall, type TestEndpoint } from '../fakes/token-endpoint.ts';

describeWithServer('a token endpoint', (server) => {
  const endpoints: TestEndpoint[] = [];
  afterEach(async () => {
    await Promise.all(endpoints.splice(0).map((endpoint) => endpoint.close()));
  });

  async function endpoint(answer?: (call: EndpointCall, response: ServerResponse) => void | Promise<void>): Promise<TestEndpoint> {
    const started = await startTokenEndpoint({ url: server().url, apiKey: server().apiKey, apiSecret: server().apiSecret }, answer);
    endpoints.push(started);
    return started;
  }
  const asked = (url: string, changes: Partial<EndpointRequest> = {}): EndpointRequest => ({ endpoint: url, bearer: null, session: 'lab', identity: 'desk', grants: 'operator', ...changes });
  type Answer = (call: EndpointCall, response: ServerResponse) => void;
  function json(body: unknown, status = 201): Answer {
    return (_call, response) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
  }
  const token = (changes: Partial<Parameters<typeof mintToken>[0]> = {}): Promise<string> =>
    mintToken({ apiKey: server().apiKey, apiSecret: server().apiSecret, session: 'lab', identity: 'desk', grants: 'operator', ...changes });

  it('is asked in LiveKit’s standard form, with its bearer token, and its answer leads into the session', async () => {
    const { url, calls } = await endpoint();
    const answer = await fetchToken(asked(url, { bearer: 'sesame' }));
    expect(calls).toEqual([
      { method: 'POST', authorization: 'Bearer sesame', body: { room_name: 'lab', participant_identity: 'desk', participant_attributes: { 'lk.portal.role': 'operator' } } },
    ]);
    const operator = new Operator(controlConfig(), { transport: new LivekitTransport(), clock: systemClock });
    await operator.connect(answer.url, answer.token);
    expect(operator.localIdentity).toBe('desk');
    await operator.disconnect();
  });

  it('is asked anew for every connect, and for the live view under a name of its own', async () => {
    const { url, calls } = await endpoint();
    const access = new SessionAccess({ kind: 'endpoint', endpoint: url, bearer: null }, { session: 'lab', identity: 'desk', grants: 'operator' }, {
      useLocalServer: () => Promise.reject(new Error('not local')),
      mintToken,
      fetchToken,
      announce: () => Promise.reject(new Error('no key to do it with')),
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    });
    expect(access.hasFixedToken).toBe(false);
    await access.open();
    await access.open();
    await access.announce();
    const viewer = await access.openViewer();
    expect(readTokenClaims(viewer?.token ?? '')).toMatchObject({ identity: 'desk#view', room: 'lab' });
    expect(calls.map(({ body }) => [body.participant_identity, body.participant_attributes])).toEqual([
      ['desk', { 'lk.portal.role': 'operator' }],
      ['desk', { 'lk.portal.role': 'operator' }],
      ['desk#view', { 'portal_console.grants': 'viewer' }],
    ]);
  });

  it('may have no token for the live view', async () => {
    const { url } = await endpoint(json({ error: 'one each' }, 409));
    const warnings: string[] = [];
    const access = new SessionAccess({ kind: 'endpoint', endpoint: url, bearer: null }, { session: 'lab', identity: 'desk', grants: 'operator' }, {
      useLocalServer: () => Promise.reject(new Error('not local')),
      mintToken,
      fetchToken,
      announce: () => Promise.resolve(),
      log: { info: () => undefined, warn: (message) => warnings.push(message), error: () => undefined },
    });
    expect(await access.openViewer()).toBeNull();
    expect(warnings).toHaveLength(1);
  });

  it.each<[string, Answer, RegExp, RegExp]>([
    ['answers 401', json({}, 401), /answered 401/u, /LIVEKIT_TOKEN_ENDPOINT_AUTH/u],
    ['answers 500', json({}, 500), /answered 500/u, /log/u],
    ['answers no JSON', (_call, response) => void response.end('<html>'), /does not answer JSON/u, /LiveKit token endpoint/u],
    ['gives no token', json({ server_url: 'ws://x' }), /gave no token/u, /LiveKit token endpoint/u],
    ['gives a token that is none', json({ server_url: 'ws://x', participant_token: 'sesame' }), /no token/u, /LiveKit token endpoint/u],
    ['names no server', json({ participant_token: 'a.b.c' }), /names no server/u, /LiveKit token endpoint/u],
    ['answers without end', (_call, response) => void response.end('x'.repeat(100_000)), /answers too much/u, /LiveKit token endpoint/u],
    ['points elsewhere', (_call, response) => void response.writeHead(307, { location: 'http://127.0.0.1:9/' }).end(), /cannot be reached/u, /address/u],
  ])('is named with what to do when it %s', async (_name, answer, message, fix) => {
    const { url } = await endpoint(answer);
    const refusal = fetchToken(asked(url, { bearer: 'sesame' }));
    await expect(refusal).rejects.toMatchObject({ code: 'TOKEN_ENDPOINT_FAILED', message: expect.stringMatching(message) as string, details: { fix: expect.stringMatching(fix) as string } });
    await refusal.catch((thrown: unknown) => expect(JSON.stringify(thrown)).not.toContain('sesame'));
  });

  it('that does not answer is given up, and one that is not there is said', async () => {
    const { url } = await endpoint(() => new Promise(() => undefined));
    await expect(fetchToken(asked(url))).rejects.toMatchObject({ code: 'TOKEN_ENDPOINT_FAILED', message: expect.stringContaining('does not answer') as string });
    await expect(fetchToken(asked('http://127.0.0.1:9/token'))).rejects.toMatchObject({ code: 'TOKEN_ENDPOINT_FAILED', message: expect.stringContaining('cannot be reached') as string });
  }, 15_000);

  it.each([
    ['session', { session: 'another' }],
    ['identity', { identity: 'mallory' }],
    ['role', { grants: 'robot' }],
  ] as const)('must not give a token for another %s', async (what, changes) => {
    const participant_token = await token(changes);
    const { url } = await endpoint(json({ server_url: server().url, participant_token }));
    await expect(fetchToken(asked(url))).rejects.toMatchObject({ code: 'TOKEN_REFUSED', message: expect.stringContaining(`another ${what}`) as string });
  });

  it.each(['http://example.com/token', 'ftp://127.0.0.1/', 'https://me:secret@example.com/', 'token'])('must be https, or of this machine: not %s', async (url) => {
    const refusal = fetchToken(asked(url));
    await expect(refusal).rejects.toMatchObject({ code: 'USAGE' });
    await refusal.catch((thrown: unknown) => expect(JSON.stringify(thrown)).not.toContain('secret@'));
  });
});
