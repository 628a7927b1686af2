import { onScopeDispose, ref, type Ref } from 'vue';

/** This machine's time, µs since the epoch, as fresh as `everyMs`: for durations on display. */
export function useNow(everyMs = 1000): Readonly<Ref<number>> {
  const now = ref(Date.now() * 1000);
  const timer = setInterval(() => (now.value = Date.now() * 1000), everyMs);
  onScopeDispose(() => clearInterval(timer));
  return now;
}
