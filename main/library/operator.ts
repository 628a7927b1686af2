import type { OperatorConfig } from '../../shared/portal/config-builder.ts';
import type { PortalConfig } from '../../shared/portal/config.ts';
import { Operator as PortalOperator, type OperatorOptions } from '../../shared/portal/operator.ts';
import { connectWithEngine, releaseEngine } from './engine-lease.ts';
import { libraryPorts } from './library-ports.ts';
import { plainConfig } from './plain-config.ts';

/** An operator over LiveKit: Portal's operator with transport and clock, so that a program needs no ports. */
export class Operator extends PortalOperator {
  /** `options.e2eeKey` wins over the config's. Throws CONFIG_INVALID, and NOT_SUPPORTED for a track that this version cannot carry. */
  constructor(config: OperatorConfig | PortalConfig, options: OperatorOptions = {}) {
    const { config: plain, e2eeKey } = plainConfig(config, 'operator');
    super(plain, libraryPorts(), { ...(e2eeKey === null ? {} : { e2eeKey }), ...options });
  }

  override connect(url: string, token: string): Promise<void> {
    return connectWithEngine(this, () => super.connect(url, token));
  }

  /** Idempotent. After the last one of a program nothing of LiveKit keeps its process alive. */
  override async disconnect(): Promise<void> {
    await super.disconnect();
    await releaseEngine(this);
  }
}
