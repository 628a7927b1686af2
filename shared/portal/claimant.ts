import { claimFailure, claimRequest } from './claim.ts';
import type { Clock } from './clock.ts';
import type { PortalError } from './errors.ts';
import type { Roster } from './roster.ts';
import { robotAbsent } from './session-errors.ts';
import type { Transport } from './transport.ts';

/** The robot's answer and its attribute travel apart; this is how much later the attribute may come. */
const MIRROR_TIMEOUT_MS = 1000;

interface Pending {
  robot: string;
  identity: string | null;
  isMirrored: boolean;
  onMirrored: () => void;
  onRobotLeft: (error: PortalError) => void;
}

/** The operator's side of claims: asks the robot, fails at once when it leaves, and is done when everybody here can see it. */
export class Claimant {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #pending = new Set<Pending>();

  constructor(ports: { transport: Transport; clock: Clock }) {
    this.#transport = ports.transport;
    this.#clock = ports.clock;
  }

  /** Rejects with ROBOT_ABSENT, NOT_AUTHORISED, RPC_TIMEOUT or RPC_FAILED. */
  async claim(roster: Roster, identity: string | null): Promise<void> {
    const robot = roster.robot?.identity ?? null;
    if (robot === null) throw robotAbsent('nobody with the role robot');
    const pending: Pending = {
      robot, identity, isMirrored: roster.activeOperator === identity, onMirrored: () => undefined, onRobotLeft: () => undefined,
    };
    const robotLeft = new Promise<never>((_resolve, reject) => { pending.onRobotLeft = reject; });
    robotLeft.catch(() => undefined);
    this.#pending.add(pending);
    try {
      await Promise.race([this.#transport.performRpc(claimRequest(robot, identity)), robotLeft]);
      if (!pending.isMirrored) await Promise.race([this.#mirrored(pending), robotLeft]);
    } catch (thrown) {
      throw claimFailure(thrown, identity);
    } finally {
      this.#pending.delete(pending);
    }
  }

  pointerChanged(identity: string | null): void {
    for (const pending of this.#pending) {
      if (pending.identity !== identity) continue;
      pending.isMirrored = true;
      pending.onMirrored();
    }
  }

  robotLeft(robot: string): void {
    for (const pending of this.#pending) if (pending.robot === robot) pending.onRobotLeft(robotAbsent(`${robot} left during the claim`));
  }

  #mirrored(pending: Pending): Promise<void> {
    return new Promise((resolve) => {
      // Somebody else may have claimed in between; the claim itself was granted all the same.
      const cancel = this.#clock.after(MIRROR_TIMEOUT_MS, resolve);
      pending.onMirrored = () => {
        cancel();
        resolve();
      };
    });
  }
}
