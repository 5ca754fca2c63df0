import { useState, useSyncExternalStore } from 'react';

export type ThemeChoice = 'system' | 'light' | 'dark';
export type Theme = 'light' | 'dark';

const kStorageKey = 'tidemark-theme';
const kDarkQuery = '(prefers-color-scheme: dark)';

function isThemeChoice(value: unknown): value is ThemeChoice {
  return value === 'system' || value === 'light' || value === 'dark';
}

/** What the viewer chose before; a browser that keeps nothing gives the system's. */
function storedChoice(): ThemeChoice {
  try {
    const stored = localStorage.getItem(kStorageKey);
    return isThemeChoice(stored) ? stored : 'system';
  } catch {
    return 'system';
  }
}

function onSystemChange(listener: () => void): () => void {
  const query = window.matchMedia(kDarkQuery);
  query.addEventListener('change', listener);
  return () => query.removeEventListener('change', listener);
}

/** The system's wish, followed as it changes. On a server that renders ahead there is none: light. */
export function useSystemTheme(): Theme {
  return useSyncExternalStore<Theme>(
    onSystemChange,
    () => (window.matchMedia(kDarkQuery).matches ? 'dark' : 'light'),
    () => 'light',
  );
}

/** The viewer's choice, kept in this browser, and what it comes to now. */
export function useTheme(): { choice: ThemeChoice; theme: Theme; choose: (choice: ThemeChoice) => void } {
  const [choice, setChoice] = useState<ThemeChoice>(storedChoice);
  const system = useSystemTheme();
  const choose = (next: ThemeChoice) => {
    setChoice(next);
    try {
      localStorage.setItem(kStorageKey, next);
    } catch {
      // Private browsing: the choice lasts as long as the page.
    }
  };
  return { choice, theme: choice === 'system' ? system : choice, choose };
}
