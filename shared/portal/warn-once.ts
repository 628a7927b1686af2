import type { WarningTag } from './warning-tags.ts';

/** One warning to show: `count` times since the last one of its kind, this one included. */
export interface Warning {
  tag: WarningTag;
  message: string;
  count: number;
}

/** Subjects hold identities and field names; a long one is told from another by its beginning. */
const MAX_SUBJECT = 200;

interface Seen {
  shownUs: number;
  count: number;
}

/**
 * Keeps a fault that repeats with every packet from flooding a log: the first is said at once, then at most one every
 * `intervalUs` for each tag and subject, with the count since. Subjects may come from the wire, so only `maxKeys` of
 * them are told apart; the rest share their tag's own limit. Tags are the program's own, and few.
 */
export class WarnOnce {
  readonly #intervalUs: number;
  readonly #maxKeys: number;
  readonly #bySubject = new Map<string, Seen>();
  readonly #byTag = new Map<string, Seen>();

  constructor(options: { intervalUs?: number; maxKeys?: number } = {}) {
    this.#intervalUs = options.intervalUs ?? 10_000_000;
    this.#maxKeys = options.maxKeys ?? 256;
  }

  /** Counts a warning and returns it when it is time to show it. `subject` tells apart what a tag is about, for instance a fingerprint. */
  note(tag: WarningTag, message: string, nowUs: number, subject = ''): Warning | null {
    const seen = this.#slot(tag, subject);
    seen.count++;
    // A clock that was set back must not silence a warning for as long as the step.
    if (nowUs - seen.shownUs < this.#intervalUs && nowUs >= seen.shownUs) return null;
    const { count } = seen;
    seen.count = 0;
    seen.shownUs = nowUs;
    return { tag, message, count };
  }

  #slot(tag: WarningTag, subject: string): Seen {
    const key = `${tag}\n${subject.slice(0, MAX_SUBJECT)}`;
    const known = this.#bySubject.get(key);
    if (known !== undefined) return known;
    if (this.#bySubject.size < this.#maxKeys) return added(this.#bySubject, key);
    return this.#byTag.get(tag) ?? added(this.#byTag, tag);
  }
}

function added(seen: Map<string, Seen>, key: string): Seen {
  const fresh = { shownUs: -Infinity, count: 0 };
  seen.set(key, fresh);
  return fresh;
}
