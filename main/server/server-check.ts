import { mintListToken } from '../transport/token.ts';

export interface ServerAddress {
  /** ws:// or wss:// */
  url: string;
  apiKey: string;
  apiSecret: string;
}

const CHECK_TIMEOUT_MS = 2_000;

/** Whether a LiveKit server answers there and knows our key: something else on the port does not count, nor does another user's server. */
export async function isServerOurs(server: ServerAddress): Promise<boolean> {
  try {
    const response = await fetch(`${server.url.replace(/^ws/, 'http')}/twirp/livekit.RoomService/ListRooms`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await mintListToken(server.apiKey, server.apiSecret)}` },
      body: '{}',
      signal: AbortSignal.timeout(CHECK_TIMEOUT_MS),
    });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    // Nothing listens, or it does not speak HTTP: not ours.
    return false;
  }
}
