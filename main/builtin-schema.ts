import { validateConfig, type PortalConfig } from '../shared/portal/config.ts';
import { SO101_JOINTS } from '../shared/so101-joints.ts';

/** What a session speaks when no portal.yaml is given: an SO-101, its joints as f32 in state and action, chunks of half a second, H.264 cameras at 30 fps. */
export function builtinPortalConfig(session: string, cameras: readonly string[]): PortalConfig {
  const fields = SO101_JOINTS.map(({ name }) => ({ name, dtype: 'f32' as const }));
  return validateConfig({ session, videos: cameras.map((name) => ({ name, codec: 'h264' })), state: fields, action: fields, actionChunks: [{ name: 'policy', horizon: 16, fields }] });
}
