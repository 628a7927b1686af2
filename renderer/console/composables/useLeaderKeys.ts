import { onScopeDispose } from 'vue';
import type { ReportPayload } from '../../../shared/ipc.ts';
import { DEADMAN_KEY, isJogKey, keyVelocities } from '../leader-keys.ts';
import { isTyping } from './useShortcuts.ts';

/** Main forgets an input after 150 ms. */
const TELL_EVERY_MS = 33;

export interface LeaderKeysOptions {
  /** Joints that keys move, in the order of the key pairs; empty = the keyboard is only the deadman. */
  joints(): readonly string[];
  /** Whether keys mean the leader just now. */
  isEnabled(): boolean;
  tell(input: ReportPayload<'leaderInput'>): void;
}

/**
 * The keyboard as a leader, and as the deadman of another one. It counts only what is held in this window: letting go, or losing
 * the window's focus, ends it at once.
 */
export function useLeaderKeys({ joints, isEnabled, tell }: LeaderKeysOptions): void {
  /** `code` of a key to what it means: with Shift a key is let go under another name. */
  const held = new Map<string, string>();
  let isFast = false;
  let timer: ReturnType<typeof setInterval> | null = null;

  function say(): void {
    if (!isEnabled()) return end();
    const keys = new Set(held.values());
    tell({ source: 'keys', velocities: keyVelocities(keys, joints()), isFast, isHeld: keys.has(DEADMAN_KEY) });
  }

  function end(): void {
    if (timer === null) return;
    clearInterval(timer);
    timer = null;
    held.clear();
    tell({ source: 'keys', velocities: {}, isFast: false, isHeld: false });
  }

  function press(event: KeyboardEvent): void {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    isFast = event.shiftKey;
    if (event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target) || !isEnabled()) return;
    if (key !== DEADMAN_KEY && !(isJogKey(key) && joints().length > 0)) return;
    // Space would press the button that has the focus as well.
    event.preventDefault();
    event.stopPropagation();
    if (event.repeat) return;
    held.set(event.code, key);
    timer ??= setInterval(say, TELL_EVERY_MS);
    say();
  }

  function release(event: KeyboardEvent): void {
    isFast = event.shiftKey;
    if (!held.delete(event.code)) return;
    event.preventDefault();
    event.stopPropagation();
    if (held.size === 0) end();
    else say();
  }

  window.addEventListener('keydown', press, true);
  window.addEventListener('keyup', release, true);
  window.addEventListener('blur', end);
  onScopeDispose(() => {
    end();
    window.removeEventListener('keydown', press, true);
    window.removeEventListener('keyup', release, true);
    window.removeEventListener('blur', end);
  });
}
