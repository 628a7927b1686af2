/** Why bytes from the wire were not taken; a stable word for counters and warnings. */
export type DecodeReason =
  /** Another schema, or another kind of packet. */
  | 'fingerprint'
  /** Too short, or not exactly as long as the schema says. */
  | 'length'
  /** A frame packet of a version we do not speak. */
  | 'version'
  /** A frame codec we do not know. */
  | 'codec'
  /** An rtt packet that is neither ping nor pong. */
  | 'kind'
  /** Beyond 2^53 µs (the year 2255), which no clock says. */
  | 'timestamp'
  /** A track name that is too long or not UTF-8. */
  | 'track-name'
  /** Pixels that do not fill the frame they claim to be. */
  | 'dimensions';

/** A decoder's way to say no: decoders are total and never throw, because what they read comes from anybody. */
export interface DecodeRefusal {
  ok: false;
  reason: DecodeReason;
  expected: string;
  got: string;
}

export function refuse(reason: DecodeReason, expected: string, got: string): DecodeRefusal {
  return { ok: false, reason, expected, got };
}
