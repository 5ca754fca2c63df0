import type { CSSProperties, ReactNode } from 'react';

import { pageFetcher, type Fetcher } from '../api/client';
import { ClientProvider } from '../api/ClientContext';
import { useSystemTheme } from '../lib/theme';

export interface TidemarkRootProps {
  /** As `fetch`, of the server's paths (`/api/jobs/ID/analysis?...`). Left out: the page's own server is asked.
   *  Keep it the same function from render to render. */
  readonly fetcher?: Fetcher | undefined;
  /** `class`: dark below an element of the class `dark`, as Tailwind's class-based dark mode has it. */
  readonly theme?: 'system' | 'light' | 'dark' | 'class' | undefined;
  /** Colours are variables (`--tm-surface`, ...): a host page may set its own here. */
  readonly style?: CSSProperties | undefined;
  readonly className?: string | undefined;
  readonly children: ReactNode;
}

/** What the panels stand in: their colours, and where their data comes from. No style reaches beyond it. */
export function TidemarkRoot({ fetcher = pageFetcher, theme = 'system', style, className, children }: TidemarkRootProps) {
  const system = useSystemTheme();
  return (
    <ClientProvider fetcher={fetcher}>
      <div
        className={className === undefined ? 'tm-root' : `tm-root ${className}`}
        data-theme={theme === 'system' ? system : theme}
        style={style}
      >
        {children}
      </div>
    </ClientProvider>
  );
}
