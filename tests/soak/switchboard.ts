import type { ServerAccess } from '../../main/ports.ts';
import { systemClock } from '../../main/system-clock.ts';
import { disposeLivekit } from '../../main/transport/ffi-client.ts';
import { LivekitTransport } from '../../main/transport/livekit-transport.ts';
import { mintToken } from '../../main/transport/token.ts';
import { Operator } from '../../shared/portal/operator.ts';
import { parsePortalYaml } from '../../shared/portal-yaml.ts';

/** A supervisor that drives nothing and hands control round. */
export class Switchboard {
  readonly #operator: Operator;

  private constructor(operator: Operator) {
    this.#operator = operator;
  }

  static async join({ server, session, portalYaml }: { server: ServerAccess; session: string; portalYaml: string }): Promise<Switchboard> {
    const operator = new Operator(parsePortalYaml(portalYaml, { session }), { transport: new LivekitTransport(), clock: systemClock }, { video: 'none' });
    const { url, apiKey, apiSecret } = server;
    await operator.connect(url, await mintToken({ apiKey, apiSecret, session, identity: 'switchboard', grants: 'operator' }));
    return new Switchboard(operator);
  }

  /** False = it is not there, or the robot did not grant it. */
  async give(identity: string): Promise<boolean> {
    if (!this.#operator.operators.includes(identity)) return false;
    return this.#operator.setActiveOperator(identity).then(() => true, () => false);
  }

  async leave(): Promise<void> {
    await this.#operator.disconnect();
    await disposeLivekit();
  }
}
