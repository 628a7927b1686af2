import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { LivekitTransport } from '../../main/transport/livekit-transport.ts';
import { mintToken } from '../../main/transport/token.ts';
import { toPortalError, type PortalErrorShape } from '../../shared/portal/errors.ts';
import type { TransportListener } from '../../shared/portal/transport.ts';
import { describeWithServer } from '../fakes/livekit-server.ts';

/** The longest that a person waits for a connect that cannot succeed. */
const GIVES_UP_WITHIN_MS = 45_000;

const NOBODY: TransportListener = new Proxy({} as TransportListener, { get: () => () => undefined });
const transport = new LivekitTransport();
afterEach(() => transport.disconnect());

const connect = (url: string, token: string): Promise<unknown> => transport.connect({ url, token, e2eeKey: null }, NOBODY);

async function failureOf(connecting: Promise<unknown>): Promise<PortalErrorShape | null> {
  return connecting.then(() => null, (thrown: unknown) => toPortalError(thrown).toJSON());
}

describeWithServer('what cannot be joined', (server) => {
  const session = 'bad-input';
  const token = (more: { apiKey?: string; apiSecret?: string; ttlS?: number } = {}): Promise<string> =>
    mintToken({ apiKey: server().apiKey, apiSecret: server().apiSecret, session, identity: 'me', grants: 'operator', ...more });

  it.each([
    ['a secret that is not the server’s', () => token({ apiSecret: 'not-the-secret-of-this-server-at-all' }), /key and the API secret/u],
    ['a key that the server does not know', () => token({ apiKey: 'nobody' }), /key and the API secret/u],
    ['a token that ran out', () => token({ ttlS: -3600 }), /new token/u],
    ['no token', () => Promise.resolve(''), /./u],
    ['something that is no token', () => Promise.resolve('not.a.token'), /./u],
  ])('%s is refused with what to do, and the token is not repeated', { timeout: GIVES_UP_WITHIN_MS }, async (_what, make, fix) => {
    const bad = await make();
    const error = await failureOf(connect(server().url, bad));
    expect(error).toMatchObject({ code: 'TOKEN_REFUSED', fix: expect.stringMatching(fix) as unknown });
    if (bad !== '') expect(JSON.stringify(error)).not.toContain(bad);
  });

  it('a refusal leaves nothing behind: the next connect of the same transport works', { timeout: GIVES_UP_WITHIN_MS }, async () => {
    await expect(connect(server().url, await token({ apiKey: 'nobody' }))).rejects.toMatchObject({ code: 'TOKEN_REFUSED' });
    expect(await connect(server().url, await token())).toMatchObject({ identity: 'me' });
  });

  describe('where another program answers', () => {
    const servers: Server[] = [];
    const sockets = new Set<Socket>();
    afterEach(async () => {
      for (const socket of sockets) socket.destroy();
      sockets.clear();
      await Promise.all(servers.splice(0).map((one) => new Promise((closed) => one.close(closed))));
    });

    async function listen(one: Server): Promise<string> {
      servers.push(one);
      one.on('connection', (socket: Socket) => {
        sockets.add(socket);
        socket.on('error', () => undefined);
      });
      await new Promise<void>((listening) => one.listen(0, '127.0.0.1', listening));
      const address = one.address();
      return `ws://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
    }

    it.each([
      ['says nothing at all', () => createServer()],
      ['hangs up at once', () => createServer((socket) => socket.destroy())],
      ['says garbage', () => createServer((socket) => socket.end(Buffer.from([0, 1, 2, 255, 254, 13, 10, 13, 10])))],
      ['is a web server', () => createHttpServer((_request, response) => response.writeHead(404).end('<h1>Not here</h1>'))],
      ['sends everybody somewhere else', () => createHttpServer((_request, response) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end())],
    ])('and %s, connecting ends with what to check', { timeout: GIVES_UP_WITHIN_MS }, async (_what, make) => {
      const url = await listen(make());
      const error = await failureOf(connect(url, await token()));
      expect(error).toMatchObject({ code: expect.stringMatching(/^(SERVER_UNREACHABLE|CONNECT_TIMEOUT)$/u) as unknown, fix: expect.stringContaining('Check') as unknown });
      expect(error?.message).toContain(url);
    });

    it('a connect that hangs can be given up at once', async () => {
      let arrived: () => void = () => undefined;
      const guest = new Promise<void>((resolve) => (arrived = resolve));
      const connecting = connect(await listen(createServer(() => arrived())), await token());
      const refused = expect(connecting).rejects.toMatchObject({ code: 'DISCONNECTED' });
      await guest;
      await transport.disconnect();
      await refused;
    });
  });
});
