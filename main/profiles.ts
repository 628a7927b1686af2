import { validateConfig, type PortalConfig } from '../shared/portal/config.ts';
import { parsePortalYaml } from '../shared/portal-yaml.ts';
import { SO101_JOINTS } from '../shared/so101-joints.ts';

/** Schemas that go by a name instead of a file: `--portal NAME`, and `portal: NAME` in station.yaml. */
const PROFILES: Readonly<Record<string, (session: string) => PortalConfig>> = { 'lerobot-so101': lerobotSo101 };

export function isProfile(name: string | undefined): name is string {
  return name !== undefined && Object.hasOwn(PROFILES, name);
}

/** A profile by its name, else a portal.yaml; `./` makes a file of a profile's name one. Throws YAML_INVALID, and what `readText` throws. */
export function readPortal(nameOrPath: string, session: string, readText: (path: string) => string): PortalConfig {
  return isProfile(nameOrPath) ? (PROFILES[nameOrPath] as (session: string) => PortalConfig)(session) : parsePortalYaml(readText(nameOrPath), { session, file: nameOrPath });
}

/**
 * What lerobot-robot-livekit and lerobot-teleoperator-livekit 0.2.8 declare for an SO-101 with one camera: joints in
 * alphabetical order, without their `.pos`, as f64. resources/profiles/lerobot-so101.yaml is the same for others to read.
 */
function lerobotSo101(session: string): PortalConfig {
  const fields = SO101_JOINTS.map(({ name }) => ({ name: name.replace(/\.pos$/u, ''), dtype: 'f64' as const })).sort((a, b) => (a.name < b.name ? -1 : 1));
  return validateConfig({ session, videos: [{ name: 'front', codec: 'h264' }], state: fields, action: fields });
}
