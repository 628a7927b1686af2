import type { Clock } from '../../../shared/portal/clock.ts';
import { PortalError, toPortalError } from '../../../shared/portal/errors.ts';
import type { ByteLink } from '../byte-link.ts';
import { BROADCAST_ID, BYTE_US, EMPTY_PACKET_BYTES, INSTRUCTION, pingPacket, readPacket, syncReadPacket, syncWritePacket, writePacket, type BusPacket } from './packet.ts';
import { PacketScanner, STATUS_RULES } from './packet-scanner.ts';
import { decodeRegister, encodeRegister, type Register } from './table.ts';

/** What the line may take beyond its bytes: USB adapters bundle, systems schedule. */
const PATIENCE_US = 30_000;
/** While an arm is opened or set up nothing has to be in time, and a machine that is busy must not pass for a motor that is silent. */
const SETUP_PATIENCE_US = 100_000;
/** Of an exchange that can be repeated without harm. */
const RETRIES = 2;
/** Of one register: asked while an arm is opened or set up, where nothing waits for it and a busy machine must not look like a loose cable. */
const PATIENT_RETRIES = 5;
/** Servos answer a broadcast ping in the order of their ids, 252 at most. */
const BROADCAST_PING_US = 252 * EMPTY_PACKET_BYTES * BYTE_US + 252 * 3000 + 16_000;

export interface BusCounters {
  transactions: number;
  /** Transactions that were sent again. */
  retries: number;
  timeouts: number;
  /** Replies that were damaged on the way. */
  corrupt: number;
}

interface Transaction {
  /** Who shall answer, with how many bytes; a reply of another shape is not one. */
  awaits: Set<number>;
  replyBytes: number;
  replies: Map<number, Uint8Array>;
  done(): void;
  lost(error: PortalError): void;
}

/** Missing answers of one transaction: nothing at all came, or something that was damaged. */
type Shortfall = 'silent' | 'damaged';

/**
 * One Feetech bus: every request goes alone and in order, each with a deadline. The error bits of every reply are kept, those
 * of a synchronous read included; they never make a reading fail, because a servo in trouble still tells its position.
 */
export class FeetechBus {
  readonly #link: ByteLink;
  readonly #clock: Clock;
  #patienceUs: number;
  readonly #motorNames: ReadonlyMap<number, string>;
  readonly #scanner = new PacketScanner(STATUS_RULES);
  readonly #errorBits = new Map<number, number>();
  readonly #counters: BusCounters = { transactions: 0, retries: 0, timeouts: 0, corrupt: 0 };
  #queue: Promise<unknown> = Promise.resolve();
  #current: Transaction | null = null;
  #lost: PortalError | null = null;

  /** `motorNames`: what errors call the motors besides their ids. `patienceUs`: how long an answer may take beyond its bytes. */
  constructor(link: ByteLink, clock: Clock, motorNames: ReadonlyMap<number, string> = new Map(), patienceUs = PATIENCE_US) {
    this.#link = link;
    this.#clock = clock;
    this.#motorNames = motorNames;
    this.#patienceUs = patienceUs;
  }

