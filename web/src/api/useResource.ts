import { useCallback, useEffect, useRef, useState } from 'react';

import { ApiError } from './client';

/** What was asked for: on its way, here (perhaps with an error of the last try to renew it), or not to be had. */
export type Resource<V> =
  | { readonly state: 'loading' }
  | { readonly state: 'error'; readonly error: ApiError }
  | { readonly state: 'ready'; readonly value: V; readonly stale: ApiError | null };

export interface LoadedResource<V> {
  readonly resource: Resource<V>;
  /** Asks again now; what is shown stays until the answer comes. */
  readonly reload: () => void;
  /** Puts in what another call answered (a POST of the same thing). */
  readonly replace: (value: V) => void;
}

function asApiError(error: unknown): ApiError {
  return error instanceof ApiError ? error : new ApiError(error instanceof Error ? error.message : String(error), null);
}

/**
 * Loads what `key` names, again when it changes, and every `pollMs(value)` while that says so; `pollMs(null)` is of a
 * thing that could not be had. An answer that comes after its key has changed is dropped; a page that is hidden asks
 * nothing.
 */
export function useResource<V>(
  key: string,
  load: (signal: AbortSignal) => Promise<V>,
  pollMs: (value: V | null) => number | null = () => null,
): LoadedResource<V> {
  const [held, setHeld] = useState<{ key: string; resource: Resource<V> }>({ key, resource: { state: 'loading' } });
  const [turn, setTurn] = useState(0);
  const latest = useRef({ load, pollMs });
  useEffect(() => {
    latest.current = { load, pollMs };
  });

  const set = useCallback((forKey: string, change: (previous: Resource<V>) => Resource<V>) => {
    setHeld((held) => ({
      key: forKey,
      resource: change(held.key === forKey ? held.resource : { state: 'loading' }),
    }));
  }, []);

  useEffect(() => {
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = (after: number | null) => {
      if (after === null) return;
      timer = setTimeout(() => {
        if (document.visibilityState === 'hidden') again(after);
        else void ask();
      }, after);
    };
    let last: V | null = null;
    const ask = async () => {
      try {
        const value = await latest.current.load(abort.signal);
        if (abort.signal.aborted) return;
        set(key, () => ({ state: 'ready', value, stale: null }));
        last = value;
      } catch (error) {
        if (abort.signal.aborted) return;
        const failed = asApiError(error);
        set(key, (previous) =>
          previous.state === 'ready' ? { ...previous, stale: failed } : { state: 'error', error: failed },
        );
      }
      again(latest.current.pollMs(last));
    };
    void ask();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [key, turn, set]);

  const reload = useCallback(() => setTurn((turn) => turn + 1), []);
  const replace = useCallback(
    (value: V) => set(key, () => ({ state: 'ready', value, stale: null })),
    [key, set],
  );
  return { resource: held.key === key ? held.resource : { state: 'loading' }, reload, replace };
}
