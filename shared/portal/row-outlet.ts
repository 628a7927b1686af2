import { CarryForward } from './carry-forward.ts';
import type { PacketLayout } from './packet-layout.ts';
import type { Values } from './types.ts';
import type { WarningTag } from './warning-tags.ts';
import { encodeAction, encodeState } from './wire.ts';

/** `key` tells one cause from another within a tag. */
export type Warn = (tag: WarningTag, key: string, message: string) => void;

/** Turns partial values into whole state or action packets, and warns about what the receiver will not see as given. */
export class RowOutlet {
  readonly #layout: PacketLayout;
  readonly #carry: CarryForward;
  readonly #warn: Warn;

  constructor(layout: PacketLayout, warn: Warn) {
    this.#layout = layout;
    this.#carry = new CarryForward(layout.fields);
    this.#warn = warn;
  }

  /** `inReplyToTsUs` is for actions alone. Throws VALUE_INVALID for a value of the wrong kind or a bad timestamp. */
  packet(values: Values, timestampUs: number, inReplyToTsUs: number | null): Uint8Array {
    const { rowBorrow, saturated, unknown } = this.#carry.apply(values);
    for (const name of saturated) warnSaturated(this.#warn, this.#layout.kind, name);
    for (const name of unknown) warnUnknown(this.#warn, this.#layout.kind, name);
    return this.#layout.kind === 'state'
      ? encodeState(this.#layout, rowBorrow, timestampUs)
      : encodeAction(this.#layout, rowBorrow, timestampUs, inReplyToTsUs);
  }

  /** A new session starts from 0 again, as the peer's does. */
  reset(): void {
    this.#carry.reset();
  }
}

export function warnSaturated(warn: Warn, what: string, field: string): void {
  warn('saturated', `${what} ${field}`, `${what} field '${field}' is beyond the range of its dtype and travels at the bound. Declare a wider dtype, or scale the value.`);
}

export function warnUnknown(warn: Warn, what: string, field: string): void {
  warn('unknown-field', `${what} ${field}`, `${what} field '${field}' is not declared and is left out. Check its spelling, or declare it on both sides.`);
}
