import { computed, ref, type ComputedRef } from 'vue';
import type { PortalErrorShape } from '../../../shared/portal/errors.ts';

export interface Dismissable {
  /** Null = there is none, or the person has seen it. */
  readonly error: ComputedRef<PortalErrorShape | null>;
  dismiss(): void;
  /** What is tried anew may fail in the same way again, and then that is news. */
  forget(): void;
}

/** An error that stays gone once it was dismissed, until another one takes its place. */
export function useDismissable(newest: () => PortalErrorShape | null): Dismissable {
  const dismissed = ref('');
  const error = computed(() => {
    const shown = newest();
    return shown === null || JSON.stringify(shown) === dismissed.value ? null : shown;
  });
  return {
    error,
    dismiss: () => { dismissed.value = JSON.stringify(error.value); },
    forget: () => { dismissed.value = ''; },
  };
}
