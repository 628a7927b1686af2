import { defineStore } from 'pinia';
import { ref, watch } from 'vue';

export type Theme = 'dark' | 'light';

export type Dock = 'figures' | 'observation' | 'methods' | 'arms';

const THEME_KEY = 'portal-console.theme';

/** What this window looks like: nothing of the session, nothing that main has to know. */
export const useLayoutStore = defineStore('layout', () => {
  const theme = ref<Theme>(localStorage.getItem(THEME_KEY) === 'light' ? 'light' : 'dark');
  /** The camera shown large; null = the first one. */
  const mainTrack = ref<string | null>(null);
  /** The joint that is plotted and that the keys move; null = the first one. */
  const selectedJoint = ref<string | null>(null);
  /** What is shown outside of a session. */
  const page = ref<'start' | 'arms' | 'host' | 'station'>('start');
  /** What is shown below the pictures. */
  const dock = ref<Dock>('figures');

  watch(theme, (chosen) => {
    document.documentElement.dataset['theme'] = chosen;
    localStorage.setItem(THEME_KEY, chosen);
  }, { immediate: true });

  /** Opens it, or goes back to the figures. */
  function toggleDock(chosen: Dock): void {
    dock.value = dock.value === chosen ? 'figures' : chosen;
  }

  function toggleTheme(): void {
    theme.value = theme.value === 'dark' ? 'light' : 'dark';
  }

  return { theme, page, mainTrack, selectedJoint, dock, toggleDock, toggleTheme };
});
