import type { ByteLink, ByteLinkListener } from '../../main/devices/byte-link.ts';
import { PortalError } from '../../shared/portal/errors.ts';

/** PORT ByteLink into a simulated bus in this process: the same bytes as through a serial port, without its time. */
export class MemoryLink implements ByteLink {
  readonly name = 'memory';
  /** Set by whoever joins the two. */
  toBus: (bytes: Uint8Array) => void = () => undefined;
  /** Replies are kept back, as by a machine that is busy; `handOver` gives them out one by one. */
  isLate = false;
  readonly #held: Uint8Array[] = [];
  #listener: ByteLinkListener | null = null;
  #isUnplugged = false;

  open(listener: ByteLinkListener): Promise<void> {
    if (this.#isUnplugged) return Promise.reject(new PortalError('PORT_MISSING', `${this.name} is not there`));
    this.#listener = listener;
    return Promise.resolve();
  }

  write(bytes: Uint8Array): Promise<void> {
    if (this.#listener === null) return Promise.reject(new PortalError('PORT_LOST', `${this.name} is not open`));
    this.toBus(bytes);
    return Promise.resolve();
  }

  discardInput(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#listener = null;
    return Promise.resolve();
  }

  fromBus(bytes: Uint8Array): void {
    if (this.isLate) this.#held.push(bytes);
    else this.#listener?.onBytes(bytes);
  }

  /** Hands over the next reply that came while it was late. */
  handOver(): void {
    const bytes = this.#held.shift();
    if (bytes !== undefined) this.#listener?.onBytes(bytes);
  }

  unplug(): void {
    const listener = this.#listener;
    this.#listener = null;
    this.#isUnplugged = true;
    listener?.onLost('unplugged');
  }

  plugIn(): void {
    this.#isUnplugged = false;
  }
}
