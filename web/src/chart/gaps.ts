// Where sampling stood still, the line is broken: nothing was seen there. Pure.
import type { Column, TimeTable } from './timeTable';

/** Ordinary distance of samples at the defaults; a shorter silence is never called a gap. */
const kIntervalSeconds = 5;
const kQuiet = 4;

/**
 * A silence longer than this is a gap. The distance that nine in ten rows keep stands for what is
 * ordinary: rows of a long run are thinned to the extremes of buckets, whose distances vary, but by
 * less than this factor.
 */
export function gapSeconds(times: readonly number[]): number {
  const distances = times.slice(1).map((time, i) => time - (times[i] ?? time));
  distances.sort((a, b) => a - b);
  const ordinary = distances[Math.floor(0.9 * (distances.length - 1))] ?? 0;
  return kQuiet * Math.max(ordinary, kIntervalSeconds);
}

export interface Gap {
  readonly from: number;
  readonly to: number;
}

export function gapsOf(times: readonly number[], threshold = gapSeconds(times)): readonly Gap[] {
  const gaps: Gap[] = [];
  for (let row = 1; row < times.length; row += 1) {
    const from = times[row - 1] ?? 0;
    const to = times[row] ?? 0;
    if (to - from > threshold) gaps.push({ from, to });
  }
  return gaps;
}

/** The table with a row of nulls inside every gap, which breaks the lines. */
export function withGaps(table: TimeTable, gaps: readonly Gap[]): TimeTable {
  if (gaps.length === 0) return table;
  const startsGap = new Map(gaps.map((gap) => [gap.from, (gap.from + gap.to) / 2]));
  const times: number[] = [];
  const source: (number | null)[] = [];
  table.times.forEach((time, row) => {
    times.push(time);
    source.push(row);
    const middle = startsGap.get(time);
    if (middle !== undefined) {
      times.push(middle);
      source.push(null);
    }
  });
  const columns: Record<string, Column> = {};
  for (const [name, column] of Object.entries(table.columns))
    columns[name] = source.map((row) => (row === null ? null : (column[row] ?? null)));
  return { times, columns };
}
