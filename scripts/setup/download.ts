import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Task } from './progress.ts';

/** A host out of reach must not hold anybody up: the next way is waiting. */
const ANSWER_MS = 8_000;
const STALL_MS = 30_000;

/** A small text from the net. Throws within seconds where it cannot be had. */
export async function fetchText(url: string): Promise<string> {
  const response = await answer(url, AbortSignal.timeout(ANSWER_MS));
  return response.text();
}

/**
 * Loads a file and checks its SHA-256 (hex) on the way. Throws within seconds when the host does not answer, when the
 * stream stalls, and when the checksum differs; the file is then gone.
 */
export async function download(url: string, file: string, sha256: string, task: Task): Promise<void> {
  const abort = new AbortController();
  let timer = setTimeout(() => abort.abort(new Error(`${url} does not answer`)), ANSWER_MS);
  const hash = createHash('sha256');
  try {
    const response = await answer(url, abort.signal);
    if (response.body === null) throw new Error(`${url} has no content`);
    const total = Number(response.headers.get('content-length') ?? 0);
    let loaded = 0;
    const meter = new Transform({
      transform(chunk: Buffer, _encoding, next) {
        clearTimeout(timer);
        timer = setTimeout(() => abort.abort(new Error(`${url} stalled after ${loaded} bytes`)), STALL_MS);
        hash.update(chunk);
        loaded += chunk.byteLength;
        task.say(total > 0 ? `downloading ${Math.floor((100 * loaded) / total)} % of ${megabytes(total)}` : `downloading ${megabytes(loaded)}`);
        next(null, chunk);
      },
    });
    await pipeline(Readable.fromWeb(response.body as import('node:stream/web').ReadableStream), meter, createWriteStream(file), { signal: abort.signal });
    const got = hash.digest('hex');
    if (got !== sha256.toLowerCase()) throw new Error(`${url} has the SHA-256 ${got}, expected ${sha256}`);
  } catch (error) {
    await rm(file, { force: true });
    throw abort.signal.aborted ? abort.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

async function answer(url: string, signal: AbortSignal): Promise<Response> {
  const response = await fetch(url, { signal, redirect: 'follow' }).catch((error: unknown) => {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new Error(`${new URL(url).host} is out of reach (${cause})`, { cause: error });
  });
  if (!response.ok) throw new Error(`${url} answers ${response.status} ${response.statusText}`);
  return response;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
