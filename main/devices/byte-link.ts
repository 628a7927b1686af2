/** PORT: a line of bytes to a device, both ways: a serial port, or what stands in for one. */
export interface ByteLink {
  /** What to call it in messages, for instance `/dev/ttyACM0`. */
  readonly name: string;
  /** Rejects with PORT_MISSING, PORT_BUSY, PERMISSION or DEVICE_FAILED. */
  open(listener: ByteLinkListener): Promise<void>;
  /** Rejects with PORT_LOST when the line is not open. */
  write(bytes: Uint8Array): Promise<void>;
  /** Throws away what has arrived and was not handed over yet. A serial port also drops what was written and is not sent yet. */
  discardInput(): Promise<void>;
  /** Idempotent, never rejects. */
  close(): Promise<void>;
}

/** Calls are synchronous and in order; a listener never throws. */
export interface ByteLinkListener {
  onBytes(bytes: Uint8Array): void;
  /** The line ended by itself: unplugged, for instance. Not called after `close`. */
  onLost(reason: string): void;
}
