import { type ReactNode, useEffect, useRef } from 'react';

import type { ThemeChoice } from '../lib/theme';
import { classes } from '../ui/classes';
import { Icon, type IconName } from '../ui/Icon';
import { jobsAddress, Link } from './router';

const themes: readonly { readonly choice: ThemeChoice; readonly icon: IconName; readonly name: string }[] = [
  { choice: 'system', icon: 'system', name: "The system's colours" },
  { choice: 'light', icon: 'sun', name: 'Light' },
  { choice: 'dark', icon: 'moon', name: 'Dark' },
];

export interface ThemeProps {
  readonly choice: ThemeChoice;
  readonly onChoose: (choice: ThemeChoice) => void;
}

function ThemeToggle({ choice, onChoose }: ThemeProps) {
  return (
    <div role="group" aria-label="Colours" className="flex rounded-md border border-line p-0.5">
      {themes.map((theme) => (
        <button
          key={theme.choice}
          type="button"
          aria-pressed={theme.choice === choice}
          aria-label={theme.name}
          title={theme.name}
          onClick={() => onChoose(theme.choice)}
          className={classes('rounded p-1.5', theme.choice === choice ? 'bg-raised text-text' : 'text-faint hover:text-text')}
        >
          <Icon name={theme.icon} size={14} />
        </button>
      ))}
    </div>
  );
}

/** What is around every page. */
export function Frame({ theme, children }: { readonly theme: ThemeProps; readonly children: ReactNode }) {
  return (
    <>
      <a
        href="#main"
        className="absolute left-2 top-2 z-10 -translate-y-16 rounded-md bg-accent px-3 py-1.5 text-accent-text focus:translate-y-0"
      >
        To the content
      </a>
      <header className="border-b border-line bg-surface">
        <div className="mx-auto flex max-w-[86rem] items-center justify-between gap-3 px-4 py-2">
          <Link to={jobsAddress} className="flex items-center gap-2 text-base font-semibold">
            <Mark />
            Tidemark
          </Link>
          <ThemeToggle {...theme} />
        </div>
      </header>
      <main id="main" tabIndex={-1} className="mx-auto max-w-[86rem] px-3 pb-10 pt-4 outline-none sm:px-4">
        {children}
      </main>
    </>
  );
}

/** Water under its mark. */
function Mark() {
  return (
    <svg aria-hidden="true" width="22" height="22" viewBox="0 0 32 32">
      <rect width="32" height="32" rx="7" className="fill-accent" />
      <path d="M5 9h22" className="stroke-accent-text" strokeWidth="2.5" strokeDasharray="4 3" />
      <path d="M5 21c3.500-5 7-5 11 0s7.500 5 11 0" fill="none" className="stroke-accent-text" strokeWidth="3" strokeLinecap="round" />
    </svg>
  );
}

/** A page's name: in the window's title, and focused when the page was gone to, so that it is read out. */
export function PageTitle({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Tidemark`;
  }, [title]);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <h1 ref={heading} tabIndex={-1} className="min-w-0 break-words text-xl outline-none">
      {children ?? title}
    </h1>
  );
}
