import { render } from '@testing-library/react';
import type { ReactElement } from 'react';

import type { Fetcher } from '../api/client';
import { ClientProvider } from '../api/ClientContext';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: string | null;
}

/** Answers a path's beginning with a status and a body; anything else is a 404 in the server's form. */
export type Routes = Readonly<Record<string, (asked: Asked) => Response | Promise<Response>>>;

export function json(value: unknown, status = 200): Response {
  return new Response(typeof value === 'string' ? value : JSON.stringify(value), { status });
}

export function fakeServer(routes: Routes): { fetcher: Fetcher; asked: Asked[] } {
  const asked: Asked[] = [];
  const fetcher: Fetcher = async (path, init) => {
    const request: Asked = { method: init?.method ?? 'GET', path, body: typeof init?.body === 'string' ? init.body : null };
    asked.push(request);
    const found = Object.entries(routes).find(([route]) => `${request.method} ${path}`.startsWith(route));
    return found ? await found[1](request) : json({ error: 'there is nothing under this address' }, 404);
  };
  return { fetcher, asked };
}

export function renderWith(routes: Routes, element: ReactElement) {
  const server = fakeServer(routes);
  return { ...server, ...render(<ClientProvider fetcher={server.fetcher}>{element}</ClientProvider>) };
}
