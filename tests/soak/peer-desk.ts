import { AccessToken } from 'livekit-server-sdk';
import type { ServerAccess } from '../../main/ports.ts';
import { SO101_JOINTS } from '../../shared/so101-joints.ts';
import { PythonPeer } from '../fakes/python-peer.ts';

const REST = Object.fromEntries(SO101_JOINTS.map(({ name, rest }) => [name, rest]));
const ACTION_EVERY_MS = 50;

interface Seat {
  server: ServerAccess;
  session: string;
  portal: string;
}

/** The Python peer as operator `desk`: sends the rest pose all the time, which counts while it drives. */
export class PeerDesk {
  readonly #seat: Seat;
  #peer: PythonPeer;
  #timer: NodeJS.Timeout;

  private constructor(seat: Seat, peer: PythonPeer) {
    this.#seat = seat;
    this.#peer = peer;
    this.#timer = this.#drive();
  }

  static async join(seat: Seat): Promise<PeerDesk> {
    return new PeerDesk(seat, await enter(seat));
  }

  /** Leaves and comes back as another participant of the same name. */
  async rejoin(): Promise<void> {
    await this.leave();
    this.#peer = await enter(this.#seat);
    this.#timer = this.#drive();
  }

  async leave(): Promise<void> {
    clearInterval(this.#timer);
    await this.#peer.stop();
  }

  #drive(): NodeJS.Timeout {
    const peer = this.#peer;
    return setInterval(() => {
      // What it reports is of no interest here and would only pile up.
      peer.events.length = 0;
      peer.tell('action', { values: REST }).catch(() => undefined);
    }, ACTION_EVERY_MS);
  }
}

/** The peer writes its role itself and needs the grant for it. */
async function enter({ server, session, portal }: Seat): Promise<PythonPeer> {
  const token = new AccessToken(server.apiKey, server.apiSecret, { identity: 'desk', ttl: 3600 });
  token.addGrant({ room: session, roomJoin: true, canUpdateOwnMetadata: true });
  return PythonPeer.start('peer_operator.py', { url: server.url, token: await token.toJwt(), session, portal });
}
