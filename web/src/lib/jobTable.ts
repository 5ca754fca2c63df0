// The list of jobs as it is looked at: filtered and sorted. Pure.
import type { Health, ListedJob, RunStatus } from '../api/types';

export type SortKey = 'name' | 'health' | 'peak' | 'steps' | 'duration' | 'started';

export interface Sorting {
  readonly key: SortKey;
  readonly descending: boolean;
}

export const kNewestFirst: Sorting = { key: 'started', descending: true };

const healthOrder: Readonly<Record<Health, number>> = { good: 1, warning: 2, critical: 3 };

/** Seconds from its start to its end, or to now while it goes on. */
export function durationOf(job: ListedJob, now: number): number | null {
  if (job.started_at === null) return null;
  if (job.ended_at !== null) return job.ended_at - job.started_at;
  return job.status === 'running' ? Math.max(now - job.started_at, 0) : null;
}

export function peakFraction(job: ListedJob): number | null {
  const { peak_memory_gb: peak, total_memory_gb: total } = job;
  return peak === null || total === null || total <= 0 ? null : peak / total;
}

function keyOf(job: ListedJob, key: Exclude<SortKey, 'name'>, now: number): number | null {
  switch (key) {
    case 'health':
      return job.health_score === null ? null : healthOrder[job.health_score];
    case 'peak':
      return peakFraction(job) ?? job.peak_memory_gb;
    case 'steps':
      return job.steps_completed;
    case 'duration':
      return durationOf(job, now);
    case 'started':
      return job.started_at;
  }
}

/** What is not known comes last, whichever way it is sorted. */
export function sortJobs(jobs: readonly ListedJob[], { key, descending }: Sorting, now: number): readonly ListedJob[] {
  const sign = descending ? -1 : 1;
  return [...jobs].sort((a, b) => {
    if (key === 'name') return sign * a.name.localeCompare(b.name, undefined, { numeric: true });
    const left = keyOf(a, key, now);
    const right = keyOf(b, key, now);
    if (left === null || right === null) return (left === null ? 1 : 0) - (right === null ? 1 : 0);
    return sign * (left - right);
  });
}

/** The other way round for the key that is sorted by already; a new one begins with what is looked for first. */
export function sortedBy(before: Sorting, key: SortKey): Sorting {
  if (before.key === key) return { key, descending: !before.descending };
  return { key, descending: key !== 'name' };
}

export interface Filter {
  readonly text: string;
  readonly status: RunStatus | 'all';
}

/** Every word of the text is somewhere in the name or the id. */
export function filterJobs(jobs: readonly ListedJob[], { text, status }: Filter): readonly ListedJob[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return jobs.filter((job) => {
    if (status !== 'all' && job.status !== status) return false;
    const where = `${job.name} ${job.id} ${job.health_score ?? ''}`.toLowerCase();
    return words.every((word) => where.includes(word));
  });
}