  /** Does `work` with the time that answers get while an arm is set up. */
  async patiently<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#patienceUs;
    this.#patienceUs = Math.max(before, SETUP_PATIENCE_US);
    try {
      return await work();
    } finally {
      this.#patienceUs = before;
    }
  }

  get name(): string {
    return this.#link.name;
  }

  get counters(): Readonly<BusCounters> {
    return { ...this.#counters };
  }

  /** Rejects as the link does. `onLost`: the line went away by itself. */
  async open(onLost: (error: PortalError) => void): Promise<void> {
    this.#lost = null;
    this.#scanner.clear();
    await this.#link.open({
      onBytes: (bytes) => { this.#take(bytes); },
      onLost: (reason) => {
        this.#lost = new PortalError('PORT_LOST', `${this.name} went away`, { got: reason, fix: 'Plug the arm in again.' });
        this.#current?.lost(this.#lost);
        onLost(this.#lost);
      },
    });
  }

  /** Waits for the request under way, then lets the line go. Never rejects. */
  async close(): Promise<void> {
    await this.#queue;
    this.#lost = new PortalError('PORT_LOST', `${this.name} is closed`);
    await this.#link.close();
  }

  /** The error bits of the last reply of this servo; 0 = healthy, or never heard. */
  errorBits(id: number): number {
    return this.#errorBits.get(id) ?? 0;
  }

  /** Resolves false when nobody with this id answers. Rejects with PORT_LOST or BUS_CORRUPT. */
  async ping(id: number): Promise<boolean> {
    const { replies, shortfall } = await this.#transact(pingPacket(id), [id], 0, 0);
    if (shortfall === 'damaged') throw this.#corrupt([id]);
    return replies.has(id);
  }

  /** Every id that answers, in order. Takes about a second. Two servos of one id damage each other's reply and may not show. */
  async scan(): Promise<number[]> {
    return (await this.survey(10_000_000 / BYTE_US)).ids;
  }

  /** As `scan`, on a line of `baud`. `isDamaged`: something answered that was no packet, as several servos of one id do. */
  async survey(baud: number): Promise<{ ids: number[]; isDamaged: boolean }> {
    const everyId = Array.from({ length: BROADCAST_ID }, (_, id) => id);
    const patienceUs = BROADCAST_PING_US + 252 * EMPTY_PACKET_BYTES * (10_000_000 / baud - BYTE_US);
    const { replies, shortfall } = await this.#transact(pingPacket(BROADCAST_ID), everyId, 0, 0, patienceUs);
    return { ids: [...replies.keys()].sort((a, b) => a - b), isDamaged: shortfall === 'damaged' };
  }

  /** Rejects with BUS_TIMEOUT, BUS_CORRUPT or PORT_LOST. */
  async read(id: number, register: Register, retries = PATIENT_RETRIES): Promise<number> {
    const { replies, shortfall } = await this.#transact(readPacket(id, register.address, register.bytes), [id], register.bytes, retries);
    const data = replies.get(id);
    if (data === undefined) throw this.#missing([id], shortfall);
    return decodeRegister(register, data);
  }

  /** Acknowledged. Rejects as `read`, and with RangeError for a value that the register cannot hold. */
  async write(id: number, register: Register, value: number, retries = PATIENT_RETRIES): Promise<void> {
    const { replies, shortfall } = await this.#transact(writePacket(id, register.address, encodeRegister(register, value)), [id], 0, retries);
    if (!replies.has(id)) throw this.#missing([id], shortfall);
  }

  /** `count` bytes from `address` of every servo in one exchange. Rejects with BUS_TIMEOUT or BUS_CORRUPT naming who is missing. */
  async syncReadBytes(ids: readonly number[], address: number, count: number, retries = RETRIES): Promise<Map<number, Uint8Array>> {
    const { replies, shortfall } = await this.#transact(syncReadPacket(ids, address, count), ids, count, retries);
    const missing = ids.filter((id) => !replies.has(id));
    if (missing.length > 0) throw this.#missing(missing, shortfall);
    return replies;
  }

  /** One register of every servo. Rejects as `syncReadBytes`. */
  async syncRead(ids: readonly number[], register: Register, retries = RETRIES): Promise<Map<number, number>> {
    const rows = await this.syncReadBytes(ids, register.address, register.bytes, retries);
    return new Map(ids.map((id) => [id, decodeRegister(register, rows.get(id) ?? new Uint8Array())]));
  }

  /** Not acknowledged: a value that is lost is superseded by the next. Rejects with PORT_LOST. */
  async syncWrite(register: Register, values: ReadonlyMap<number, number>): Promise<void> {
    const rows = [...values].map(([id, value]) => [id, encodeRegister(register, value)] as const);
    await this.#transact(syncWritePacket(register.address, register.bytes, rows), [], 0, 0);
  }

  /** One after the other, whatever the one before came to. */
  #transact(packet: Uint8Array, ids: readonly number[], replyBytes: number, retries: number, patienceUs = this.#patienceUs): Promise<{ replies: Map<number, Uint8Array>; shortfall: Shortfall }> {
    const turn = this.#queue.then(() => this.#attempts(packet, ids, replyBytes, retries, patienceUs));
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  async #attempts(packet: Uint8Array, ids: readonly number[], replyBytes: number, retries: number, patienceUs: number) {
    const deadlineUs = (packet.length + ids.length * (replyBytes + EMPTY_PACKET_BYTES)) * BYTE_US + patienceUs;
    const isScan = packet[2] === BROADCAST_ID && packet[4] === INSTRUCTION.ping;
    let wasDamaged = false;
    for (let attempt = 0; ; attempt += 1) {
      const corruptBefore = this.#scanner.corrupt;
      const skippedBefore = this.#scanner.skippedBytes;
      const replies = await this.#exchange(packet, ids, replyBytes, deadlineUs);
      const isDamaged = this.#scanner.corrupt > corruptBefore || this.#scanner.skippedBytes > skippedBefore || this.#scanner.isInside;
      if (replies.size === ids.length) {
        if (attempt > 0) await this.#passLateAnswers(ids, deadlineUs);
        return { replies, shortfall: 'silent' as const };
      }
      if (isScan) {
        this.#scanner.clear();
        return { replies, shortfall: isDamaged ? ('damaged' as const) : ('silent' as const) };
      }
      wasDamaged ||= isDamaged;
      if (isDamaged) this.#counters.corrupt += 1;
      else this.#counters.timeouts += 1;
      // A late answer of this attempt must not be taken for one of the next.
      this.#scanner.clear();
      await this.#link.discardInput();
      // Noise in one attempt says more than silence in the next.
      if (attempt >= retries) return { replies, shortfall: wasDamaged ? ('damaged' as const) : ('silent' as const) };
      this.#counters.retries += 1;
    }
  }

  /**
   * An attempt that was given up may be answered all the same, when this machine was late and not the servo. The next request
   * would take that for its own, a register's value for another's. Answers keep their order, so whatever comes before the one
   * to this ping is of before; it has another length.
   */
  async #passLateAnswers(ids: readonly number[], deadlineUs: number): Promise<void> {
    const last = ids.at(-1);
    if (last === undefined) return;
    await this.#exchange(pingPacket(last), [last], 0, deadlineUs);
    this.#scanner.clear();
    await this.#link.discardInput();
  }

  async #exchange(packet: Uint8Array, ids: readonly number[], replyBytes: number, deadlineUs: number): Promise<Map<number, Uint8Array>> {
    if (this.#lost !== null) throw this.#lost;
    this.#counters.transactions += 1;
    const replies = new Map<number, Uint8Array>();
    let cancel: () => void = () => undefined;
    const answered = new Promise<void>((resolve, reject) => {
      if (ids.length === 0) return resolve();
      this.#current = { awaits: new Set(ids), replyBytes, replies, done: resolve, lost: reject };
      // A stall of this process ends with the timers that are due and only then hands over what has arrived: one more turn,
      // or the servos would be blamed for it.
      cancel = this.#clock.after(deadlineUs / 1000, () => { cancel = this.#clock.after(1, resolve); });
    });
    // Awaited below, after the write; a line that goes away during the write must not end the process.
    answered.catch(() => undefined);
    try {
      await this.#link.write(packet).catch((thrown: unknown) => { throw toPortalError(thrown, 'PORT_LOST'); });
      await answered;
      return replies;
    } finally {
      cancel();
      this.#current = null;
    }
  }

  #take(bytes: Uint8Array): void {
    for (const packet of this.#scanner.push(bytes)) this.#takeReply(packet);
  }

  #takeReply({ id, code, parameters }: BusPacket): void {
    const current = this.#current;
    if (current === null || !current.awaits.has(id) || parameters.length !== current.replyBytes) return;
    this.#errorBits.set(id, code);
    current.replies.set(id, parameters);
    current.awaits.delete(id);
    if (current.awaits.size === 0) current.done();
  }

  #missing(ids: readonly number[], shortfall: Shortfall): PortalError {
    if (shortfall === 'damaged') return this.#corrupt(ids);
    return new PortalError('BUS_TIMEOUT', `no answer from ${this.#motors(ids)} on ${this.name}`, {
      expected: this.#motors(ids), got: 'silence', fix: 'Check the power supply and the cable between this motor and the one before it.',
    });
  }

  #corrupt(ids: readonly number[]): PortalError {
    return new PortalError('BUS_CORRUPT', `the answer of ${this.#motors(ids)} on ${this.name} is damaged`, {
      expected: 'one whole packet', got: 'noise', fix: 'Two motors may share one id, another program may use the port, or the supply voltage is wrong.',
    });
  }

  #motors(ids: readonly number[]): string {
    const named = ids.map((id) => (this.#motorNames.has(id) ? `${id} (${this.#motorNames.get(id)})` : String(id)));
    return `motor${ids.length === 1 ? '' : 's'} ${named.join(', ')}`;
  }
}

/** The bus of an arm that is set up. */
export function patientBus(link: ByteLink, clock: Clock): FeetechBus {
  return new FeetechBus(link, clock, new Map(), SETUP_PATIENCE_US);
}
