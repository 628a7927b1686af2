import { onScopeDispose } from 'vue';

/** Key (as in `KeyboardEvent.key`, letters in lower case) to what it does. */
export type Shortcuts = Readonly<Record<string, () => void>>;

const TEXT_INPUTS = new Set(['text', 'password', 'url', 'search', 'email', 'number']);

/**
 * Keys that work wherever the focus is. `Escape` works in text fields and behind open menus too, because it is STOP; the
 * others leave typing, repeats and combinations with modifier keys alone.
 */
export function useShortcuts(shortcuts: Shortcuts): void {
  const press = (event: KeyboardEvent): void => {
    if (event.repeat) return;
    const action = shortcuts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (action === undefined) return;
    if (event.key !== 'Escape' && (event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target))) return;
    if (event.key !== 'Escape') event.preventDefault();
    action();
  };
  // In the capture phase: a menu that swallows Escape must not swallow STOP.
  window.addEventListener('keydown', press, true);
  onScopeDispose(() => window.removeEventListener('keydown', press, true));
}

export function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLTextAreaElement || (target instanceof HTMLInputElement && TEXT_INPUTS.has(target.type));
}
