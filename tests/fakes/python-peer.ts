import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { cacheFolder } from '../../main/server/cache-folder.ts';

/** The release of the peer that the wire is compatible with. */
export const PEER_VERSION = '0.2.8';
const DEADLINE_MS = 15_000;
/** Longer than any call that a test lets run into its own timeout. */
const REPLY_DEADLINE_MS = 30_000;
const START_DEADLINE_MS = 50_000;
const STOP_DEADLINE_MS = 5_000;
/**
 * Now and then an answer of the server to a write of attributes is lost, as `main/transport/local-attributes.ts` says. Ours asks
 * again; the peer writes its role once, waits 5 s and gives up. What it is told is the same in another start.
 */
const MISSED_ANSWER = /failed to publish role attribute.*request timeout/u;
const STARTS = 3;

/** The peer's python: PORTAL_PEER_PYTHON, else where set-up puts it. */
export function peerPython(env: NodeJS.ProcessEnv = process.env): string {
  const inVenv = process.platform === 'win32' ? join('Scripts', 'python.exe') : join('bin', 'python');
  return env['PORTAL_PEER_PYTHON'] || join(cacheFolder(env), `peer-${PEER_VERSION}`, inVenv);
}

/** Why there is no peer to test against; null when there is one. */
export function missingPeer(): string | null {
  const python = peerPython();
  if (!existsSync(python)) return `no peer at ${python}; run \`npm run setup -- peer\`, or set PORTAL_PEER_PYTHON`;
  const check = spawnSync(python, ['-c', 'import livekit.portal'], { encoding: 'utf8' });
  return check.status === 0 ? null : `${python} has no livekit.portal: ${check.stderr.trim().split('\n').at(-1) ?? ''}`;
}

export type PeerMessage = Readonly<Record<string, unknown>>;
export type PeerProgram = 'peer_operator.py' | 'peer_robot.py';

export interface PeerArguments {
  url: string;
  token: string;
  session: string;
  /** Path of a portal.yaml. */
  portal: string;
  e2eeKey?: string;
  subscribeActions?: boolean;
}

/** A program of the unmodified Python peer, told what to do and reporting what happens, one JSON object a line. */
export class PythonPeer {
  readonly #child: ChildProcess;
  readonly #replies = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  readonly #waiters = new Set<() => void>();
  readonly #exited: Promise<void>;
  #nextId = 1;
  #stderr = '';
  #hasExited = false;
  /** Everything it reported, in order. */
  readonly events: PeerMessage[] = [];

  private constructor(program: PeerProgram, options: PeerArguments) {
    const script = join(import.meta.dirname, '..', 'interop', 'peer', program);
    const args = ['--url', options.url, '--token', options.token, '--session', options.session, '--portal', options.portal];
    if (options.e2eeKey !== undefined) args.push('--e2ee-key', options.e2eeKey);
    if (options.subscribeActions === true) args.push('--subscribe-actions');
    this.#child = spawn(peerPython(), ['-u', script, ...args], { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' } });
    this.#exited = new Promise((resolve) => this.#child.once('exit', () => {
      this.#hasExited = true;
      this.#failAll(new Error(`${program} ended\n${this.#stderr}`));
      this.#look();
      resolve();
    }));
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => { this.#stderr = (this.#stderr + text).slice(-8000); });
    this.#child.stdin?.on('error', () => undefined);
    if (this.#child.stdout !== null) createInterface({ input: this.#child.stdout }).on('line', (line) => { this.#read(line); });
  }

  /** Starts it; resolves once it is connected. */
  static async start(program: PeerProgram, options: PeerArguments): Promise<PythonPeer> {
    for (let starts = 1; ; starts += 1) {
      const peer = new PythonPeer(program, options);
      try {
        await peer.until('the peer to connect', () => peer.events.some(({ event }) => event === 'ready' || event === 'failed'), START_DEADLINE_MS);
        const failed = peer.events.find(({ event }) => event === 'failed');
        if (failed === undefined) return peer;
        const words = JSON.stringify(failed);
        if (starts === STARTS || !MISSED_ANSWER.test(words)) throw new Error(`the peer did not connect: ${words}`);
      } catch (thrown) {
        await peer.stop();
        throw thrown;
      }
      await peer.stop();
    }
  }

  /** Tells it what to do; resolves with its reply, rejects with its error (`code` = the RPC's where there is one), or at the deadline. */
  async tell(what: string, details: PeerMessage = {}, deadlineMs = REPLY_DEADLINE_MS): Promise<unknown> {
    const id = this.#nextId++;
    const reply = new Promise<unknown>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#replies.delete(id);
        reject(new Error(`no reply to ${what} within ${deadlineMs} ms; ${this.events.length} reports, last: ${JSON.stringify(this.events.slice(-2))}\n${this.#stderr}`));
      }, deadlineMs);
      this.#replies.set(id, {
        resolve: (value) => {
          clearTimeout(timer);
          resolve(value);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
    });
    this.#child.stdin?.write(`${JSON.stringify({ id, do: what, ...details })}\n`);
    return reply;
  }

  eventsOf(event: string): PeerMessage[] {
    return this.events.filter((message) => message['event'] === event);
  }

  /** Waits until `condition` holds, looking after every report; fails at the deadline or when the program ends. */
  until(what: string, condition: () => boolean, deadlineMs = DEADLINE_MS): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const finish = (error: Error | null): void => {
        this.#waiters.delete(look);
        clearTimeout(timer);
        if (error === null) resolve();
        else reject(error);
      };
      const look = (): void => {
        if (condition()) finish(null);
        else if (this.#hasExited) finish(new Error(`the peer ended while waiting for ${what}\n${this.#stderr}`));
      };
      const timer = setTimeout(() => {
        const seen = JSON.stringify(this.events.slice(-5));
        finish(new Error(`waited ${deadlineMs} ms in vain for ${what}; last reports: ${seen}\n${this.#stderr}`));
      }, deadlineMs);
      this.#waiters.add(look);
    });
  }

  /** Leaves the room and ends; killed when it does not. */
  async stop(): Promise<void> {
    this.#child.stdin?.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_DEADLINE_MS);
    await this.#exited;
    clearTimeout(timer);
  }

  /** Dies without leaving, as on a power cut. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  /** Stops running and answers nothing more, with its connection open, as on a cut cable. */
  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  #read(line: string): void {
    const message = parse(line);
    if (message === null) return;
    if (typeof message['id'] === 'number') this.#settle(message['id'], message);
    else this.events.push(message);
    this.#look();
  }

  #settle(id: number, message: PeerMessage): void {
    const waiting = this.#replies.get(id);
    this.#replies.delete(id);
    const failure = message['error'] as { message: string; code: number | null } | undefined;
    if (failure === undefined) waiting?.resolve(message['result']);
    else waiting?.reject(Object.assign(new Error(failure.message), failure));
  }

  #failAll(error: Error): void {
    for (const { reject } of this.#replies.values()) reject(error);
    this.#replies.clear();
  }

  #look(): void {
    for (const look of [...this.#waiters]) look();
  }
}

function parse(line: string): PeerMessage | null {
  try {
    return JSON.parse(line) as PeerMessage;
  } catch {
    // The peer's native side prints lines of its own.
    return null;
  }
}
