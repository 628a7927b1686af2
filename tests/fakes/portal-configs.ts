import { validateConfig, type PortalConfig } from '../../shared/portal/config.ts';

/** Two joints and one chunk, no video: what control needs, and fast to start. */
export function controlConfig(session = 'control'): PortalConfig {
  return validateConfig({
    session,
    fps: 30,
    state: [{ name: 'pan.pos', dtype: 'f32' }],
    action: [{ name: 'pan.pos', dtype: 'f32' }, { name: 'n', dtype: 'i32' }],
    actionChunks: [{ name: 'plan', horizon: 2, fields: [{ name: 'n', dtype: 'i32' }] }],
  });
}
