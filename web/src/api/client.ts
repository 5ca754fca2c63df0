// The only place that asks the server anything. Everything goes through one `Fetcher`, so that a host page
// (ai-toolkit's) can put its own addresses, headers and cookies there.
import {
  decodeAnalysis,
  decodeComparison,
  decodeConfigAnswer,
  decodeErrorWords,
  decodeJobs,
  decodeRuns,
  decodeSeries,
  decodeWhatif,
} from './decode';
import { DecodeError, type Decoder, decodeWith } from './decoder';
import type * as T from './types';

/** As `fetch`, of a path such as `/api/jobs/ID/analysis?run=2`. */
export type Fetcher = (path: string, init?: RequestInit) => Promise<Response>;

/** What was asked for did not come: in the server's words where it had some. */
export class ApiError extends Error {
  constructor(
    message: string,
    /** HTTP's; null: no answer at all, or one that cannot be read. */
    readonly status: number | null,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

export const pageFetcher: Fetcher = (path, init) => fetch(path, { credentials: 'same-origin', ...init });

function query(values: Readonly<Record<string, string | number | undefined>>): string {
  const pairs = Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${encodeURIComponent(value)}`],
  );
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

function jobPath(job: string, what: string): string {
  return `/api/jobs/${encodeURIComponent(job)}/${what}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function ask(fetcher: Fetcher, path: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetcher(path, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError('The server does not answer. Is `tidemark serve` still running?', null);
  }
  if (response.ok) return response;
  const words = decodeErrorWords(parsed(await response.text().catch(() => '')));
  throw new ApiError(words ?? `The server answered ${response.status} ${response.statusText}`.trim(), response.status);
}

async function askJson<V>(fetcher: Fetcher, decoder: Decoder<V>, path: string, init: RequestInit = {}): Promise<V> {
  const response = await ask(fetcher, path, init);
  try {
    return decodeWith(decoder, parsed(await response.text()));
  } catch (error) {
    if (error instanceof DecodeError)
      throw new ApiError(`The answer of ${path} cannot be read: ${error.message}`, null);
    throw error;
  }
}

const json = { 'Content-Type': 'application/json' };

export interface ComparedSide {
  readonly job: string;
  readonly run?: number | undefined;
}

/** Every call of the server. A `signal` that aborts rejects with the AbortError that fetch gives. */
export function createClient(fetcher: Fetcher) {
  const get = <V>(decoder: Decoder<V>, path: string, signal?: AbortSignal) =>
    askJson(fetcher, decoder, path, signal ? { signal } : {});
  return {
    jobs: (signal?: AbortSignal) => get(decodeJobs, '/api/jobs', signal),
    runs: (job: string, signal?: AbortSignal) => get(decodeRuns, jobPath(job, 'runs'), signal),
    analysis: (job: string, options: { run?: number | undefined; points?: number | undefined } = {}, signal?: AbortSignal) =>
      get(decodeAnalysis, jobPath(job, 'analysis') + query(options), signal),
    reanalyse: (job: string, run?: number) =>
      askJson(fetcher, decodeAnalysis, jobPath(job, 'analysis') + query({ run }), { method: 'POST' }),
    timeline: (job: string, window: T.SeriesWindow = {}, signal?: AbortSignal) =>
      get(decodeSeries, jobPath(job, 'timeline') + query({ ...window }), signal),
    steps: (job: string, window: T.SeriesWindow = {}, signal?: AbortSignal) =>
      get(decodeSeries, jobPath(job, 'steps') + query({ ...window }), signal),
    whatif: (job: string, set: Readonly<Record<string, T.ConfigValue>>, run?: number, signal?: AbortSignal) =>
      askJson(fetcher, decodeWhatif, jobPath(job, 'whatif') + query({ run }), {
        method: 'POST',
        headers: json,
        body: JSON.stringify({ set }),
        ...(signal ? { signal } : {}),
      }),
    config: (job: string, ids: readonly string[], run?: number, signal?: AbortSignal) =>
      get(decodeConfigAnswer, jobPath(job, 'config') + query({ apply: ids.join(','), format: 'json', run }), signal),
    /** The latest runs of two jobs, or those of these numbers. */
    compare: (a: ComparedSide, b: ComparedSide, signal?: AbortSignal) =>
      get(decodeComparison, `/api/diff${query({ a: a.job, b: b.job, a_run: a.run, b_run: b.run })}`, signal),
    /** Until `signal` aborts or the server closes; `after` is the id of the last event that was read. */
    stream: (job: string, run: number | undefined, after: string | null, signal: AbortSignal) =>
      ask(fetcher, jobPath(job, 'stream') + query({ run }), {
        signal,
        headers: { Accept: 'text/event-stream', ...(after === null ? {} : { 'Last-Event-ID': after }) },
      }),
  };
}

export type Client = ReturnType<typeof createClient>;
