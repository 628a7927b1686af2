import { computed, watch, type ComputedRef } from 'vue';
import { useNow } from './useNow.ts';

/** Whole seconds since `value` changed last, by this machine's clock alone; null for less than `leastS`, or while it is null. */
export function useSilence(value: () => unknown, leastS: number): ComputedRef<number | null> {
  const nowUs = useNow(500);
  let sinceUs = Date.now() * 1000;
  watch(value, () => (sinceUs = Date.now() * 1000), { flush: 'sync' });
  return computed(() => {
    const seconds = Math.floor((nowUs.value - sinceUs) / 1_000_000);
    return value() === null || seconds < leastS ? null : seconds;
  });
}
