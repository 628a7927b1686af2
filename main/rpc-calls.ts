import type { RpcCall } from '../shared/console-state.ts';
import type { Clock } from '../shared/portal/clock.ts';
import { toPortalError } from '../shared/portal/errors.ts';
import type { Operator } from '../shared/portal/operator.ts';
import type { ConsoleStore } from './console-store.ts';

/** Calls kept; a reply may have 15 KB, and the list goes to the window whole. */
const MAX_CALLS = 10;
/** For methods of which nothing is known. */
const TIMEOUT_MS = 15_000;

/** Calls of the robot's RPC methods made from this console, the newest last. */
export class RpcCalls {
  readonly #operator: Operator;
  readonly #clock: Clock;
  readonly #store: ConsoleStore;
  #calls: readonly RpcCall[] = [];
  #nextId = 1;
  #isOver = false;

  constructor(operator: Operator, clock: Clock, store: ConsoleStore) {
    this.#operator = operator;
    this.#clock = clock;
    this.#store = store;
  }

  /** The session is over: what still comes is nobody's. */
  close(): void {
    this.#isOver = true;
  }

  /** Its outcome, error or not, is in the state's `calls`. Resolves when it is there. */
  async call(method: string, payload: string): Promise<void> {
    const described = this.#store.state.hostDescription?.methods.find(({ name }) => name === method);
    const responseTimeoutMs = described?.timeoutMs ?? TIMEOUT_MS;
    const startedUs = this.#clock.nowUs();
    const id = this.#nextId;
    this.#nextId += 1;
    this.#set([...this.#calls, { id, method, payload, startedUs, durationMs: null, reply: null, error: null }].slice(-MAX_CALLS));
    const outcome = await this.#operator.performRpc(method, payload, { responseTimeoutMs }).then(
      (reply) => ({ reply }),
      (thrown: unknown) => ({ error: toPortalError(thrown).toJSON() }),
    );
    const durationMs = (this.#clock.nowUs() - startedUs) / 1000;
    this.#set(this.#calls.map((one) => (one.id === id ? { ...one, durationMs, ...outcome } : one)));
  }

  #set(calls: RpcCall[]): void {
    this.#calls = calls;
    if (!this.#isOver) this.#store.set({ calls });
  }
}
