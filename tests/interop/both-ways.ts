import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parsePortalYaml } from '../../shared/portal-yaml.ts';
import type { TestServer, TokenWish } from '../fakes/livekit-server.ts';
import { PortalSession, type SeenOperator, type SeenRobot } from '../fakes/portal-session.ts';
import { PythonPeer, type PeerProgram } from '../fakes/python-peer.ts';
import { until } from '../fakes/until.ts';

export interface PeerSeat extends Partial<Pick<TokenWish, 'attributes' | 'grants'>> {
  e2eeKey?: string;
  subscribeActions?: boolean;
  /** Another file than the room's. */
  portal?: string;
}

/** A room whose sides, ours and the peer's, all read one portal.yaml. */
export class InteropRoom {
  readonly ours: PortalSession;
  readonly #folder = mkdtempSync(join(tmpdir(), 'interop-'));
  readonly #yaml = join(this.#folder, 'portal.yaml');
  readonly #peers: PythonPeer[] = [];

  constructor(server: TestServer, yaml: string) {
    writeFileSync(this.#yaml, yaml);
    this.ours = new PortalSession(server, parsePortalYaml(yaml, { session: 'interop', file: this.#yaml }));
  }

  peerRobot(identity = 'arm', seat: PeerSeat = {}): Promise<PythonPeer> {
    return this.#start('peer_robot.py', identity, seat);
  }

  peerOperator(identity: string, seat: PeerSeat = {}): Promise<PythonPeer> {
    return this.#start('peer_operator.py', identity, seat);
  }

  /** Where it is, for a role that is a process of its own. */
  get yamlPath(): string {
    return this.#yaml;
  }

  /** Everybody leaves. */
  async close(): Promise<void> {
    await Promise.all([this.ours.close(), ...this.#peers.splice(0).map((peer) => peer.stop())]);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #start(program: PeerProgram, identity: string, { attributes, grants, portal, ...rest }: PeerSeat): Promise<PythonPeer> {
    const token = await this.ours.token(identity, { ...(attributes === undefined ? {} : { attributes }), ...(grants === undefined ? {} : { grants }) });
    let file = this.#yaml;
    if (portal !== undefined) {
      file = join(this.#folder, `${identity}.yaml`);
      writeFileSync(file, portal);
    }
    const peer = await PythonPeer.start(program, { url: this.ours.url, token, session: this.ours.room, portal: file, ...rest });
    this.#peers.push(peer);
    return peer;
  }
}

/** Both directions at once: our robot with their operator `desk`, their robot `arm` with our operator `desk`; each `desk` has control. */
export interface BothWays {
  ourRobot: SeenRobot;
  theirDesk: PythonPeer;
  theirRobot: PythonPeer;
  ourDesk: SeenOperator;
  /** Of our robot. */
  near: InteropRoom;
  /** Of their robot. */
  far: InteropRoom;
  close(): Promise<void>;
}

export async function openBothWays(server: TestServer, yaml: string): Promise<BothWays> {
  const [near, far] = [new InteropRoom(server, yaml), new InteropRoom(server, yaml)];
  const close = async (): Promise<void> => { await Promise.all([near.close(), far.close()]); };
  try {
    const [ourRobot, theirDesk, theirRobot, ourDesk] = await Promise.all([near.ours.robot(), near.peerOperator('desk'), far.peerRobot(), far.ours.operator('desk')]);
    await until('our operator to see their robot', () => ourDesk.operator.robotIdentity === 'arm');
    await knowsRobot(theirDesk);
    await Promise.all([theirDesk.tell('claim', { identity: 'desk' }), ourDesk.operator.setActiveOperator('desk')]);
    await until('our robot to hear of the claim', () => ourRobot.active.at(-1) === 'desk');
    await theirRobot.until('the claim', () => lastDriver(theirRobot) === 'desk');
    return { ourRobot, theirDesk, theirRobot, ourDesk, near, far, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

/** Who drives, as the peer was told last; undefined = it was told nothing yet. */
export function lastDriver(peer: PythonPeer): unknown {
  return peer.eventsOf('active_operator').at(-1)?.['identity'];
}

/** Waits until the peer's operator knows a robot: it cannot claim before. It reports no such thing by itself. */
export async function knowsRobot(operator: PythonPeer): Promise<void> {
  const end = performance.now() + 20_000;
  while (!(await operator.tell('robot_identity'))) {
    if (performance.now() > end) throw new Error("the peer's operator sees no robot");
  }
}
