import type { ChunkSpec } from './config.ts';
import { PortalError } from './errors.ts';
import { type PacketLayout, chunkLayout } from './packet-layout.ts';
import { type Warn, warnSaturated, warnUnknown } from './row-outlet.ts';
import { type ChunkColumns, encodeChunk } from './wire.ts';

/** Turns columns into chunk packets of the declared chunks, and warns about what the receiver will not see as given. */
export class ChunkOutlet {
  readonly #layouts: ReadonlyMap<string, PacketLayout>;
  readonly #warn: Warn;

  constructor(chunks: readonly ChunkSpec[], warn: Warn) {
    this.#layouts = new Map(chunks.map((spec) => [spec.name, chunkLayout(spec)]));
    this.#warn = warn;
  }

  /** Throws UNKNOWN_CHUNK, and VALUE_INVALID for a value of the wrong kind or a bad timestamp. */
  packet(name: string, columns: ChunkColumns, timestampUs: number, inReplyToTsUs: number | null): Uint8Array {
    const layout = this.#layouts.get(name);
    if (layout === undefined) throw unknownChunk(name, [...this.#layouts.keys()]);
    const { bytes, saturated, unknown } = encodeChunk(layout, columns, timestampUs, inReplyToTsUs);
    for (const index of saturated) warnSaturated(this.#warn, `chunk ${name}`, layout.fields[index % layout.fields.length]?.name ?? '');
    for (const field of unknown) warnUnknown(this.#warn, `chunk ${name}`, field);
    for (const { name: field } of layout.fields) {
      const length = Object.hasOwn(columns, field) ? (columns[field]?.length ?? 0) : 0;
      if (length === layout.rows) continue;
      this.#warn('chunk-length', `${name} ${field}`,
        `column '${field}' of chunk '${name}' has ${length} values for a horizon of ${layout.rows}: a short one is filled with 0, a long one cut. Send exactly ${layout.rows} values.`);
    }
    return bytes;
  }
}

export function unknownChunk(name: string, declared: readonly string[]): PortalError {
  return new PortalError('UNKNOWN_CHUNK', `no action chunk '${name}' is declared`, {
    expected: declared.join(', ') || 'no chunk at all', got: name, fix: 'Declare it under action_chunks on both sides.',
  });
}
