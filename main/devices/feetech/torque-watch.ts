import type { Clock } from '../../../shared/portal/clock.ts';
import { PortalError } from '../../../shared/portal/errors.ts';
import type { FeetechBus } from './bus.ts';
import type { So101Joint } from './so101-motors.ts';
import { REGISTER } from './table.ts';

/** So often every motor is asked whether it still holds: about 0.6 ms on the line each time. */
const LOOK_EVERY_US = 100_000;

/**
 * Motors that let go by themselves: a servo whose supply dipped starts anew without torque and without its settings, and answers
 * as if nothing had happened. It gets no more goals, which might switch it on again in somebody's hands.
 */
export class TorqueWatch {
  readonly #bus: FeetechBus;
  readonly #joints: readonly So101Joint[];
  readonly #clock: Clock;
  readonly #lost = new Set<number>();
  #lookedUs = 0;

  constructor(bus: FeetechBus, joints: readonly So101Joint[], clock: Clock) {
    this.#bus = bus;
    this.#joints = joints;
    this.#clock = clock;
  }

  /** When it is time to. Rejects as a synchronous read. */
  async lookInTime(): Promise<void> {
    if (Math.abs(this.#clock.nowUs() - this.#lookedUs) >= LOOK_EVERY_US) await this.look();
  }

  /** Rejects as a synchronous read. */
  async look(): Promise<void> {
    const torques = await this.#bus.syncRead(this.#joints.map(({ id }) => id), REGISTER.torqueEnable);
    this.#lookedUs = this.#clock.nowUs();
    for (const [id, torque] of torques) if (torque !== 1) this.#lost.add(id);
  }

  /** This motor is let go on purpose, to be taken hold of again: until then it gets no goal, which would be one of before. */
  letsGo(id: number): void {
    this.#lost.add(id);
  }

  /** Whether this motor let go, and was not taken hold of again. */
  hasLost(id: number): boolean {
    return this.#lost.has(id);
  }

  /** Names all of them; null = every motor holds. */
  get fault(): PortalError | null {
    const lost = this.#joints.filter(({ id }) => this.#lost.has(id)).map(({ id, motor }) => `${id} (${motor})`);
    if (lost.length === 0) return null;
    return new PortalError('TORQUE_LOST', `motor ${lost.join(', ')} let go: its torque is off`, {
      expected: 'torque on', got: 'torque off, as after a loss of power',
      fix: 'Support the arm, check supply and cables, then type rearm at the robot host, or call its method rearm: it takes hold where it stands.',
    });
  }

  /** Every motor holds again. */
  forget(): void {
    this.#lost.clear();
  }
}
