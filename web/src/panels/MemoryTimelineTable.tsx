import { useMemo, useState } from 'react';

import { highest, nearestRow, type TimeTable } from '../chart/timeTable';
import type { SeriesSpec } from '../chart/series';
import { stepAt } from '../chart/stepAt';
import { momentLabels } from '../chart/timeAxis';
import type { TimeWindow } from '../chart/timeWindow';
import { formatCount, formatGb } from '../lib/format';

const kRows = 40;

/** Rows at even distances over what is shown, and those of the highest values. */
export function tableRows(
  table: TimeTable,
  window: TimeWindow,
  columns: readonly string[],
  most: number,
): readonly number[] {
  const rows = new Set<number>();
  for (let i = 0; i < most; i += 1) {
    const row = nearestRow(table.times, window.from + ((window.to - window.from) * i) / (most - 1));
    if (row !== null) rows.add(row);
  }
  for (const column of columns) {
    const peak = highest(table, column, window.from, window.to);
    const row = peak === null ? null : nearestRow(table.times, peak.at);
    if (row !== null) rows.add(row);
  }
  return [...rows].sort((a, b) => a - b);
}

/** What the chart shows, as a table: made when it is asked for. */
export function MemoryTimelineTable(props: {
  readonly table: TimeTable;
  readonly steps: TimeTable;
  readonly series: readonly SeriesSpec[];
  readonly window: TimeWindow;
  readonly startedAt: number;
}) {
  const [open, setOpen] = useState(false);
  return (
    <details className="mt-2 text-sm" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="w-fit rounded text-muted hover:text-text">As a table</summary>
      {open && <Rows {...props} />}
    </details>
  );
}

function Rows({ table, steps, series, window, startedAt }: Parameters<typeof MemoryTimelineTable>[0]) {
  const columns = useMemo(() => series.map((one) => one.column), [series]);
  const rows = useMemo(() => tableRows(table, window, columns, kRows), [table, window, columns]);
  return (
    <div
      className="mt-2 max-h-80 overflow-auto rounded border border-line"
      role="region"
      aria-label="Memory as a table"
      tabIndex={0}
    >
      <table className="w-full text-right text-xs">
        <thead className="sticky top-0 bg-raised">
          <tr>
            <th scope="col" className="px-2 py-1 text-left font-semibold">
              After the start
            </th>
            <th scope="col" className="px-2 py-1 font-semibold">
              Step
            </th>
            {series.map((one) => (
              <th key={one.column} scope="col" className="px-2 py-1 font-semibold">
                {one.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const at = table.times[row] ?? 0;
            const step = stepAt(steps, at);
            return (
              <tr key={row} className="border-t border-line">
                <th scope="row" className="px-2 py-0.5 text-left font-normal">
                  {momentLabels(at, startedAt).elapsed}
                </th>
                <td className="px-2 py-0.5">{step === null ? '' : formatCount(step.step)}</td>
                {columns.map((column) => {
                  const value = table.columns[column]?.[row] ?? null;
                  return (
                    <td key={column} className="px-2 py-0.5">
                      {value === null ? '–' : formatGb(value)}
                    </td>
                  );
                })}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
