// From when to when a run's charts reach. Pure.
import type { Job } from '../api/types';
import type { TimeTable } from './timeTable';
import { kShortestSpan, type TimeWindow } from './timeWindow';

/** The run and all that was measured of it; null: nothing is known of its time. */
export function runExtent(
  job: Pick<Job, 'started_at' | 'ended_at'>,
  tables: readonly TimeTable[],
): TimeWindow | null {
  const firsts = tables.map((table) => table.times[0]);
  const lasts = tables.map((table) => table.times[table.times.length - 1]);
  const known = (times: readonly (number | null | undefined)[]) => times.filter((time) => time != null);
  const from = Math.min(...known([job.started_at, ...firsts]));
  const to = Math.max(...known([job.ended_at, ...lasts]), from);
  if (!Number.isFinite(from)) return null;
  return { from, to: Math.max(to, from + kShortestSpan) };
}
