import { useId, useMemo, useRef, useState } from 'react';

import type { Analysis } from '../api/types';
import { chartData } from '../chart/chartData';
import type { ChartView } from '../chart/chartView';
import { gapsOf } from '../chart/gaps';
import { type Limit, limitOf } from '../chart/limit';
import { logMarks, marksOf } from '../chart/marks';
import { phasesOf } from '../chart/phases';
import { type Readout, readoutAt, spokenReadout, stepWords, valuesAt } from '../chart/readout';
import { runExtent } from '../chart/runExtent';
import { memorySeries, type SeriesSpec, startsHidden } from '../chart/series';
import { stepAt } from '../chart/stepAt';
import { type ChartHandle, TimelineChart } from '../chart/TimelineChart';
import type { ChartSpec } from '../chart/timelineOptions';
import { emptyTable, highest, type TimeTable } from '../chart/timeTable';
import type { TimeMode } from '../chart/timeAxis';
import { around, spanOf, type TimeWindow, zoomed } from '../chart/timeWindow';
import { formatDuration, formatGb } from '../lib/format';
import { Card } from '../ui/Card';
import { Empty, Failure, Loading, Stale } from '../ui/Notice';
import { MemoryTimelineKeys } from './MemoryTimelineKeys';
import { type LegendEntry, MemoryTimelineLegend } from './MemoryTimelineLegend';
import { MemoryTimelineReadout } from './MemoryTimelineReadout';
import { MemoryTimelineTable } from './MemoryTimelineTable';
import { type HeightMode, MemoryTimelineTools } from './MemoryTimelineTools';
import { StepChart, StepChartChoice, useStepLanes } from './StepChart';
import { useDetailedTable, useRunSeries, type WholeSeries } from './useRunSeries';
import { type TimeView, useTimeView } from './useTimeView';

/** A moment that another panel asks the charts to show. Asking for the same one again is another serial. */
export interface FocusedTime {
  /** Unix seconds. */
  readonly at: number;
  readonly serial: number;
}

export interface MemoryTimelineProps {
  readonly job: string;
  readonly run?: number | undefined;
  readonly analysis: Analysis;
  readonly focusTime?: FocusedTime | null | undefined;
}

const kHeight = 340;
/** From this share of the limit on, what is left below it is what the chart is about. */
const kLimitMatters = 0.35;
/** Memory over time, and below it the steps on the same axis. */
export function MemoryTimeline({ job, run, analysis, focusTime = null }: MemoryTimelineProps) {
  const live = analysis.job.status === 'running';
  const of = { job, run, number: analysis.job.run, live };
  const ofMemory = useRunSeries('timeline', of);
  const ofSteps = useRunSeries('steps', of);
  const memory = ofMemory.whole;
  const steps = ofSteps.whole;
  const extent = useMemo(
    () => runExtent(analysis.job, [memory.loaded?.table ?? emptyTable, steps.loaded?.table ?? emptyTable]),
    [analysis.job, memory.loaded, steps.loaded],
  );
  const view = useTimeView(extent ?? kNoTime, memory.loaded !== null, focusTime);
  const [pixels, setPixels] = useState(0);
  const memoryTable = useDetailedTable(ofMemory, view, pixels);
  const stepTable = useDetailedTable(ofSteps, view, pixels);
  const isEmpty = memory.loaded !== null && memory.loaded.table.times.length === 0;
  return (
    <Card title="Memory over time" hint="GB are GiB (2³⁰ bytes)">
      {memory.state === 'loading' && <Loading what="the timeline" lines={6} />}
      {memory.state === 'error' && memory.error !== null && (
        <Failure what="the timeline" error={memory.error} onRetry={memory.reload} />
      )}
      {memory.state === 'ready' && memory.error !== null && <Stale error={memory.error} />}
      {isEmpty && (
        <Empty title={live ? 'No sample has come yet.' : 'No memory sample of this run was recorded.'} />
      )}
      {memory.loaded !== null && !isEmpty && (
        <Charts
          key={ofMemory.key}
          analysis={analysis}
          memory={memoryTable}
          steps={stepTable}
          stepState={steps}
          view={view}
          onPixels={setPixels}
        />
      )}
    </Card>
  );
}

const kNoTime: TimeWindow = { from: 0, to: 1 };

