// Light or dark: what the system says, until somebody chooses.

export type Theme = 'auto' | 'light' | 'dark';
const storageKey = 'itms.theme';

class ThemeChoice {
  theme = $state<Theme>((localStorage.getItem(storageKey) as Theme | null) ?? 'auto');

  choose(theme: Theme): void {
    this.theme = theme;
    if (theme === 'auto') localStorage.removeItem(storageKey);
    else localStorage.setItem(storageKey, theme);
    this.apply();
  }

  apply(): void {
    if (this.theme === 'auto') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = this.theme;
  }
}

export const theme = new ThemeChoice();
