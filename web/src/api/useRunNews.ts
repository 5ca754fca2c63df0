import { useEffect, useRef, useState } from 'react';

import { ApiError, type Client } from './client';
import { decodeNews } from './decode';
import { readEvents } from './eventStream';
import type { News } from './types';

const kFirstWaitMs = 1000;
const kLongestWaitMs = 30_000;

export type StreamState = 'off' | 'connecting' | 'live';

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

// A route that is not there, or not for us, will not be there in a second either.
function isFinal(error: unknown): boolean {
  return error instanceof ApiError && error.status !== null && error.status >= 400 && error.status < 500;
}

/**
 * Follows a run that goes on: `onNews` gets what comes, as it comes. A connection that breaks is made again, from the
 * last event that was read; one that cannot be had leaves the page to its polling ('off').
 */
export function useRunNews(
  client: Client,
  job: string,
  run: number | undefined,
  follows: boolean,
  onNews: (news: News) => void,
): StreamState {
  const [state, setState] = useState<StreamState>('off');
  const latest = useRef(onNews);
  useEffect(() => {
    latest.current = onNews;
  });
  useEffect(() => {
    if (!follows) return;
    const abort = new AbortController();
    const { signal } = abort;
    let last: string | null = null;
    /** Whether the run has ended. */
    const followOnce = async (): Promise<boolean> => {
      const response = await client.stream(job, run, last, signal);
      setState('live');
      for await (const event of readEvents(response)) {
        if (signal.aborted) return false;
        last = event.id ?? last;
        const news = decodeNews(event.kind, parsed(event.data));
        if (news === null) continue;
        latest.current(news);
        if (news.kind === 'end') return true;
      }
      return false;
    };
    const follow = async () => {
      for (let wait = kFirstWaitMs; !signal.aborted; wait = Math.min(wait * 2, kLongestWaitMs)) {
        setState('connecting');
        const before = last;
        try {
          if (await followOnce()) break;
        } catch (error) {
          if (isFinal(error)) break;
        }
        if (last !== before) wait = kFirstWaitMs;
        await pause(wait, signal);
      }
      if (!signal.aborted) setState('off');
    };
    void follow();
    return () => {
      abort.abort();
      setState('off');
    };
  }, [client, job, run, follows]);
  return state;
}