interface ChartsProps {
  readonly analysis: Analysis;
  readonly memory: TimeTable;
  readonly steps: TimeTable;
  readonly stepState: WholeSeries;
  readonly view: TimeView;
  readonly onPixels: (pixels: number) => void;
}

function Charts({ analysis, memory, steps, stepState, view, onPixels }: ChartsProps) {
  const syncKey = useId();
  const describedBy = useId();
  const chart = useRef<ChartHandle>(null);
  const frame = useRef<HTMLDivElement>(null);
  const { summary } = analysis;
  const limit = useMemo(() => limitOf(summary.limiting_pool, summary), [summary]);
  const lines = useLines(memory, limit);
  const [timeMode, setTimeMode] = useState<TimeMode>('elapsed');
  const [heightMode, setHeightMode] = useState<HeightMode>(
    (summary.peak_fraction ?? 0) >= kLimitMatters ? 'limit' : 'fit',
  );
  const startedAt = view.extent.from;
  const marks = useRunMarks(analysis);
  const { window, pin } = view;
  const peak = useMemo(() => peakOf(memory, limit), [memory, limit]);
  const chartView = useMemo<ChartView>(
    () => ({
      window,
      startedAt,
      timeMode,
      hidden: lines.hidden,
      limit,
      ...marks,
      gaps: gapsOf(memory.times),
      pin,
      peak,
      top: heightMode === 'limit' ? (limit?.gb ?? null) : null,
    }),
    [window, startedAt, timeMode, lines.hidden, limit, marks, memory.times, pin, peak, heightMode],
  );
  const stepView = useMemo<ChartView>(
    () => ({ ...chartView, hidden: new Set<string>(), limit: null, gaps: [], peak: null, top: null }),
    [chartView],
  );
  const data = useMemo(() => chartData(memory, lines.columns.split(',')), [memory, lines.columns]);
  const hasPhases = marks.phases.length > 0;
  const spec = useMemo<ChartSpec>(
    () => ({ series: lines.series, unit: 'memory', hasTimeLabels: true, hasMarks: true, hasPhases, syncKey }),
    [lines.series, hasPhases, syncKey],
  );
  const { cursor } = view;
  const at = cursor?.time ?? view.pin;
  const readout = at === null ? null : readAt(at, { memory, steps, lines, marks, view, startedAt, summary });
  const spoken =
    readout === null ? `${formatDuration(spanOf(window))} shown` : spokenReadout(readout, formatGb);
  const keys = {
    view,
    startedAt,
    spoken,
    describedBy,
    onPoint: (time: number | null) => chart.current?.pointAt(time),
  };
  const lanes = useStepLanes(steps);
  const shownLanes = lanes.lanes.filter((lane) => lanes.chosen.has(lane.id));
  const peakAt = summary.peak_at;
  return (
    <>
      <div className="mb-2 flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <MemoryTimelineLegend entries={legendEntries(memory, lines, window)} onToggle={lines.toggle} />
        <MemoryTimelineTools
          timeMode={timeMode}
          onTimeMode={setTimeMode}
          heightMode={heightMode}
          onHeightMode={limit === null ? null : setHeightMode}
          isWhole={view.isWhole}
          onZoom={(factor) =>
            view.onWindow(zoomed(window, view.extent, at ?? (window.from + window.to) / 2, factor))
          }
          onReset={view.onReset}
          onPeak={peakAt === null ? null : () => view.onWindow(around(peakAt, view.extent))}
        />
      </div>
      <p id={describedBy} className="sr-only">
        {described(analysis, limit)} {kKeys}
      </p>
      <MemoryTimelineKeys label="Memory over time" times={memory.times} {...keys}>
        <div ref={frame}>
          <TimelineChart
            spec={spec}
            data={data}
            view={chartView}
            extent={view.extent}
            height={kHeight}
            onWindow={view.onWindow}
            onCursor={view.onCursor}
            onWidth={onPixels}
            handle={chart}
          />
        </div>
        {readout !== null && cursor !== null && (
          <MemoryTimelineReadout
            readout={readout}
            left={cursor.left}
            width={frame.current?.clientWidth ?? 600}
          />
        )}
      </MemoryTimelineKeys>
      <section aria-label="Steps" className="mt-3">
        <div className="mb-1.5 flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
          <h3>Steps</h3>
          {lanes.lanes.length > 0 && <StepChartChoice {...lanes} />}
        </div>
        <StepNotice state={stepState} hasLanes={lanes.lanes.length > 0} />
        {shownLanes.length > 0 && (
          <MemoryTimelineKeys label="Steps over time" times={steps.times} {...keys}>
            <StepChart lanes={shownLanes} table={steps} view={view} chartView={stepView} syncKey={syncKey} />
          </MemoryTimelineKeys>
        )}
      </section>
      <p className="mt-2 hidden text-xs text-muted sm:block">
        Drag to zoom, Shift and drag to move, Ctrl and wheel to zoom, double-click for the whole run. With the
        keyboard: arrows read, + and − zoom, Shift and arrows move, 0 shows all.
      </p>
      <MemoryTimelineTable
        table={memory}
        steps={steps}
        series={lines.series}
        window={window}
        startedAt={startedAt}
      />
    </>
  );
}

