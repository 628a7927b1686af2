/** PORT: time. The core never reads a clock or starts a timer of its own. */
export interface Clock {
  /** Microseconds since the Unix epoch; a `number` is exact until the year 2255. */
  nowUs(): number;
  /** Runs `task` every `intervalMs` until the returned function is called. */
  every(intervalMs: number, task: () => void): () => void;
  /** Runs `task` once after `delayMs`, unless the returned function is called before; what has arrived by then is heard first. */
  after(delayMs: number, task: () => void): () => void;
}
