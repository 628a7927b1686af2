import type { Alarms } from './alarms.ts';
import type { PortalConfig } from './config.ts';
import { type DecodeRefusal, refuse } from './decode-refusal.ts';
import { type PacketLayout, actionLayout, chunkLayout } from './packet-layout.ts';
import { formatFingerprint } from './schema.ts';
import type { Action, ActionChunk } from './types.ts';
import { decodeAction, decodeChunk, peekFingerprint } from './wire.ts';

/** Packets of the declared actions and chunks, read; any other is dropped and warned about. */
export class ActionReader {
  readonly #alarms: Alarms;
  readonly #layout: PacketLayout;
  readonly #chunkLayouts: ReadonlyMap<number, PacketLayout>;

  constructor(config: PortalConfig, alarms: Alarms) {
    this.#alarms = alarms;
    this.#layout = actionLayout(config.action);
    this.#chunkLayouts = new Map(config.actionChunks.map(chunkLayout).map((layout) => [layout.fingerprint, layout]));
  }

  /** Null = of another schema. `sender` is the server's word for who sent it. */
  action(bytes: Uint8Array, sender: string): Action | null {
    const decoded = decodeAction(this.#layout, bytes);
    if (!decoded.ok) return this.#refuse('action', sender, decoded);
    const { ok: _ok, ...rest } = decoded;
    return { ...rest, sender };
  }

  /** As `action`, for a packet of any declared chunk. */
  chunk(bytes: Uint8Array, sender: string): ActionChunk | null {
    const fingerprint = peekFingerprint(bytes);
    const layout = fingerprint === null ? undefined : this.#chunkLayouts.get(fingerprint);
    if (layout === undefined) {
      const declared = [...this.#chunkLayouts.keys()].map(formatFingerprint).join(', ') || 'no chunk';
      if (fingerprint === null) return this.#refuse('action chunk', sender, refuse('length', 'a whole packet', `${bytes.byteLength} bytes`));
      this.#alarms.warn('unknown-chunk', `${sender} ${formatFingerprint(fingerprint)}`,
        `an action chunk of ${sender} dropped: no declared chunk has its fingerprint ${formatFingerprint(fingerprint)}, only ${declared}. Declare it under action_chunks with the same name, horizon, fields and dtypes on both sides; share one portal.yaml.`);
      return null;
    }
    const decoded = decodeChunk(layout, bytes);
    if (!decoded.ok) return this.#refuse('action chunk', sender, decoded);
    const { ok: _ok, ...rest } = decoded;
    return { ...rest, name: layout.name, horizon: layout.rows, sender };
  }

  #refuse(what: string, sender: string, refusal: DecodeRefusal): null {
    this.#alarms.warn(
      refusal.reason === 'fingerprint' ? 'schema-mismatch' : 'bad-payload',
      `${what} ${sender}`,
      `${what} of ${sender} dropped: ${refusal.reason} expected ${refusal.expected}, got ${refusal.got}. Both sides must declare the same fields, dtypes and order; share one portal.yaml.`,
    );
    return null;
  }
}
