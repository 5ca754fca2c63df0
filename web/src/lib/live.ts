import type { Columns, News } from '../api/types';

/** Where a run stands, from the last of its news. */
export interface LiveReading {
  readonly at: number | null;
  readonly usedGb: number | null;
  readonly gpuGb: number | null;
  readonly step: number | null;
}

const kNothing: LiveReading = { at: null, usedGb: null, gpuGb: null, step: null };

/** The last value that is known; absent in this news: the one before. */
function lastOf(columns: Columns, name: string, before: number | null): number | null {
  return columns[name]?.findLast((value) => value !== null) ?? before;
}

export function takeNews(before: LiveReading | null, news: News): LiveReading {
  const then = before ?? kNothing;
  switch (news.kind) {
    case 'samples':
      return {
        ...then,
        at: lastOf(news.columns, 'timestamp', then.at),
        usedGb: lastOf(news.columns, 'used_memory_gb', then.usedGb),
        gpuGb: lastOf(news.columns, 'gpu_memory_used_gb', then.gpuGb),
      };
    case 'steps':
      return { ...then, at: lastOf(news.columns, 'timestamp', then.at), step: lastOf(news.columns, 'step', then.step) };
    case 'events':
    case 'end':
      return then;
  }
}
