import { onScopeDispose } from 'vue';
import { isTyping } from './useShortcuts.ts';

const TICK_MS = 33;
/** A tap is one step; only a key that stays down runs. */
const HOLD_MS = 220;
const STEP = 1;
/** Units a second while a key is down. */
const SPEED = 25;
const FAST = 4;

export interface JogOptions {
  isEnabled(): boolean;
  /** Moves the selected joint by so many of its units. */
  move(delta: number): void;
  /** Selects the joint above (−1) or below (+1). */
  select(step: -1 | 1): void;
}

/**
 * Drives the selected joint by keys: `[` and `]` or ← and → move, ↑ and ↓ choose. Motion lasts as long as the key is down
 * and the window has the focus: letting go, or losing the window, ends it.
 */
export function useJog({ isEnabled, move, select }: JogOptions): void {
  let running: { key: string; timer: ReturnType<typeof setTimeout> } | null = null;

  function directionOf(key: string): -1 | 1 | null {
    if (key === 'ArrowLeft' || key === '[' || key === '{') return -1;
    return key === 'ArrowRight' || key === ']' || key === '}' ? 1 : null;
  }

  function end(): void {
    if (running !== null) clearTimeout(running.timer);
    running = null;
  }

  function press(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target) || hasArrowsOfItsOwn(event.target)) return;
    if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
      event.preventDefault();
      return select(event.key === 'ArrowUp' ? -1 : 1);
    }
    const direction = directionOf(event.key);
    if (direction === null) return;
    // A focused slider would move by a step of its own as well.
    event.preventDefault();
    if (event.repeat || !isEnabled()) return;
    end();
    const factor = event.shiftKey ? FAST : 1;
    move(direction * STEP * factor);
    const run = (): void => {
      if (!isEnabled()) return end();
      move((direction * SPEED * factor * TICK_MS) / 1000);
      if (running !== null) running.timer = setTimeout(run, TICK_MS);
    };
    running = { key: event.code, timer: setTimeout(run, HOLD_MS) };
  }

  function release(event: KeyboardEvent): void {
    if (running?.key === event.code) end();
  }

  window.addEventListener('keydown', press);
  window.addEventListener('keyup', release);
  window.addEventListener('blur', end);
  onScopeDispose(() => {
    end();
    window.removeEventListener('keydown', press);
    window.removeEventListener('keyup', release);
    window.removeEventListener('blur', end);
  });
}

/** In menus and groups of options the arrows go from one to the next; a dialog is not about the joints. */
function hasArrowsOfItsOwn(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('[role="menu"], [role="radiogroup"], [role="dialog"]') !== null;
}
