import { type RefObject, useCallback, useEffect, useMemo, useRef, useState } from 'react';

import { ApiError } from '../api/client';
import { useClient } from '../api/ClientContext';
import type { Series, SeriesWindow } from '../api/types';
import { type Held, pointsFor, wantedDetail } from '../chart/detail';
import { withoutOtherCgroups } from '../chart/ownCgroup';
import { emptyTable, spliced, type TimeTable, timeTable } from '../chart/timeTable';
import type { TimeWindow } from '../chart/timeWindow';

const kDebounceMs = 120;
const kLiveMs = 5000;

type LoadSeries = (window: SeriesWindow, signal: AbortSignal) => Promise<Series>;

/** All of a run, as fine as a first look needs it. */
export interface WholeSeries {
  readonly state: 'loading' | 'error' | 'ready';
  /** Null while it is not there. */
  readonly loaded: LoadedSeries | null;
  /** Of the last try; what was loaded before stays. */
  readonly error: ApiError | null;
  readonly reload: () => void;
}

export interface LoadedSeries extends Held {
  readonly table: TimeTable;
}

function asApiError(error: unknown): ApiError {
  return error instanceof ApiError
    ? error
    : new ApiError(error instanceof Error ? error.message : String(error), null);
}

function loadedOf(series: Series, window: TimeWindow, points: number): LoadedSeries {
  const table = timeTable(withoutOtherCgroups(series.columns));
  return { table, window, points, complete: table.times.length < points };
}

const kWholePoints = pointsFor(1000);
const kAllTime: TimeWindow = { from: -Infinity, to: Infinity };

/** A series of a run: all of it, and how to have more of it. */
export interface RunSeries {
  readonly whole: WholeSeries;
  /** Another key is another series. */
  readonly key: string;
  readonly load: LoadSeries;
}

/**
 * `run` is what is asked for (the latest when it is left out), `number` which one that is: a job's next run is
 * another series. Loaded again and again while it is `live`.
 */
export function useRunSeries(
  route: 'timeline' | 'steps',
  { job, run, number, live }: { job: string; run: number | undefined; number: number; live: boolean },
): RunSeries {
  const client = useClient();
  const load = useCallback<LoadSeries>(
    (window, signal) => client[route](job, { run, ...window }, signal),
    [client, route, job, run],
  );
  const key = `${route} ${job} ${number}`;
  return { whole: useWholeSeries(key, load, live), key, load };
}

/** What a timer or an answer that comes later calls: the one of the last drawing. */
function useLatest(load: LoadSeries): RefObject<LoadSeries> {
  const latest = useRef(load);
  useEffect(() => {
    latest.current = load;
  });
  return latest;
}

function useWholeSeries(key: string, load: LoadSeries, live: boolean): WholeSeries {
  const [held, setHeld] = useState<{
    key: string;
    loaded: LoadedSeries | null;
    error: ApiError | null;
  } | null>(null);
  const [turn, setTurn] = useState(0);
  const latest = useLatest(load);
  useEffect(() => {
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      try {
        const series = await latest.current({ points: kWholePoints }, abort.signal);
        if (abort.signal.aborted) return;
        setHeld({ key, loaded: loadedOf(series, kAllTime, kWholePoints), error: null });
      } catch (error) {
        if (abort.signal.aborted) return;
        setHeld((before) => ({
          key,
          loaded: before?.key === key ? before.loaded : null,
          error: asApiError(error),
        }));
      }
      if (live) timer = setTimeout(() => void ask(), kLiveMs);
    };
    void ask();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [key, live, turn, latest]);
  const mine = held?.key === key ? held : null;
  const loaded = mine?.loaded ?? null;
  const error = mine?.error ?? null;
  const state = loaded !== null ? 'ready' : error !== null ? 'error' : 'loading';
  return { state, loaded, error, reload: () => setTurn((before) => before + 1) };
}

/** The whole with finer data for what is shown, fetched as it is zoomed. `pixels` 0: not laid out yet. */
export function useDetailedTable(
  series: RunSeries,
  view: { readonly window: TimeWindow; readonly extent: TimeWindow },
  pixels: number,
): TimeTable {
  const whole = series.whole.loaded;
  const detail = useDetail(series, { ...view, pixels });
  return useMemo(() => {
    if (whole === null) return emptyTable;
    if (detail === null) return whole.table;
    return spliced(whole.table, detail.table, detail.window.from, detail.window.to);
  }, [whole, detail]);
}

function useDetail(
  { key, load, whole: { loaded: whole } }: RunSeries,
  { window, extent, pixels }: { window: TimeWindow; extent: TimeWindow; pixels: number },
): LoadedSeries | null {
  const [held, setHeld] = useState<{ key: string; loaded: LoadedSeries } | null>(null);
  const detail = held?.key === key ? held.loaded : null;
  const wanted = useMemo(() => {
    if (whole === null || pixels <= 0) return null;
    // The whole answer's resolution is that of the run's own length.
    return wantedDetail(window, extent, pixels, [{ ...whole, window: extent }, detail]);
  }, [window, extent, whole, pixels, detail]);
  const latest = useLatest(load);
  useEffect(() => {
    if (wanted === null) return;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      latest.current(wanted, abort.signal).then(
        (series) => {
          if (!abort.signal.aborted) setHeld({ key, loaded: loadedOf(series, wanted, wanted.points) });
        },
        // What is shown is coarser than it could be; the next movement tries again.
        () => undefined,
      );
    }, kDebounceMs);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [key, wanted, latest]);
  return detail;
}
