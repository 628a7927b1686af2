/** One field value. Numbers travel as f64 inside and are cast to the field's dtype at the edge; `boolean` only for `bool` fields. */
export type Scalar = number | boolean;
/** Field name to value; at a send call it may be partial: missing fields carry forward. */
export type Values = Readonly<Record<string, Scalar>>;

/** A robot's state. */
export interface State {
  values: Values;
  /** µs since the Unix epoch on the robot's clock. */
  timestampUs: number;
}

/** An operator's action. */
export interface Action {
  values: Values;
  timestampUs: number;
  /** Timestamp of the observation it answers, on the robot's clock; null = not correlated. */
  inReplyToTsUs: number | null;
  /** Identity stamped at the gate, from the server, never from the packet; null on an action of one's own before it is sent. */
  sender: string | null;
}

/** `horizon` rows of an action, one column a field. */
export interface ActionChunk {
  name: string;
  horizon: number;
  /** Field name to a column of `horizon` values. */
  columns: Readonly<Record<string, readonly number[]>>;
  timestampUs: number;
  inReplyToTsUs: number | null;
  sender: string | null;
}

/** What a shadow tap says of a packet besides its content. */
interface ShadowMark {
  /** Identity from the server, never from the packet. */
  sender: string;
  /** When it arrived here (one's own: when it was sent), on this side's clock; `timestampUs` is the sender's. */
  receivedUs: number;
  /**
   * Whether its sender was in control. Null = cannot be told from here: control changed hands within half a second of
   * its arrival, and the robot may have heard of it before or after this packet.
   */
  executed: boolean | null;
}

/** An action of any operator, executed or not. */
export interface ShadowAction extends Action, ShadowMark {
  sender: string;
}

/** As `ShadowAction`. */
export interface ShadowActionChunk extends ActionChunk, ShadowMark {
  sender: string;
}

/** `rgb24`: 3·w·h bytes, rows top to bottom. `i420`: planes Y (w·h), U, V (each w/2·h/2), no padding; even sizes only. */
export type PixelFormat = 'rgb24' | 'i420';

/** One picture. `data` is owned by the receiver. */
export interface VideoFrame {
  track: string;
  width: number;
  height: number;
  format: PixelFormat;
  data: Uint8Array;
  /** Capture time, µs on the robot's clock. */
  timestampUs: number;
}

/** `live`: matched · `stale`: an older frame stands in (freeze) · `omitted`: no frame (omit). */
export type FrameSource = 'live' | 'stale' | 'omitted';

/** One track's part of an observation; `frame` is null exactly when `source` is `omitted`. */
export interface ObservedFrame {
  source: FrameSource;
  frame: VideoFrame | null;
}

/** Frames and state that belong together. */
export interface Observation {
  state: State;
  /** One entry a declared track. */
  frames: Readonly<Record<string, ObservedFrame>>;
  /** The state's timestamp. */
  timestampUs: number;
}
