import type { ConfigBuilder } from '../../shared/portal/config-builder.ts';
import type { PortalConfig } from '../../shared/portal/config.ts';
import { PortalError } from '../../shared/portal/errors.ts';
import type { Role } from '../../shared/portal/names.ts';

/** The config in a builder or already plain, and the builder's key. Throws CONFIG_INVALID for a builder of the other role. */
export function plainConfig<R extends Role>(config: ConfigBuilder<R> | PortalConfig, role: R): { config: PortalConfig; e2eeKey: string | null } {
  if (!('build' in config)) return { config, e2eeKey: null };
  if (config.role !== role) {
    throw new PortalError('CONFIG_INVALID', `this is the config of a ${config.role}`, { expected: `the config of a ${role}`, got: config.role, fix: 'Each role has a config class of its own.' });
  }
  return { config: config.build(), e2eeKey: config.e2eeKey };
}
