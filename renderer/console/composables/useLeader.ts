import { shallowReactive } from 'vue';

/** A slider shows what was asked for until main says the same, at most this long. */
const ECHO_MS = 600;

interface Echo {
  value: number;
  timer: ReturnType<typeof setTimeout>;
}

/**
 * Targets on their way to the simulated leader. One call a joint is under way, the newest value waits: dragging a slider
 * neither floods main nor ends somewhere else than where it was let go.
 */
export function useLeader(send: (joint: string, value: number) => Promise<unknown>) {
  const echoes = shallowReactive(new Map<string, Echo>());
  const underWay = new Set<string>();
  const waiting = new Map<string, number>();

  function set(joint: string, value: number): void {
    const before = echoes.get(joint);
    if (before !== undefined) clearTimeout(before.timer);
    echoes.set(joint, { value, timer: setTimeout(() => echoes.delete(joint), ECHO_MS) });
    if (underWay.has(joint)) waiting.set(joint, value);
    else void deliver(joint, value);
  }

  async function deliver(joint: string, value: number): Promise<void> {
    underWay.add(joint);
    await send(joint, value);
    underWay.delete(joint);
    const next = waiting.get(joint);
    waiting.delete(joint);
    if (next !== undefined) await deliver(joint, next);
  }

  /** What was asked for last, while it is news; null = main knows better. */
  function asked(joint: string): number | null {
    return echoes.get(joint)?.value ?? null;
  }

  function forget(): void {
    for (const { timer } of echoes.values()) clearTimeout(timer);
    echoes.clear();
    waiting.clear();
  }

  return { set, asked, forget };
}
