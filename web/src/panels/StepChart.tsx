import { useMemo, useState } from 'react';

import { type ChartData, chartData } from '../chart/chartData';
import type { ChartView } from '../chart/chartView';
import { cssColor } from '../chart/colors';
import { valuesAt } from '../chart/readout';
import { type StepLane, stepLanes } from '../chart/series';
import { TimelineChart } from '../chart/TimelineChart';
import { type ChartSpec, valueLabel } from '../chart/timelineOptions';
import type { TimeTable } from '../chart/timeTable';
import { formatNumber } from '../lib/format';
import { classes } from '../ui/classes';
import type { TimeView } from './useTimeView';

const kLaneHeight = 104;
const kTimeLabelHeight = 26;
const kShownAtFirst: ReadonlySet<string> = new Set(['loss', 'time']);

/** Which strips are shown: of those that the run has, what was chosen. */
export function useStepLanes(table: TimeTable) {
  const [chosen, setChosen] = useState(kShownAtFirst);
  const lanes = useMemo(() => stepLanes(table), [table]);
  const toggle = (id: string) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    setChosen(next);
  };
  return { lanes, chosen, toggle };
}

export function StepChartChoice({ lanes, chosen, toggle }: ReturnType<typeof useStepLanes>) {
  return (
    <div role="group" aria-label="Step metrics" className="flex flex-wrap gap-1.5">
      {lanes.map((lane) => (
        <button
          key={lane.id}
          type="button"
          aria-pressed={chosen.has(lane.id)}
          onClick={() => toggle(lane.id)}
          className={classes(
            'min-h-7 rounded-full border px-2.5 text-sm',
            chosen.has(lane.id)
              ? 'border-accent bg-accent-soft text-accent'
              : 'border-line-strong text-muted hover:bg-raised',
          )}
        >
          {lane.label}
        </button>
      ))}
    </div>
  );
}

export interface StepChartProps {
  readonly lanes: readonly StepLane[];
  readonly table: TimeTable;
  readonly view: TimeView;
  /** What the memory chart shows too: the axis, the phases. */
  readonly chartView: ChartView;
  readonly syncKey: string;
}

/** What the trainer did, strip under strip, on the time axis and the cursor of the memory above. */
export function StepChart({ lanes, table, view, chartView, syncKey }: StepChartProps) {
  const data = useMemo(() => {
    const byLane = new Map<string, ChartData>();
    for (const lane of lanes)
      byLane.set(
        lane.id,
        chartData(
          table,
          lane.series.map((one) => one.column),
        ),
      );
    return byLane;
  }, [lanes, table]);
  return (
    <>
      {lanes.map((lane, index) => {
        const values = data.get(lane.id);
        if (values === undefined) return null;
        const isLast = index === lanes.length - 1;
        return (
          <Lane
            key={lane.id}
            lane={lane}
            data={values}
            table={table}
            view={view}
            chartView={chartView}
            syncKey={syncKey}
            isLast={isLast}
          />
        );
      })}
    </>
  );
}

function Lane({
  lane,
  data,
  table,
  view,
  chartView,
  syncKey,
  isLast,
}: {
  readonly lane: StepLane;
  readonly data: ChartData;
  readonly isLast: boolean;
} & Omit<StepChartProps, 'lanes'>) {
  const columns = lane.series.map((one) => one.column).join();
  const spec = useMemo<ChartSpec>(
    () => ({
      series: lane.series,
      unit: lane.unit,
      hasTimeLabels: isLast,
      hasMarks: false,
      hasPhases: false,
      syncKey,
    }),
    // The series of a lane are told by their columns.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [lane.id, columns, isLast, syncKey],
  );
  return (
    <div className="relative">
      <LaneHead lane={lane} table={table} at={view.cursor?.time ?? null} />
      <TimelineChart
        spec={spec}
        data={data}
        view={chartView}
        extent={view.extent}
        height={kLaneHeight + (isLast ? kTimeLabelHeight : 0)}
        onWindow={view.onWindow}
        onCursor={view.onCursor}
      />
    </div>
  );
}

/** Its name, and its values at the cursor. */
function LaneHead({
  lane,
  table,
  at,
}: {
  readonly lane: StepLane;
  readonly table: TimeTable;
  readonly at: number | null;
}) {
  const values = at === null ? [] : valuesAt(table, lane.series, at);
  const words = (value: number) =>
    lane.unit === 'seconds' ? valueLabel('seconds', value) : formatNumber(value);
  return (
    <p className="flex flex-wrap items-baseline gap-x-3 pl-[62px] text-xs" aria-hidden="true">
      <span className="font-semibold">{lane.label}</span>
      {lane.series.map((one, index) => (
        <span key={one.column} style={{ color: cssColor(one.color) }}>
          {lane.series.length > 1 && `${one.label} `}
          <span className="font-medium">{wordsOf(values[index]?.value ?? null, words)}</span>
        </span>
      ))}
    </p>
  );
}

function wordsOf(value: number | null, words: (value: number) => string): string {
  return value === null ? '' : words(value);
}
