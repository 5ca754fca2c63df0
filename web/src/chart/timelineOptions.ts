// A chart's description as uPlot's options. Pure: what changes while the chart lives comes from `view` and
// `colors`, which are asked at every drawing.
import type uPlot from 'uplot';

import { formatNumber } from '../lib/format';
import type { ChartView } from './chartView';
import { lonelyRows } from './chartData';
import type { ChartColors } from './colors';
import { kMarkRow, kPhaseRow } from './drawMarks';
import { memoryLabels, memorySplits, memoryTop } from './memoryAxis';
import type { SeriesSpec } from './series';
import { timeLabel, timeSplits, timeStep } from './timeAxis';
import type { TimeWindow } from './timeWindow';

export type Unit = 'memory' | 'seconds' | 'number';

/** What a chart is made of. Another one is another chart. */
export interface ChartSpec {
  readonly series: readonly SeriesSpec[];
  readonly unit: Unit;
  readonly hasTimeLabels: boolean;
  /** Rows above the plot: marks and phases. */
  readonly hasMarks: boolean;
  readonly hasPhases: boolean;
  /** Charts of one key share the cursor. */
  readonly syncKey: string;
}

export interface ChartCallbacks {
  readonly view: () => ChartView;
  readonly colors: () => ChartColors;
  readonly onSelect: (window: TimeWindow) => void;
  readonly onReset: () => void;
  readonly onCursor: (chart: uPlot) => void;
  readonly onDrawBelow: (chart: uPlot) => void;
  readonly onDrawAbove: (chart: uPlot) => void;
}

/** Charts under each other stand on one left edge and end on one right edge. */
const kAxisWidth = 62;
const kLabelRoom = 106;
const kWideFrom = 620;
const kTimeAxisHeight = 26;
const kTimeLabelWidth = 66;
const kFont = '11px system-ui, sans-serif';

export function hasLabelRoom(widthPixels: number): boolean {
  return widthPixels >= kWideFrom;
}

function roomRight(chart: uPlot): number {
  return hasLabelRoom(chart.width) ? kLabelRoom : 10;
}

/** Rows above the plot, in CSS pixels. */
export function roomAbove(spec: ChartSpec): number {
  return spec.hasMarks ? kMarkRow + (spec.hasPhases ? kPhaseRow : 2) : 8;
}

export function timelineOptions(
  spec: ChartSpec,
  size: { readonly width: number; readonly height: number },
  callbacks: ChartCallbacks,
): uPlot.Options {
  return {
    ...size,
    padding: [roomAbove(spec), roomRight, spec.hasTimeLabels ? 0 : 6, 0],
    legend: { show: false },
    scales: scalesOf(spec, callbacks),
    axes: [timeAxis(spec, callbacks), valueAxis(spec, callbacks)],
    series: [{}, ...spec.series.map((one) => lineOf(spec, one, callbacks))],
    cursor: cursorOf(spec, callbacks),
    hooks: {
      drawClear: [callbacks.onDrawBelow],
      draw: [callbacks.onDrawAbove],
      setCursor: [callbacks.onCursor],
      setSelect: [(chart) => select(chart, callbacks)],
    },
  };
}

function scalesOf(spec: ChartSpec, { view }: ChartCallbacks): uPlot.Scales {
  return {
    x: { time: false, range: () => [view().window.from, view().window.to] },
    y: { range: (_, lowest, highest) => valueRange(spec.unit, lowest, highest, view().top) },
  };
}

/** Memory and durations begin at zero; what has no natural zero fits its values. */
export function valueRange(
  unit: Unit,
  lowest: number | null,
  highest: number | null,
  top: number | null,
): [number, number] {
  if (unit === 'memory') return [0, memoryTop(Math.max(highest ?? 0, top ?? 0))];
  if (lowest === null || highest === null) return [0, 1];
  if (unit === 'seconds') return [0, highest > 0 ? highest * 1.08 : 1];
  const room = highest > lowest ? (highest - lowest) * 0.08 : Math.abs(highest) * 0.5 || 1;
  const isNearZero = lowest >= 0 && lowest - room < (highest - lowest) * 0.25;
  return [isNearZero ? 0 : lowest - room, highest + room];
}

