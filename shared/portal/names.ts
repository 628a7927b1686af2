/**
 * Every name that crosses the wire. Those that livekit-portal 0.2.8 knows are its own; what is ours alone starts with
 * `portal_console.` so that the peer ignores it.
 */

/** Topics of data packets and byte streams. */
export const TOPIC = {
  state: 'portal_state',
  action: 'portal_action',
  actionChunk: 'portal_action_chunk',
  frameVideo: 'portal_frame_video',
  rtt: 'portal_rtt',
} as const;
export type Topic = (typeof TOPIC)[keyof typeof TOPIC];

/** Participant attributes. */
export const ATTRIBUTE = {
  /** `robot` or `operator`; a participant without it is neither. */
  role: 'lk.portal.role',
  /** Set by the robot: identity of the operator in control; empty or absent = nobody. */
  activeOperator: 'lk.portal.active_operator',
  /** Ours, set by our robot host: a `HostState` as JSON. Absent on the peer's robots. */
  hostState: 'portal_console.host_state',
  /** Ours, asked of a token endpoint for the live view: `viewer`. */
  grants: 'portal_console.grants',
} as const;

/** RPC methods. */
export const RPC_METHOD = {
  /** On the robot. Payload: identity as plain text, `''` = nobody. Reply `''`. */
  setActiveOperator: 'portal.set_active_operator',
  /** Ours, on our robot host: latch STOP. Anybody may call it. Payload: reason. */
  stop: 'portal.stop',
  /** Ours, on our robot host: clear STOP. Supervisors only; does not resume motion. */
  clearStop: 'portal.clear_stop',
  /** Ours, on our robot host: joints with limits, cameras, safety settings. Reply: JSON `HostDescription`. */
  describe: 'portal_console.describe',
  /** Ours, on our robot host: counters that change. Reply: JSON `HostStatus`. */
  status: 'portal_console.status',
} as const;

/** RPC error codes: 14xx and 15xx are LiveKit's own. */
export const RPC_CODE = {
  unsupportedMethod: 1400,
  recipientNotFound: 1401,
  requestPayloadTooLarge: 1402,
  applicationError: 1500,
  connectionTimeout: 1501,
  responseTimeout: 1502,
  recipientDisconnected: 1503,
  responsePayloadTooLarge: 1504,
  sendFailed: 1505,
  /** Portal: the robot is not connected. */
  notConnected: 2001,
  /** Portal: writing the pointer failed. */
  attributeWriteFailed: 2002,
  /** Ours: the claim policy refuses; the message says why. */
  notAuthorised: 2003,
} as const;

export type Role = 'robot' | 'operator';

/** `ping_ms` of a fresh config, and how long the peer waits for a claim to be answered. */
export const DEFAULT_PING_MS = 1000;
export const CLAIM_TIMEOUT_MS = 8000;
