import type { Clock } from '../../../shared/portal/clock.ts';
import { BROADCAST_ID, encodePacket, INSTRUCTION, type BusPacket } from '../feetech/packet.ts';
import { INSTRUCTION_RULES, PacketScanner } from '../feetech/packet-scanner.ts';
import { REGISTER } from '../feetech/table.ts';
import type { SimServo } from './sim-servo.ts';

/** What goes wrong on the line, by command. */
export interface BusFaults {
  /** Ids that do not answer. */
  silent: Set<number>;
  /** So many of the next replies are lost. */
  dropNext: number;
  /** So many of the next replies have one byte turned over. */
  corruptNext: number;
  /** Every reply comes this much later. */
  delayMs: number;
}

/**
 * A simulated servo bus: bytes in, bytes out, as a real one with these servos on it. Two servos of one id answer at once and
 * spoil each other's reply.
 */
export class SimBus {
  readonly servos: readonly SimServo[];
  readonly faults: BusFaults = { silent: new Set(), dropNext: 0, corruptNext: 0, delayMs: 0 };
  /** What the line runs at; a servo set to another rate hears nothing. Null = all the same. */
  lineBaud: () => number | null = () => null;
  /** Every write that reached a servo, for whoever checks what was really sent. */
  onWrite: (write: { id: number; address: number; data: Uint8Array; atUs: number }) => void = () => undefined;
  readonly #clock: Clock;
  readonly #send: (bytes: Uint8Array) => void;
  readonly #scanner = new PacketScanner(INSTRUCTION_RULES);
  #staged: { servo: SimServo; address: number; data: Uint8Array }[] = [];

  /** `send`: where replies go. */
  constructor(servos: readonly SimServo[], clock: Clock, send: (bytes: Uint8Array) => void) {
    this.servos = servos;
    this.#clock = clock;
    this.#send = send;
  }

  /** Bytes from the computer. */
  receive(bytes: Uint8Array): void {
    for (const packet of this.#scanner.push(bytes)) this.#obey(packet);
  }

  #obey({ id, code, parameters }: BusPacket): void {
    const nowUs = this.#clock.nowUs();
    const [address = 0, count = 0] = parameters;
    const baud = this.lineBaud();
    const hearing = this.servos.filter((servo) => servo.isPlugged && (baud === null || baud === servo.baud));
    const addressed = hearing.filter((servo) => servo.id === id || id === BROADCAST_ID);
    switch (code) {
      case INSTRUCTION.ping:
        return this.#answer(addressed, () => new Uint8Array(), nowUs);
      case INSTRUCTION.read:
        if (id === BROADCAST_ID) return;
        return this.#answer(addressed, (servo) => servo.memory.read(address, count), nowUs);
      case INSTRUCTION.write: {
        for (const servo of addressed) this.#write(servo, address, parameters.slice(1), nowUs);
        if (id === BROADCAST_ID) return;
        return this.#answer(addressed.filter((servo) => servo.memory.get(REGISTER.responseStatusLevel) !== 0), () => new Uint8Array(), nowUs, id);
      }
      case INSTRUCTION.regWrite:
        this.#staged.push(...addressed.map((servo) => ({ servo, address, data: parameters.slice(1) })));
        if (id !== BROADCAST_ID) this.#answer(addressed, () => new Uint8Array(), nowUs);
        return;
      case INSTRUCTION.action:
        for (const { servo, address: at, data } of this.#staged.splice(0)) this.#write(servo, at, data, nowUs);
        return;
      case INSTRUCTION.syncRead: {
        for (const listed of parameters.slice(2)) {
          this.#answer(hearing.filter((servo) => servo.id === listed), (servo) => servo.memory.read(address, count), nowUs);
        }
        return;
      }
      case INSTRUCTION.syncWrite:
        for (let at = 2; at + count < parameters.length; at += count + 1) {
          const listed = hearing.filter((servo) => servo.id === parameters[at]);
          for (const servo of listed) this.#write(servo, address, parameters.slice(at + 1, at + 1 + count), nowUs);
        }
        return;
      default:
        return;
    }
  }

  #write(servo: SimServo, address: number, data: Uint8Array, atUs: number): void {
    this.onWrite({ id: servo.id, address, data, atUs });
    servo.write(address, data, atUs);
  }

  /** `asId`: a servo that was just given another id still answers under the one it was called by. */
  #answer(servos: readonly SimServo[], content: (servo: SimServo) => Uint8Array, nowUs: number, asId: number | null = null): void {
    const replies = new Map<number, Uint8Array[]>();
    for (const servo of servos) {
      const id = asId ?? servo.id;
      if (this.faults.silent.has(id)) continue;
      servo.advance(nowUs);
      replies.set(id, [...(replies.get(id) ?? []), encodePacket(id, servo.errorBits, content(servo))]);
    }
    for (const same of replies.values()) this.#reply(collide(same));
  }

  #reply(bytes: Uint8Array): void {
    const { faults } = this;
    if (faults.dropNext > 0) {
      faults.dropNext -= 1;
      return;
    }
    const sent = bytes.slice();
    if (faults.corruptNext > 0) {
      faults.corruptNext -= 1;
      sent[sent.length - 1] = (sent.at(-1) ?? 0) ^ 0x55;
    }
    if (faults.delayMs > 0) this.#clock.after(faults.delayMs, () => { this.#send(sent); });
    else this.#send(sent);
  }
}

/** An open-collector line is low as soon as one of the senders pulls it low. */
function collide(replies: readonly Uint8Array[]): Uint8Array {
  const [first = new Uint8Array(), ...others] = replies;
  if (others.length === 0) return first;
  const spoilt = first.map((byte, index) => others.reduce((line, other) => line & (other[index] ?? 0xff), byte));
  // Two that are equal to the bit would pass for one; real ones are never that much in step.
  spoilt[spoilt.length - 1] = (spoilt.at(-1) ?? 0) ^ 0x01;
  return spoilt;
}
