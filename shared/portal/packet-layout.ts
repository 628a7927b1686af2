import type { ChunkSpec, FieldSpec } from './config.ts';
import { DTYPE_BYTES } from './dtype.ts';
import { actionFingerprint, chunkFingerprint, stateFingerprint } from './schema.ts';

const STATE_HEADER_BYTES = 4 + 8;
const ACTION_HEADER_BYTES = STATE_HEADER_BYTES + 8;

/** Where everything lies in the packets of one schema, worked out once so that a packet costs no look-ups. */
export interface PacketLayout {
  readonly kind: 'state' | 'action' | 'chunk';
  readonly fields: readonly FieldSpec[];
  readonly fingerprint: number;
  /** Bytes before the first row. */
  readonly headerBytes: number;
  /** Offset of each field in its row, in the order of `fields`. */
  readonly offsets: readonly number[];
  readonly rowBytes: number;
  /** 1 for state and action, the horizon for a chunk. */
  readonly rows: number;
  /** Exact size of every packet. */
  readonly packetBytes: number;
  /** A chunk's name, else empty. */
  readonly name: string;
}

function layOut(kind: PacketLayout['kind'], fields: readonly FieldSpec[], fingerprint: number, rows: number, name: string): PacketLayout {
  const offsets: number[] = [];
  let rowBytes = 0;
  for (const field of fields) {
    offsets.push(rowBytes);
    rowBytes += DTYPE_BYTES[field.dtype];
  }
  const headerBytes = kind === 'state' ? STATE_HEADER_BYTES : ACTION_HEADER_BYTES;
  return { kind, fields, fingerprint, headerBytes, offsets, rowBytes, rows, packetBytes: headerBytes + rows * rowBytes, name };
}

/** Layout of state packets of these fields. */
export function stateLayout(fields: readonly FieldSpec[]): PacketLayout {
  return layOut('state', fields, stateFingerprint(fields), 1, '');
}

/** Layout of action packets of these fields. */
export function actionLayout(fields: readonly FieldSpec[]): PacketLayout {
  return layOut('action', fields, actionFingerprint(fields), 1, '');
}

/** Layout of this chunk's packets. */
export function chunkLayout(spec: ChunkSpec): PacketLayout {
  return layOut('chunk', spec.fields, chunkFingerprint(spec), spec.horizon, spec.name);
}
