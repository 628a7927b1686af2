import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { mintToken, type TokenGrants } from '../../main/transport/token.ts';
import { ATTRIBUTE } from '../../shared/portal/names.ts';

/** What an endpoint was asked, as it came. */
export interface EndpointCall {
  method: string;
  authorization: string | null;
  body: { room_name?: string; participant_identity?: string; participant_attributes?: Record<string, string> };
}

export interface TestEndpoint {
  url: string;
  calls: EndpointCall[];
  close(): Promise<void>;
}

type Answer = (call: EndpointCall, response: ServerResponse) => void | Promise<void>;

/** A token endpoint over real HTTP on this machine, in LiveKit's standard form unless `answer` does otherwise. */
export async function startTokenEndpoint(server: { url: string; apiKey: string; apiSecret: string }, answer?: Answer): Promise<TestEndpoint> {
  const calls: EndpointCall[] = [];
  const http = createServer((request, response) => {
    void read(request).then(async (body) => {
      const call: EndpointCall = { method: request.method ?? '', authorization: request.headers.authorization ?? null, body };
      calls.push(call);
      await (answer ?? standard(server))(call, response);
    });
  });
  await new Promise<void>((listening) => http.listen(0, '127.0.0.1', listening));
  const address = http.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/token`,
    calls,
    close: () => new Promise((closed) => {
      http.closeAllConnections();
      http.close(() => closed());
    }),
  };
}

/** Says what it is asked for, with the rights of who asks. */
function standard(server: { url: string; apiKey: string; apiSecret: string }): Answer {
  return async ({ body }, response) => {
    const asked = body.participant_attributes ?? {};
    const grants = (asked[ATTRIBUTE.grants] ?? asked[ATTRIBUTE.role] ?? 'operator') as TokenGrants;
    const participant_token = await mintToken({ apiKey: server.apiKey, apiSecret: server.apiSecret, session: body.room_name ?? '', identity: body.participant_identity ?? '', grants });
    response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify({ server_url: server.url, participant_token }));
  };
}

async function read(request: IncomingMessage): Promise<EndpointCall['body']> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text === '' ? {} : (JSON.parse(text) as EndpointCall['body']);
}
