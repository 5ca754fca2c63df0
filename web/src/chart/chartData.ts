// A table as the columns that uPlot draws: undefined where a line goes on over a row that says nothing
// of it, null where it is broken. Pure.
import { gapSeconds, gapsOf, withGaps } from './gaps';
import type { TimeTable } from './timeTable';

type Values = (number | null | undefined)[];
export type ChartData = [times: number[], ...values: Values[]];

/** The columns in this order; one that the table lacks is all null. */
export function chartData(table: TimeTable, columns: readonly string[]): ChartData {
  const whole = withGaps(table, gapsOf(table.times));
  const times = [...whole.times];
  return [times, ...columns.map((name) => bridged(times, whole.columns[name] ?? []))];
}

/**
 * Rows differ in what they tell (a gradient norm every 50 steps, a GPU that answered late). A column's
 * silence is a gap when it is long by that column's own measure.
 */
function bridged(times: readonly number[], column: readonly (number | null)[]): Values {
  const told = times.map((_, row) => row).filter((row) => (column[row] ?? null) !== null);
  const threshold = gapSeconds(told.map((row) => times[row] ?? 0));
  const values: Values = times.map((_, row) => column[row] ?? null);
  for (let i = 1; i < told.length; i += 1) {
    const from = told[i - 1] ?? 0;
    const to = told[i] ?? 0;
    if (to - from > 1 && (times[to] ?? 0) - (times[from] ?? 0) <= threshold)
      values.fill(undefined, from + 1, to);
  }
  return values;
}

/** The rows of values that stand alone, which no line would show. */
export function lonelyRows(
  values: ArrayLike<number | null | undefined>,
  first: number,
  last: number,
): number[] {
  const lonely: number[] = [];
  let before = false;
  for (let row = first; row <= last; row += 1) {
    const value = values[row];
    if (value === undefined) continue;
    if (value === null) {
      before = false;
      continue;
    }
    let next = row + 1;
    while (next < values.length && values[next] === undefined) next += 1;
    const after = next < values.length && values[next] !== null;
    if (!before && !after) lonely.push(row);
    before = true;
  }
  return lonely;
}
