// The page's addresses: few enough to need no library.
import { type AnchorHTMLAttributes, type MouseEvent, useSyncExternalStore } from 'react';

import type { ComparedSide } from '../api/client';

export type Route =
  | { readonly page: 'jobs' }
  | { readonly page: 'job'; readonly job: string; readonly run: number | undefined }
  | { readonly page: 'compare'; readonly a: ComparedSide; readonly b: ComparedSide }
  | { readonly page: 'unknown'; readonly path: string };

function unescaped(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function runOf(text: string | null): number | undefined {
  const run = Number(text ?? '');
  return Number.isInteger(run) && run > 0 ? run : undefined;
}

/** Of a path such as `/jobs/a%2Fb` and its query. */
export function parseRoute(path: string, search: string): Route {
  const query = new URLSearchParams(search);
  const parts = path.split('/').filter(Boolean);
  if (parts.length === 0 || (parts.length === 1 && parts[0] === 'jobs')) return { page: 'jobs' };
  const job = parts.length === 2 && parts[0] === 'jobs' ? unescaped(parts[1] ?? '') : null;
  if (job !== null) return { page: 'job', job, run: runOf(query.get('run')) };
  const [a, b] = [query.get('a'), query.get('b')];
  if (parts.length === 1 && parts[0] === 'compare' && a !== null && b !== null) return { page: 'compare', a: { job: a, run: runOf(query.get('a_run')) }, b: { job: b, run: runOf(query.get('b_run')) } };
  return { page: 'unknown', path };
}

export const jobsAddress = '/jobs';
export function jobAddress(job: string, run?: number): string {
  return `/jobs/${encodeURIComponent(job)}${run === undefined ? '' : `?run=${run}`}`;
}
export function compareAddress(a: ComparedSide, b: ComparedSide): string {
  const side = (name: string, { job, run }: ComparedSide) =>
    `${name}=${encodeURIComponent(job)}` + (run === undefined ? '' : `&${name}_run=${run}`);
  return `/compare?${side('a', a)}&${side('b', b)}`;
}

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener('popstate', listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('popstate', listener);
  };
}

export function navigate(address: string): void {
  history.pushState(null, '', address);
  window.scrollTo(0, 0);
  for (const listener of listeners) listener();
}

export function useRoute(): Route {
  const address = useSyncExternalStore(subscribe, () => window.location.pathname + window.location.search);
  const [path = '', search = ''] = address.split(/\?(.*)/s);
  return parseRoute(path, search);
}

/** A link within the page. With a modifier it is the browser's: a new tab, a download. */
export function Link({ to, children, ...rest }: { readonly to: string } & AnchorHTMLAttributes<HTMLAnchorElement>) {
  const follow = (event: MouseEvent) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(to);
  };
  return (
    <a href={to} onClick={follow} {...rest}>
      {children}
    </a>
  );
}
