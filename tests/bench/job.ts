/** The picture both sides send: a tall RGB24 file of which each frame is a window that slides up and down. */
export interface JobVideo {
  file: string;
  width: number;
  height: number;
  fps: number;
  rowsPerFrame: number;
  codec: BenchCodec;
  /** Of `mjpeg`. */
  quality: number;
}

export type BenchCodec = 'h264' | 'raw' | 'mjpeg';

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
 * An operator program's order. `echo` claims and answers each state · `rival` sends actions at the fps without control ·
 * `chunk` claims and sends chunks at the fps · `observe` records the age of each observation ·
 * `connect` joins, waits for an observation and leaves once a token · `claim` claims and releases `claims` times · `idle` only listens.
 */
export interface OperatorJob {
  mode: 'echo' | 'rival' | 'chunk' | 'observe' | 'connect' | 'claim' | 'idle';
  url: string;
  tokens: readonly string[];
  session: string;
  fps: number;
  claims: number;
  /** How often a connect may be tried before the program gives up. */
  attempts: number;
  /** Codec of the track `front`; null = no track. */
  video: BenchCodec | null;
}

/** The order of the program that is both arms: simulated servos behind pseudo-terminals. */
export interface ArmsJob {
  /** Moves of the leader's joint, each timed until the follower's goal has it. */
  moves: number;
}

/** The order of the program that reads an arm in a loop. `loop` = a leader's ticks · `bus` = exchange after exchange. */
export interface BusJob {
  mode: 'loop' | 'bus';
  port: string;
  hz: number;
  seconds: number;
}

/** A moment's µs timestamp on the robot's clock and the ms that had passed since. */
export type Aged = readonly [timestampUs: number, ageMs: number];

/** Events of both programs, one JSON object a line on stdout. */
export interface SideEvents {
  ready: object;
  /** The app's own word for it. */
  connected: object;
  /** Where the arms' ports are, and the calibration that both have. */
  arms: { leader: string; follower: string; calibration: string };
  /** The robot's answer to `hush`: µs timestamps of all it sent. */
  sent: { captured: readonly number[]; stated: readonly number[] };
  /** The last event. Robot: answers (to its states, and chunks received). Operator: observed or samples (ms), how many connects failed, timestamps of the chunks sent. */
  result: { answers?: readonly Aged[]; observed?: readonly Aged[]; samples?: readonly number[]; refused?: number; chunks?: readonly number[]; reads?: readonly number[]; writes?: readonly number[]; jitter?: readonly number[]; overruns?: number };
}
