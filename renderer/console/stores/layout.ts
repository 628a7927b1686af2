import { defineStore } from 'pinia';
import { computed, ref, watch } from 'vue';
import { nextThemeChoice, readThemeChoice, type Theme, type ThemeChoice } from '../theme.ts';

export type Dock = 'figures' | 'observation' | 'methods' | 'arms';

const THEME_KEY = 'portal-console.theme';

/** What this window looks like: nothing of the session, nothing that main has to know. */
export const useLayoutStore = defineStore('layout', () => {
  const themeChoice = ref<ThemeChoice>(readThemeChoice(localStorage.getItem(THEME_KEY)));
  const prefersLight = matchMedia('(prefers-color-scheme: light)');
  const systemTheme = ref<Theme>(prefersLight.matches ? 'light' : 'dark');
  const theme = computed<Theme>(() => (themeChoice.value === 'system' ? systemTheme.value : themeChoice.value));
  const themeNext = computed(() => nextThemeChoice(themeChoice.value, systemTheme.value));
  /** The camera shown large; null = the first one. */
  const mainTrack = ref<string | null>(null);
  /** The joint that is plotted and that the keys move; null = the first one. */
  const selectedJoint = ref<string | null>(null);
  /** What is shown outside of a session. */
  const page = ref<'start' | 'arms' | 'host' | 'station'>('start');
  /** What is shown below the pictures. */
  const dock = ref<Dock>('figures');

  prefersLight.addEventListener('change', ({ matches }) => { systemTheme.value = matches ? 'light' : 'dark'; });
  watch(theme, (shown) => { document.documentElement.dataset['theme'] = shown; }, { immediate: true });

  /** Opens it, or goes back to the figures. */
  function toggleDock(chosen: Dock): void {
    dock.value = dock.value === chosen ? 'figures' : chosen;
  }

  function turnTheme(): void {
    themeChoice.value = themeNext.value;
    localStorage.setItem(THEME_KEY, themeChoice.value);
  }

  return { theme, themeChoice, themeNext, page, mainTrack, selectedJoint, dock, toggleDock, turnTheme };
});