function frame(callbacks: ChartCallbacks): Pick<uPlot.Axis, 'font' | 'stroke' | 'grid' | 'ticks'> {
  const grid = () => callbacks.colors().grid;
  return {
    font: kFont,
    stroke: () => callbacks.colors().axis,
    grid: { stroke: grid, width: 1 },
    ticks: { stroke: grid, width: 1, size: 4 },
  };
}

function timeAxis(spec: ChartSpec, callbacks: ChartCallbacks): uPlot.Axis {
  const { view } = callbacks;
  const stepOf = (chart: uPlot, from: number, to: number) =>
    timeStep(to - from, chart.width - kAxisWidth - roomRight(chart), kTimeLabelWidth);
  return {
    ...frame(callbacks),
    size: spec.hasTimeLabels ? kTimeAxisHeight : 0,
    gap: 5,
    splits: (chart, _, from, to) =>
      timeSplits(from, to, stepOf(chart, from, to), view().timeMode, view().startedAt),
    values: (chart, splits) => {
      if (!spec.hasTimeLabels) return splits.map(() => '');
      const { window, timeMode, startedAt } = view();
      const step = stepOf(chart, window.from, window.to);
      return splits.map((at) => timeLabel(at, step, timeMode, startedAt));
    },
  };
}

function valueAxis(spec: ChartSpec, callbacks: ChartCallbacks): uPlot.Axis {
  const most = (chart: uPlot) => Math.max(2, Math.floor((chart.height - kTimeAxisHeight) / 44));
  const shared = { ...frame(callbacks), size: kAxisWidth, gap: 6 };
  if (spec.unit === 'memory')
    return {
      ...shared,
      splits: (chart, _, from, to) => memorySplits(from, to, most(chart)),
      values: (_, splits) => memoryLabels(splits),
    };
  return { ...shared, space: 30, values: (_, splits) => splits.map((at) => valueLabel(spec.unit, at)) };
}

/** "0.25 s", "1e-4": short enough for the axis. */
export function valueLabel(unit: Unit, value: number): string {
  if (unit === 'seconds') return value === 0 ? '0' : `${formatNumber(value)} s`;
  return formatNumber(Number(value.toPrecision(6)));
}

function lineOf(spec: ChartSpec, one: SeriesSpec, callbacks: ChartCallbacks): uPlot.Series {
  const color = () => callbacks.colors()[one.color];
  return {
    label: one.label,
    show: !callbacks.view().hidden.has(one.column),
    stroke: color,
    // Steps are many and scatter: thin lines stay readable.
    width: spec.unit !== 'memory' ? 1 : one.strong ? 2 : 1.5,
    ...(one.strong ? { fill: () => faded(color(), 0.1) } : {}),
    ...(one.dash.length > 0 ? { dash: [...one.dash] } : {}),
    spanGaps: false,
    points: {
      show: false,
      size: 5,
      fill: color,
      // A value between two gaps has no line: it is a dot.
      filter: (chart, index) => {
        const [first, last] = chart.series[index]?.idxs ?? [0, 0];
        const lonely = lonelyRows(chart.data[index] ?? [], first, last);
        return lonely.length > 0 ? lonely : null;
      },
    },
  };
}

/** A colour of the theme with less of it; one that is not written `#rrggbb` gives none. */
export function faded(color: string, alpha: number): string {
  const digits = /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})$/i.exec(color);
  if (digits === null) return 'transparent';
  const [red, green, blue] = digits.slice(1).map((pair) => parseInt(pair, 16));
  return `rgba(${red ?? 0}, ${green ?? 0}, ${blue ?? 0}, ${alpha})`;
}

function cursorOf(spec: ChartSpec, callbacks: ChartCallbacks): uPlot.Cursor {
  return {
    y: false,
    drag: { x: true, y: false, setScale: false, dist: 5 },
    sync: { key: spec.syncKey, scales: ['x', null], setSeries: false },
    points: { size: 7, width: 2 },
    bind: {
      // With Shift or another button the drag moves the window (gestures.ts).
      mousedown: (_, __, handler) => (event) => {
        if (event.button === 0 && !event.shiftKey) handler(event);
        return null;
      },
      dblclick: () => () => {
        callbacks.onReset();
        return null;
      },
    },
  };
}

function select(chart: uPlot, { onSelect }: ChartCallbacks): void {
  const { left, width } = chart.select;
  if (width <= 0) return;
  const window = { from: chart.posToVal(left, 'x'), to: chart.posToVal(left + width, 'x') };
  chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  onSelect(window);
}
