import { defineStore } from 'pinia';
import { ref, watch } from 'vue';

export type Theme = 'dark' | 'light';

const THEME_KEY = 'portal-console.theme';

/** What this window looks like: nothing of the session, nothing that main has to know. */
export const useLayoutStore = defineStore('layout', () => {
  const theme = ref<Theme>(localStorage.getItem(THEME_KEY) === 'light' ? 'light' : 'dark');
  /** The camera shown large; null = the first one. */
  const mainTrack = ref<string | null>(null);
  /** The joint that is plotted and that the keys move; null = the first one. */
  const selectedJoint = ref<string | null>(null);
  const isInspectorOpen = ref(false);

  watch(theme, (chosen) => {
    document.documentElement.dataset['theme'] = chosen;
    localStorage.setItem(THEME_KEY, chosen);
  }, { immediate: true });

  function toggleTheme(): void {
    theme.value = theme.value === 'dark' ? 'light' : 'dark';
  }

  return { theme, mainTrack, selectedJoint, isInspectorOpen, toggleTheme };
});
