import { Worker } from 'node:worker_threads';
import { PortalError } from '../../shared/portal/errors.ts';
import type { FrameCodec } from '../../shared/portal/frame-codec.ts';

interface Waiting {
  resolve(data: Uint8Array): void;
  reject(error: PortalError): void;
}

type Answer = { id: number } & ({ data: Uint8Array } | { error: string });

// Not written in place: a bundler would take it for an asset of its own and put it somewhere else.
const WORKER_FILE = './png-worker.js';

/** PORT FrameCodec for PNG, 8-bit RGB, exact. The work is done in one thread, which starts with the first frame. */
export class PngCodec implements FrameCodec {
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | null = null;
  #lastId = 0;

  encode({ width, height, rgbBorrow }: Parameters<FrameCodec['encode']>[0]): Promise<Uint8Array> {
    // The thread gets a copy either way; the caller may fill its buffer again meanwhile.
    return this.#ask('encode', rgbBorrow, width, height);
  }

  decode(payload: Uint8Array, width: number, height: number): Promise<Uint8Array> {
    return this.#ask('decode', payload, width, height);
  }

  #ask(kind: 'encode' | 'decode', data: Uint8Array, width: number, height: number): Promise<Uint8Array> {
    const worker = (this.#worker ??= this.#start());
    const id = (this.#lastId += 1);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      const copy = new Uint8Array(data);
      worker.postMessage({ id, kind, data: copy, width, height }, [copy.buffer]);
      worker.ref();
    });
  }

  #start(): Worker {
    const worker = new Worker(new URL(WORKER_FILE, import.meta.url));
    const ended = (why: string): void => {
      if (this.#worker === worker) this.#worker = null;
      for (const { reject } of this.#waiting.values()) reject(broken(why));
      this.#waiting.clear();
    };
    worker.on('message', (answer: Answer) => this.#settle(answer, worker));
    worker.on('error', (error) => ended(error.message));
    worker.on('exit', (code) => ended(`the thread ended with ${code}`));
    return worker;
  }

  #settle(answer: Answer, worker: Worker): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    // An idle thread keeps no process alive.
    if (this.#waiting.size === 0) worker.unref();
    if ('data' in answer) waiting?.resolve(answer.data);
    else waiting?.reject(broken(answer.error));
  }
}

function broken(got: string): PortalError {
  return new PortalError('FRAME_INVALID', 'a PNG could not be made or read', { expected: 'an 8-bit PNG of the size it claims', got });
}
