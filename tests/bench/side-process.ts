import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { SideEvents } from './job.ts';

const LAST_LINES = 12;

/**
 * One program of one side: a process that speaks JSON lines. Its stdin is its life line: when this process dies, it
 * reads the end of it and leaves by itself.
 */
export class SideProcess {
  readonly name: string;
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #events = new Map<string, unknown>();
  readonly #stderr: string[] = [];
  #waiting: (() => void) | null = null;
  #ended: string | null = null;
  #exited: Promise<void>;

  private constructor(name: string, child: ChildProcess, pid: number) {
    this.name = name;
    this.pid = pid;
    this.#child = child;
    const { stdout, stderr } = child;
    if (stdout === null || stderr === null) throw new Error(`${name}: started without pipes`);
    createInterface({ input: stdout }).on('line', (line) => this.#takeLine(line));
    createInterface({ input: stderr }).on('line', (line) => this.#keepLine(line));
    this.#exited = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        this.#ended = signal ?? `code ${code}`;
        this.#waiting?.();
        resolve();
      });
    });
  }

  static start(name: string, command: readonly string[], env: NodeJS.ProcessEnv): SideProcess {
    const [program = '', ...args] = command;
    const child = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    // A program that cannot be started has no pid; its `error` event is the only other trace and would end this process.
    child.on('error', () => undefined);
    if (child.pid === undefined) throw new Error(`${name}: cannot start ${program}`);
    child.stdin?.on('error', () => undefined);
    return new SideProcess(name, child, child.pid);
  }

  /** Rejects after `timeoutMs`, or when the program ended without it, with the program's last words. */
  async event<N extends keyof SideEvents>(name: N, timeoutMs: number): Promise<SideEvents[N]> {
    const deadline = Date.now() + timeoutMs;
    while (!this.#events.has(name)) {
      if (this.#ended !== null) throw new Error(`${this.name} ended (${this.#ended}) before "${name}"${this.#lastWords()}`);
      const leftMs = deadline - Date.now();
      if (leftMs <= 0) throw new Error(`${this.name}: no "${name}" within ${timeoutMs} ms${this.#lastWords()}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#waiting = () => { clearTimeout(timer); resolve(); };
      });
    }
    return this.#events.get(name) as SideEvents[N];
  }

  say(word: 'go' | 'hush' | 'finish'): void {
    this.#child.stdin?.write(`${word}\n`);
  }

  /** Idempotent. Asks first, then insists. */
  async stop(): Promise<void> {
    if (this.#ended !== null) return;
    this.#child.stdin?.end();
    const insist = [setTimeout(() => this.#child.kill('SIGTERM'), 3000), setTimeout(() => this.#child.kill('SIGKILL'), 6000)];
    await this.#exited;
    for (const timer of insist) clearTimeout(timer);
  }

  #takeLine(line: string): void {
    let event: unknown;
    try { event = JSON.parse(line); } catch { this.#keepLine(line); return; }
    if (typeof event !== 'object' || event === null || !('event' in event) || typeof event.event !== 'string') { this.#keepLine(line); return; }
    this.#events.set(event.event, event);
    this.#waiting?.();
  }

  #keepLine(line: string): void {
    this.#stderr.push(line);
    if (this.#stderr.length > LAST_LINES) this.#stderr.shift();
  }

  #lastWords(): string {
    return this.#stderr.length === 0 ? '' : `; its last words: ${this.#stderr.join(' | ')}`;
  }
}
