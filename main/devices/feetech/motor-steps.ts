import type { ArmMotorStep } from '../../../shared/arm-setup.ts';
import { SETUP_ORDER } from './motor-setup.ts';
import type { ArmMotor } from './so101-motors.ts';

/** Which motor's turn it is while new ones are set up; a person may go back and leave some out. */
export class MotorSteps {
  readonly #status = new Map<number, 'done' | 'skipped'>();
  #at = 0;

  /** Whose turn it is; null = all had theirs. */
  get target(): ArmMotor | null {
    return SETUP_ORDER[this.#at] ?? null;
  }

  /** Every motor was set up: the whole chain can be checked. */
  get isComplete(): boolean {
    return SETUP_ORDER.every(({ id }) => this.#status.get(id) === 'done');
  }

  settle(status: 'done' | 'skipped'): void {
    const { target } = this;
    if (target === null) return;
    // A motor that was set up before stays so when it is only passed by.
    if (status === 'done' || this.#status.get(target.id) !== 'done') this.#status.set(target.id, status);
    this.#at += 1;
  }

  back(): void {
    this.#at = Math.max(0, this.#at - 1);
  }

  get view(): ArmMotorStep[] {
    return SETUP_ORDER.map(({ motor, id }, index) => ({ motor, id, status: index === this.#at ? 'next' : (this.#status.get(id) ?? 'waiting') }));
  }
}
