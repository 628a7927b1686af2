import type { ConsolePatch, ConsoleState } from '../../shared/console-state.ts';

type Sections = ConsolePatch['changed'];

/** What the caller has to do: take the sections over, ask for the whole state, or nothing. */
export type MirrorStep = { kind: 'changed'; sections: Sections } | { kind: 'ask' } | { kind: 'nothing' };

/** More than a snapshot can take to come; what is lost beyond shows as a gap and is asked for. */
const MAX_WAITING = 256;

/**
 * Keeps a copy of main's state in step by revision. Patches that overtake the snapshot wait for it, old ones are dropped,
 * and a missing one means asking for everything again.
 */
export class Mirror {
  #revision: number | null = null;
  #waiting: ConsolePatch[] = [];
  #isAsking = true;

  /** A patch from main, in any order. */
  patch(patch: ConsolePatch): MirrorStep {
    if (this.#isAsking || this.#revision === null) {
      if (this.#waiting.length < MAX_WAITING) this.#waiting.push(patch);
      return { kind: 'nothing' };
    }
    if (patch.revision <= this.#revision) return { kind: 'nothing' };
    if (patch.revision > this.#revision + 1) {
      this.#isAsking = true;
      this.#waiting = [patch];
      return { kind: 'ask' };
    }
    this.#revision = patch.revision;
    return { kind: 'changed', sections: patch.changed };
  }

  /** The whole state, with what has overtaken it already in. */
  snapshot(state: ConsoleState): MirrorStep {
    const { revision, ...all } = state;
    this.#revision = revision;
    this.#isAsking = false;
    const sections: Sections = all;
    const waiting = this.#waiting.sort((a, b) => a.revision - b.revision);
    this.#waiting = [];
    for (const patch of waiting) {
      const step = this.patch(patch);
      if (step.kind === 'changed') Object.assign(sections, step.sections);
      if (step.kind === 'ask') return step;
    }
    return { kind: 'changed', sections };
  }
}
