import { useEffect, useRef, useState } from 'react';

import { ApiError } from '../api/client';
import { useClient } from '../api/ClientContext';
import type { WhatifAnswer } from '../api/types';
import type { SettingValues } from './whatIfSettings';

const kDebounceMs = 60;

export type WhatIfState =
  | { readonly state: 'loading' }
  | { readonly state: 'error'; readonly error: ApiError }
  | {
      readonly state: 'ready';
      readonly answer: WhatifAnswer;
      /** The answer is not yet that of what is asked. */
      readonly isBehind: boolean;
      /** What is asked was refused: the answer is the last that came. */
      readonly refused: ApiError | null;
    };

interface Held {
  readonly key: string;
  readonly answer: WhatifAnswer | null;
  /** What it answers. */
  readonly asked: SettingValues | null;
  readonly error: ApiError | null;
}

/** The prediction for `values`, asked anew as they move: a little after the last movement, and the last one wins. */
export function useWhatIf(
  job: string,
  run: number | undefined,
  values: SettingValues,
): WhatIfState & { retry: () => void } {
  const client = useClient();
  const key = `${job} ${run ?? ''}`;
  const [held, setHeld] = useState<Held>({ key, answer: null, asked: null, error: null });
  const [turn, setTurn] = useState(0);
  const isFirst = useRef(true);
  useEffect(() => {
    const abort = new AbortController();
    const ask = () => {
      client.whatif(job, values, run, abort.signal).then(
        (answer) => {
          if (!abort.signal.aborted) setHeld({ key, answer, asked: values, error: null });
        },
        (error: unknown) => {
          if (abort.signal.aborted) return;
          const failed = error instanceof ApiError ? error : new ApiError(String(error), null);
          setHeld((before) => ({
            ...(before.key === key ? before : { answer: null }),
            key,
            asked: values,
            error: failed,
          }));
        },
      );
    };
    const timer = setTimeout(ask, isFirst.current ? 0 : kDebounceMs);
    isFirst.current = false;
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [client, job, run, values, key, turn]);
  const retry = () => setTurn((before) => before + 1);
  const mine = held.key === key ? held : null;
  if (mine?.answer)
    return {
      state: 'ready',
      answer: mine.answer,
      isBehind: mine.asked !== values,
      refused: mine.error,
      retry,
    };
  if (mine?.error) return { state: 'error', error: mine.error, retry };
  return { state: 'loading', retry };
}
