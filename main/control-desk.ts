import { PortalError } from '../shared/portal/errors.ts';
import { RPC_METHOD } from '../shared/portal/names.ts';
import type { Operator } from '../shared/portal/operator.ts';
import { stopRobot } from './stop-robot.ts';

/** What a person at a console does about control. Every call rejects with the robot's refusal. */
export class ControlDesk {
  readonly #operator: Operator;
  readonly #say: (text: string) => void;

  constructor(operator: Operator, say: (text: string) => void) {
    this.#operator = operator;
    this.#say = say;
  }

  /** Null = nobody. */
  async give(identity: string | null): Promise<void> {
    await this.#operator.setActiveOperator(identity);
  }

  take(): Promise<void> {
    const me = this.#operator.localIdentity;
    if (me === null) throw new PortalError('NOT_CONNECTED', 'There is no session to take control in', { fix: 'Wait for the connection.' });
    return this.give(me);
  }

  /** Latches STOP at the robot; at one that has none, control is released, so that nothing more is executed. */
  async stop(): Promise<void> {
    const done = await stopRobot(this.#operator);
    this.#say(done === 'stopped' ? 'You pressed STOP' : 'This robot has no STOP: control was released instead, and what it does now is up to it');
  }

  async clearStop(): Promise<void> {
    await this.#operator.performRpc(RPC_METHOD.clearStop, '');
  }
}
