import type { ReactNode } from 'react';

import type { ApiError } from '../api/client';
import { Button } from './Button';
import { Icon } from './Icon';

/** Nothing yet: said at once to a screen reader, shown as the room that the content will take. */
export function Loading({ what, lines = 3 }: { readonly what: string; readonly lines?: number }) {
  return (
    <div role="status" className="py-2">
      <span className="text-sm text-muted">Loading {what}…</span>
      <div aria-hidden="true" className="mt-2 space-y-2">
        {Array.from({ length: lines }, (_, line) => (
          <div key={line} className="h-3 animate-pulse rounded bg-raised" style={{ width: `${90 - line * 17}%` }} />
        ))}
      </div>
    </div>
  );
}

/** What went wrong, in the server's words. */
export function Failure({ error, what, onRetry }: {
  readonly error: ApiError;
  readonly what: string;
  readonly onRetry?: () => void;
}) {
  return (
    <div role="alert" className="flex items-start gap-3 rounded-md bg-critical-soft p-3 text-sm">
      <Icon name="critical" className="mt-0.5 shrink-0 text-critical" />
      <div className="min-w-0 flex-1">
        <p className="font-semibold text-critical">Could not load {what}</p>
        <p className="mt-0.5 break-words">{error.message}</p>
      </div>
      {onRetry && <Button onClick={onRetry}>Try again</Button>}
    </div>
  );
}

/** There is nothing, and why or what to do. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="py-3 text-sm">
      <p className="font-medium">{title}</p>
      {children && <div className="mt-1 max-w-prose text-muted">{children}</div>}
    </div>
  );
}

/** Renewing failed: what is shown is from before. */
export function Stale({ error }: { readonly error: ApiError }) {
  return (
    <p role="status" className="flex items-center gap-2 rounded-md bg-warning-soft px-3 py-1.5 text-sm text-warning">
      <Icon name="warning" size={14} />
      Not up to date: {error.message}
    </p>
  );
}
