/** The picture both sides send: a tall RGB24 file of which each frame is a window that slides up and down. */
export interface JobVideo {
  file: string;
  width: number;
  height: number;
  fps: number;
  rowsPerFrame: number;
}

/** A robot program's order. `stateHz` equal to the video's fps sends each state with its frame's timestamp. */
export interface RobotJob {
  url: string;
  token: string;
  session: string;
  fps: number;
  stateHz: number;
  video: JobVideo | null;
}

/**
 * An operator program's order. `echo` claims and answers each state · `observe` records the age of each observation ·
 * `connect` joins and leaves once a token · `claim` claims and releases `claims` times · `idle` only listens.
 */
export interface OperatorJob {
  mode: 'echo' | 'observe' | 'connect' | 'claim' | 'idle';
  url: string;
  tokens: readonly string[];
  session: string;
  fps: number;
  claims: number;
  /** How often a connect may be tried before the program gives up. */
  attempts: number;
  video: boolean;
}

/** A moment's µs timestamp on the robot's clock and the ms that had passed since. */
export type Aged = readonly [timestampUs: number, ageMs: number];

/** Events of both programs, one JSON object a line on stdout. */
export interface SideEvents {
  ready: object;
  /** The app's own word for it. */
  connected: object;
  /** The robot's answer to `hush`: µs timestamps of all it sent. */
  sent: { captured: readonly number[]; stated: readonly number[] };
  /** The last event. Robot: answers. Operator: observed or samples (ms), and how many connects failed. */
  result: { answers?: readonly Aged[]; observed?: readonly Aged[]; samples?: readonly number[]; refused?: number };
}
