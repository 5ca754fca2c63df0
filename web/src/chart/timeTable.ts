// A table of columns over time in the shape that a chart needs: times that strictly ascend, null
// where nothing was measured. Pure.
import type { Columns } from '../api/types';

export type Column = readonly (number | null)[];

export interface TimeTable {
  /** Unix seconds, strictly ascending. */
  readonly times: readonly number[];
  /** Every column is as long as `times`. */
  readonly columns: Columns;
}

export const emptyTable: TimeTable = { times: [], columns: {} };

/** Two rows of one moment are drawn this far apart: a double holds it at today's Unix times. */
const kNudgeSeconds = 1e-5;

/**
 * The rows that have a time, in its order. Rows of one moment are kept, a hair apart, so that none of
 * their extremes is lost.
 */
export function timeTable(columns: Columns): TimeTable {
  const given = columns['timestamp'] ?? [];
  const order: number[] = [];
  given.forEach((time, row) => {
    if (time !== null && Number.isFinite(time)) order.push(row);
  });
  const timeAt = (row: number) => given[row] ?? 0;
  if (order.some((row, i) => i > 0 && timeAt(row) < timeAt(order[i - 1] ?? row)))
    order.sort((a, b) => timeAt(a) - timeAt(b));
  const times: number[] = [];
  let last = -Infinity;
  for (const row of order) {
    last = Math.max(timeAt(row), last + kNudgeSeconds);
    times.push(last);
  }
  return { times, columns: picked(columns, order) };
}

function picked(columns: Columns, rows: readonly number[]): Columns {
  const result: Record<string, Column> = {};
  for (const [name, column] of Object.entries(columns))
    if (name !== 'timestamp') result[name] = rows.map((row) => column[row] ?? null);
  return result;
}

/** The first row at or after `time`; the number of rows where there is none. */
export function lowerBound(times: readonly number[], time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? Infinity) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The row nearest to `time`; null in an empty table. */
export function nearestRow(times: readonly number[], time: number): number | null {
  if (times.length === 0) return null;
  const after = Math.min(lowerBound(times, time), times.length - 1);
  const before = Math.max(after - 1, 0);
  const far = (row: number) => Math.abs((times[row] ?? Infinity) - time);
  return far(before) <= far(after) ? before : after;
}

/** The nearest row's value, no further than `withinSeconds` away; null where it has none. */
export function valueNear(
  table: TimeTable,
  name: string,
  time: number,
  withinSeconds: number,
): number | null {
  const row = nearestRow(table.times, time);
  if (row === null || Math.abs((table.times[row] ?? Infinity) - time) > withinSeconds) return null;
  return table.columns[name]?.[row] ?? null;
}

/** `overview` with its rows in `from`..`to` replaced by those of `detail`. */
export function spliced(overview: TimeTable, detail: TimeTable, from: number, to: number): TimeTable {
  if (detail.times.length === 0) return overview;
  const begin = lowerBound(overview.times, Math.min(from, detail.times[0] ?? from));
  const last = Math.max(to, detail.times[detail.times.length - 1] ?? to);
  let end = lowerBound(overview.times, last);
  while ((overview.times[end] ?? Infinity) <= last) end += 1;
  const join = <T>(outer: readonly T[], inner: readonly T[]) => [
    ...outer.slice(0, begin),
    ...inner,
    ...outer.slice(end),
  ];
  const names = new Set([...Object.keys(overview.columns), ...Object.keys(detail.columns)]);
  const columns: Record<string, Column> = {};
  for (const name of names)
    columns[name] = join(
      overview.columns[name] ?? nulls(overview.times.length),
      detail.columns[name] ?? nulls(detail.times.length),
    );
  return { times: join(overview.times, detail.times), columns };
}

function nulls(count: number): Column {
  return new Array<null>(count).fill(null);
}

/** The highest value of a column between two times; null: there is none. */
export function highest(
  table: TimeTable,
  name: string,
  from: number,
  to: number,
): { readonly value: number; readonly at: number } | null {
  const column = table.columns[name] ?? [];
  let best: { value: number; at: number } | null = null;
  for (let row = lowerBound(table.times, from); row < table.times.length; row += 1) {
    const at = table.times[row] ?? Infinity;
    if (at > to) break;
    const value = column[row];
    if (value !== null && value !== undefined && (best === null || value > best.value)) best = { value, at };
  }
  return best;
}
