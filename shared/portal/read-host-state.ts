import { HOST_TASKS, type HostState, type HostStateWord } from './host-state.ts';

const WORDS: readonly HostStateWord[] = ['DISCONNECTED', 'HOLDING', 'ALIGNING', 'ACTIVE', 'STOPPED'];
/** A reason is a short sentence; it comes from the room. */
const MAX_REASON_CHARS = 300;
/** Any code: a newer host may have faults of its own. */
const CODE = /^[A-Z][A-Z0-9_]{0,63}$/u;

/** The host state in an attribute's text; null when it is none. Never throws. */
export function readHostState(text: string): HostState | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof parsed !== 'object' || parsed === null) return null;
  const { word, reason, sinceUs, task, fault } = parsed as Record<string, unknown>;
  const known = WORDS.find((candidate) => candidate === word);
  if (known === undefined || typeof reason !== 'string' || typeof sinceUs !== 'number' || !Number.isFinite(sinceUs)) return null;
  const doing = HOST_TASKS.find((candidate) => candidate === task);
  return { word: known, reason: reason.slice(0, MAX_REASON_CHARS), sinceUs, ...(doing === undefined ? {} : { task: doing }), ...(typeof fault === 'string' && CODE.test(fault) ? { fault } : {}) };
}
