import { type ReactNode, useId } from 'react';

import { classes } from './classes';

/** A panel: a region of the page with a name. */
export function Card({ title, hint, actions, children, className }: {
  readonly title: string;
  readonly hint?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  readonly className?: string;
}) {
  const id = useId();
  return (
    <section aria-labelledby={id} className={classes('min-w-0 rounded-lg border border-line bg-surface shadow-card', className)}>
      <header className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1 px-4 pb-1 pt-3">
        <div className="flex min-w-0 flex-wrap items-baseline gap-x-3">
          <h2 id={id} className="text-base">
            {title}
          </h2>
          {hint && <div className="text-sm text-muted">{hint}</div>}
        </div>
        {actions}
      </header>
      <div className="px-4 pb-4 pt-1">{children}</div>
    </section>
  );
}
