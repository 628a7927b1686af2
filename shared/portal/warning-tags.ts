/**
 * Every tag a warning can have. Stable: logs, dashboards and support pages match on them, and each has its row in the
 * README's table of warnings.
 */
export const WARNING_TAGS = [
  // what others send
  'schema-mismatch',
  'unknown-chunk',
  'unknown-track',
  'codec-mismatch',
  'decode-failed',
  'decode-slow',
  'bad-payload',
  'missing-timestamp',
  'second-robot',
  // what this side sends
  'unknown-field',
  'saturated',
  'chunk-length',
  'publish-full',
  'publish-failed',
  'send-failed',
  'host-state-failed',
  // synchronization
  'sync-drop',
  'state-overflow',
  'video-overflow',
  // control
  'claim-refused',
  'claim-failed',
  'driver-silent',
  'stop',
  'stop-cleared',
  // arms
  'motor-model',
  'rest-pose',
  // the robot host's cameras
  'camera-lost',
  'camera-back',
  'camera-stuck',
  // the program around it
  'callback-failed',
  'callback-slow',
  'shadow-full',
  'rpc-handler-failed',
  // the link to the server
  'role-lost',
  'disconnect-failed',
  'announce-late',
  'encryption-failed',
  'engine-refused',
  'track-subscription-failed',
  'byte-stream-too-large',
  'byte-stream-idle',
  'byte-stream-crowded',
  'byte-stream-broken',
] as const;
export type WarningTag = (typeof WARNING_TAGS)[number];

/** How often each warning came, said or held back; a tag that never came is left out. */
export type WarningTotals = Readonly<Partial<Record<WarningTag, number>>>;
