import { createHmac } from 'node:crypto';

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
      headers: { 'content-type': 'application/json', authorization: `Bearer ${listToken(server)}` },
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

/** A token of one minute that may list rooms and nothing else (HS256, the one algorithm LiveKit takes). */
function listToken({ apiKey, apiSecret }: ServerAddress): string {
  const nowS = Math.floor(Date.now() / 1000);
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ iss: apiKey, nbf: nowS - 5, exp: nowS + 60, video: { roomList: true } })}`;
  return `${signed}.${createHmac('sha256', apiSecret).update(signed).digest('base64url')}`;
}
