import type { HostState, HostStateWord } from './host-state.ts';

const WORDS: readonly HostStateWord[] = ['DISCONNECTED', 'HOLDING', 'ALIGNING', 'ACTIVE', 'STOPPED'];
/** A reason is a short sentence; it comes from the room. */
const MAX_REASON_CHARS = 300;

/** The host state in an attribute's text; null when it is none. Never throws. */
export function readHostState(text: string): HostState | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof parsed !== 'object' || parsed === null) return null;
  const { word, reason, sinceUs } = parsed as Record<string, unknown>;
  const known = WORDS.find((candidate) => candidate === word);
  if (known === undefined || typeof reason !== 'string' || typeof sinceUs !== 'number' || !Number.isFinite(sinceUs)) return null;
  return { word: known, reason: reason.slice(0, MAX_REASON_CHARS), sinceUs };
}