const kKeys =
  'Left and right arrow read from sample to sample, plus and minus zoom, Shift with an arrow moves, 0 shows the whole run.';

function StepNotice({ state, hasLanes }: { readonly state: WholeSeries; readonly hasLanes: boolean }) {
  if (state.state === 'loading') return <Loading what="the steps" lines={2} />;
  if (state.error !== null && state.loaded === null)
    return <Failure what="the steps" error={state.error} onRetry={state.reload} />;
  if (!hasLanes)
    return (
      <Empty title="No step of this run is known.">
        Its output shows none. <code>import tidemark</code> in the trainer records them.
      </Empty>
    );
  return null;
}

function described({ summary }: Analysis, limit: Limit | null): string {
  const peak = summary.peak_memory_gb === null ? '' : `The peak is ${formatGb(summary.peak_memory_gb)}`;
  return limit === null || peak === '' ? peak : `${peak} of ${formatGb(limit.gb)}, ${limit.name}.`;
}

interface Lines {
  readonly series: readonly SeriesSpec[];
  /** Their columns, joined: the same word, the same lines. */
  readonly columns: string;
  readonly hidden: ReadonlySet<string>;
  readonly toggle: (column: string) => void;
}

/** The lines of the memory chart, and which are switched off. Their list is a new one only when it changes. */
function useLines(memory: TimeTable, limit: Limit | null): Lines {
  const [hidden, setHidden] = useState(() => startsHidden(memory, limit));
  const found = memorySeries(memory, limit);
  const columns = found.map((one) => one.column).join();
  const identity = `${columns} ${limit?.column ?? ''}`;
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const series = useMemo(() => found, [identity]);
  const toggle = (column: string) => {
    const next = new Set(hidden);
    if (!next.delete(column)) next.add(column);
    setHidden(next);
  };
  return { series, columns, hidden, toggle };
}

function useRunMarks({ events, log_errors: errors }: Analysis) {
  return useMemo(() => {
    const phases = phasesOf(events);
    const names = new Set(phases.map((phase) => phase.name));
    const marks = [...marksOf(events, names), ...logMarks(errors)].sort((a, b) => a.at - b.at);
    return { phases, marks };
  }, [events, errors]);
}

function peakOf(memory: TimeTable, limit: Limit | null): ChartView['peak'] {
  if (limit === null || limit.column === null) return null;
  const peak = highest(memory, limit.column, -Infinity, Infinity);
  return peak === null ? null : { at: peak.at, gb: peak.value };
}

function legendEntries(memory: TimeTable, lines: Lines, window: TimeWindow): readonly LegendEntry[] {
  return lines.series.map((series) => ({
    series,
    isShown: !lines.hidden.has(series.column),
    highest: highest(memory, series.column, window.from, window.to)?.value ?? null,
  }));
}

/** Marks this share of what is shown away from the cursor are told with it. */
const kMarkReach = 0.008;

function readAt(
  at: number,
  known: {
    readonly memory: TimeTable;
    readonly steps: TimeTable;
    readonly lines: Lines;
    readonly marks: ReturnType<typeof useRunMarks>;
    readonly view: TimeView;
    readonly startedAt: number;
    readonly summary: Analysis['summary'];
  },
): Readout {
  const { memory, steps, lines, marks, view, startedAt, summary } = known;
  const shown = lines.series.filter((one) => !lines.hidden.has(one.column));
  return readoutAt(at, startedAt, {
    values: valuesAt(memory, shown, at),
    step: stepWords(stepAt(steps, at), summary.total_steps),
    ...marks,
    nearSeconds: spanOf(view.window) * kMarkReach,
  });
}
