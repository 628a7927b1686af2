import { randomUUID } from 'node:crypto';
import { AccessToken, type VideoGrant } from 'livekit-server-sdk';
import { afterAll, beforeAll, describe } from 'vitest';
import { findLivekitServer } from '../../main/server/find-server.ts';
import { startLocalServer, type OwnedServer } from '../../main/server/local-server.ts';
import { disposeLivekit } from '../../main/transport/ffi-client.ts';

const START_TIMEOUT_MS = 120_000;

export interface TokenWish {
  room: string;
  identity: string;
  attributes?: Readonly<Record<string, string>>;
  /** Over: join, publish, subscribe, data, own metadata. */
  grants?: VideoGrant;
  ttlS?: number;
}

/** One real LiveKit server, and tokens for it. Rooms cost nothing: every test takes a fresh name. */
export class TestServer {
  readonly #server: OwnedServer;

  constructor(server: OwnedServer) {
    this.#server = server;
  }

  get url(): string {
    return this.#server.url;
  }

  get apiKey(): string {
    return this.#server.apiKey;
  }

  get apiSecret(): string {
    return this.#server.apiSecret;
  }

  freshRoom(): string {
    return `room-${randomUUID()}`;
  }

  token(wish: TokenWish): Promise<string> {
    const token = new AccessToken(this.apiKey, this.apiSecret, { identity: wish.identity, ttl: wish.ttlS ?? 600, attributes: { ...wish.attributes } });
    token.addGrant({ room: wish.room, roomJoin: true, canPublish: true, canSubscribe: true, canPublishData: true, canUpdateOwnMetadata: true, ...wish.grants });
    return token.toJwt();
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }
}

/** Why there is no server to test against; null when there is one. */
export function missingServer(): string | null {
  try {
    findLivekitServer(process.env);
    return null;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}

/** A `describe` over one real server. Without a server it is skipped for a user and fails where CI=true. */
export function describeWithServer(name: string, body: (server: () => TestServer) => void): void {
  const missing = missingServer();
  if (missing !== null && process.env['CI'] !== 'true') {
    describe.skip(`${name} (skipped: ${missing})`, () => body(() => notStarted()));
    return;
  }
  describe(name, () => {
    let server: TestServer | null = null;
    beforeAll(async () => {
      server = new TestServer(await startLocalServer());
    }, START_TIMEOUT_MS);
    afterAll(async () => {
      await disposeLivekit();
      await server?.stop();
    }, START_TIMEOUT_MS);
    body(() => server ?? notStarted());
  });
}

function notStarted(): never {
  throw new Error('the test server is started by beforeAll');
}
