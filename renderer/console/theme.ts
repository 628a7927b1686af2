export type Theme = 'dark' | 'light';

/** `system`: as the system says at this moment. */
export type ThemeChoice = 'system' | Theme;

/** What was chosen last, as it was stored. Until somebody chooses, the system's preference counts. */
export function readThemeChoice(stored: string | null): ThemeChoice {
  return stored === 'dark' || stored === 'light' ? stored : 'system';
}

/** What comes next when the choices are gone through one by one; the first step always shows. */
export function nextThemeChoice(choice: ThemeChoice, system: Theme): ThemeChoice {
  if (choice === 'system') return system === 'dark' ? 'light' : 'dark';
  return choice === system ? 'system' : system;
}
