import type { ArmPort } from '../../../shared/arm-setup.ts';
import { mayBeArm, portKey, type SerialPortInfo } from '../serial-ports.ts';
import { PortWatch } from '../port-watch.ts';
import type { ArmBinding } from './arm-bindings.ts';
import type { PortAnswer } from './arm-finder.ts';

/** The ports as a person chooses among them: those that were plugged in meanwhile first, then those an arm may be behind. */
export class PortList {
  readonly #watch = new PortWatch();
  readonly #new = new Set<string>();
  readonly #answers = new Map<string, PortAnswer>();
  #ports: readonly SerialPortInfo[] = [];

  get ports(): readonly SerialPortInfo[] {
    return this.#ports;
  }

  look(ports: readonly SerialPortInfo[]): void {
    const { gone, come } = this.#watch.look(ports);
    this.#ports = ports;
    for (const { path } of gone) {
      this.#new.delete(path);
      this.#answers.delete(path);
    }
    // Only the last one that came is the one just shown by plugging it in.
    if (come.length > 0) this.#new.clear();
    for (const { path } of come) this.#new.add(path);
  }

  answered(answers: readonly PortAnswer[]): void {
    for (const answer of answers) this.#answers.set(answer.path, answer);
  }

  view(bindings: readonly ArmBinding[]): ArmPort[] {
    const rows = this.#ports.map((port): ArmPort => {
      const [key, answer] = [portKey(port), this.#answers.get(port.path)];
      const known = bindings.find((binding) => binding.port === key);
      return {
        path: port.path, key, mayBeArm: mayBeArm(port), isNew: this.#new.has(port.path),
        known: known === undefined ? null : { kind: known.kind, id: known.id },
        answer: answer === undefined ? null : { motors: answer.motors.length, volts: answer.volts, kind: answer.kind, error: answer.error },
      };
    });
    const rank = ({ isNew, mayBeArm: may }: ArmPort): number => (isNew ? 0 : may ? 1 : 2);
    return rows.sort((a, b) => rank(a) - rank(b));
  }
}
