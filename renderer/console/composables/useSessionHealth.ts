import { computed, ref, watch, type ComputedRef } from 'vue';
import type { ConsoleState } from '../../../shared/console-state.ts';
import { diagnose, type Diagnosis } from '../diagnosis.ts';
import type { TileAge } from '../frame-clock.ts';
import { healthFigures, type Figure } from '../health-figures.ts';
import { RecentShare } from '../recent-share.ts';

/** Unmatched states are judged over this long, and not before there are a few. */
const DROPS_WINDOW_MS = 10_000;
const LEAST_STATES = 60;

/** The health panel's figures and its one sentence. */
export function useSessionHealth(state: Omit<ConsoleState, 'revision'>, ageOf: (track: string) => TileAge): { figures: ComputedRef<Figure[]>; diagnosis: ComputedRef<Diagnosis> } {
  const unmatched = new RecentShare(DROPS_WINDOW_MS, LEAST_STATES);
  const droppedShare = ref<number | null>(null);
  watch(() => state.metrics, (metrics) => {
    // Before the window shows its first picture no state can be matched: that is no loss.
    if (metrics !== null && metrics.sync.observations_emitted > 0) droppedShare.value = unmatched.add(Date.now(), metrics.sync.states_dropped, metrics.transport.states_received);
  }, { immediate: true });
  const fps = computed(() => {
    const all = state.hostDescription?.cameras.map((camera) => camera.fps) ?? [];
    return all.length === 0 ? null : Math.min(...all);
  });
  const frozen = computed(() => state.tracks.filter(({ name }) => ageOf(name).frozenMs !== null).map(({ name }) => name));
  const figures = computed(() => healthFigures(state.health, state.metrics, { fps: fps.value, droppedShare: droppedShare.value }));
  const diagnosis = computed(() => diagnose({ ...state, frozen: frozen.value, figures: figures.value }));
  return { figures, diagnosis };
}
