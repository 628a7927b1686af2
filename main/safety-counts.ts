import type { ChangeReason, HostState, HostStatus, RefusalReason } from '../shared/portal/host-state.ts';
import { CHANGE_REASONS, REFUSAL_REASONS } from '../shared/portal/host-state.ts';
import type { Pose } from './motion.ts';

/** What became of the commands, counted since the host started. */
export class SafetyCounts {
  readonly #refused = zeros(REFUSAL_REASONS);
  readonly #changed = zeros(CHANGE_REASONS);
  #executed = 0;
  #lastWritten: Pose | null = null;

  refuse(reason: RefusalReason): void {
    this.#refused[reason] += 1;
  }

  /** One command that is executed, and how it was changed on the way. */
  execute(changes: Readonly<Partial<Record<ChangeReason, boolean>>>): void {
    this.#executed += 1;
    for (const reason of CHANGE_REASONS) if (changes[reason] === true) this.#changed[reason] += 1;
  }

  wrote(goals: Pose): void {
    this.#lastWritten = { ...goals };
  }

  status(state: HostState): HostStatus {
    return { state, executed: this.#executed, refused: { ...this.#refused }, changed: { ...this.#changed }, lastExecuted: this.#lastWritten };
  }
}

function zeros<Key extends string>(keys: readonly Key[]): Record<Key, number> {
  return Object.fromEntries(keys.map((key) => [key, 0])) as Record<Key, number>;
}
