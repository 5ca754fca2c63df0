// The one place that knows uPlot: a chart that is made once, fed while it lives and taken down with its
// component.
import { memo, useEffect, useImperativeHandle, useLayoutEffect, useRef, type Ref } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

import type { ChartData } from './chartData';
import type { Brush, ChartView } from './chartView';
import { type ChartColors, readColors } from './colors';
import { endValue, type LineEnd } from './directLabels';
import {
  drawGaps,
  drawLimit,
  drawLineEnds,
  drawMarks,
  drawPeak,
  drawPhases,
  drawPin,
  drawZones,
} from './drawMarks';
import { attachGestures } from './gestures';
import { type ChartSpec, hasLabelRoom, roomAbove, timelineOptions } from './timelineOptions';
import type { TimeWindow } from './timeWindow';
import { useThemeTurn } from './useThemeTurn';

/** Of the element that takes the focus for the charts in it: with it, the wheel is theirs. */
export const kGroupClass = 'tm-chart-group';

/** Where the cursor stands. */
export interface ChartCursor {
  /** Unix seconds. */
  readonly time: number;
  /** CSS pixels from the chart's left edge. */
  readonly left: number;
}

export interface ChartHandle {
  /** Puts the cursor of all charts that share it at a time; null takes it away. */
  readonly pointAt: (time: number | null) => void;
}

export interface TimelineChartProps {
  readonly spec: ChartSpec;
  readonly data: ChartData;
  readonly view: ChartView;
  readonly extent: TimeWindow;
  readonly height: number;
  readonly onWindow: (window: TimeWindow) => void;
  readonly onCursor: (cursor: ChartCursor | null) => void;
  /** Pixels of the plot, told when it is laid out. */
  readonly onWidth?: ((pixels: number) => void) | undefined;
  readonly handle?: Ref<ChartHandle> | undefined;
}

export const TimelineChart = memo(function TimelineChart(props: TimelineChartProps) {
  const { spec, data, view, height } = props;
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const latest = useRef(props);
  const themeTurn = useThemeTurn();
  useLayoutEffect(() => {
    latest.current = props;
  });

  useLayoutEffect(() => {
    const element = host.current;
    if (element === null) return;
    const live = createChart(element, spec, latest);
    chart.current = live.chart;
    return () => {
      chart.current = null;
      live.destroy();
    };
  }, [spec, themeTurn]);

  useEffect(() => {
    const live = chart.current;
    if (live !== null && live.data !== data) live.setData(data, true);
  }, [data]);

  useEffect(() => {
    const live = chart.current;
    if (live === null) return;
    live.batch(() => {
      live.series.forEach((series, index) => {
        const column = spec.series[index - 1]?.column;
        const show = column === undefined || !view.hidden.has(column);
        if (series.show !== show) live.setSeries(index, { show }, false);
      });
      live.setScale('x', { min: view.window.from, max: view.window.to });
      live.redraw(false, true);
    });
  }, [view, spec]);

  useEffect(() => {
    const live = chart.current;
    if (live !== null && live.height !== height) live.setSize({ width: live.width, height });
  }, [height]);

  useImperativeHandle(props.handle, () => ({ pointAt: (time) => pointAt(chart.current, time) }), []);

  return <div ref={host} className="relative w-full" style={{ height }} aria-hidden="true" />;
});

interface Latest {
  readonly current: TimelineChartProps;
}

function createChart(element: HTMLElement, spec: ChartSpec, latest: Latest) {
  const colors = colorsAt(element);
  const size = { width: Math.max(element.clientWidth, 120), height: latest.current.height };
  const options = timelineOptions(spec, size, {
    view: () => latest.current.view,
    colors: () => colors,
    onSelect: (window) => latest.current.onWindow(window),
    onReset: () => latest.current.onWindow(latest.current.extent),
    onCursor: (live) => latest.current.onCursor(cursorOf(live)),
    onDrawBelow: (live) => drawBelow(spec, brushOf(live, latest.current.view, colors)),
    onDrawAbove: (live) => drawAbove(live, spec, brushOf(live, latest.current.view, colors)),
  });
  const chart = new uPlot(options, latest.current.data, element);
  latest.current.onWidth?.(chart.over.clientWidth);

  const observer = new ResizeObserver(() => {
    const width = element.clientWidth;
    if (width <= 0 || width === chart.width) return;
    chart.setSize({ width, height: chart.height });
    latest.current.onWidth?.(chart.over.clientWidth);
  });
  observer.observe(element);
  const detach = attachGestures(chart.over, {
    window: () => latest.current.view.window,
    extent: () => latest.current.extent,
    ownsWheel: () => element.closest(`.${kGroupClass}`)?.contains(document.activeElement) === true,
    onWindow: (window) => latest.current.onWindow(window),
    onTouch: (left) => chart.setCursor({ left, top: 1 }),
  });
  return {
    chart,
    destroy: () => {
      observer.disconnect();
      detach();
      chart.destroy();
    },
  };
}

function colorsAt(element: HTMLElement): ChartColors {
  const style = getComputedStyle(element);
  return readColors((variable) => style.getPropertyValue(variable), style.color);
}

function cursorOf(chart: uPlot): ChartCursor | null {
  const left = chart.cursor.left ?? -1;
  if (left < 0) return null;
  return { time: chart.posToVal(left, 'x'), left: left + chart.over.offsetLeft };
}

function pointAt(chart: uPlot | null, time: number | null): void {
  if (chart === null) return;
  const key = chart.cursor.sync?.key;
  const charts = key === undefined ? [chart] : uPlot.sync(key).plots;
  for (const one of charts)
    one.setCursor({ left: time === null ? -10 : one.valToPos(time, 'x'), top: time === null ? -10 : 1 });
}

function brushOf(chart: uPlot, view: ChartView, colors: ChartColors): Brush {
  const { left, top, width, height } = chart.bbox;
  return {
    ctx: chart.ctx,
    view,
    colors,
    at: {
      left,
      top,
      width,
      height,
      ratio: chart.ctx.canvas.width / chart.width,
      xOf: (time) => chart.valToPos(time, 'x', true) - left,
      yOf: (value) => chart.valToPos(value, 'y', true) - top,
    },
  };
}

function drawBelow(spec: ChartSpec, brush: Brush): void {
  drawZones(brush);
  drawPhases(brush, spec.hasPhases);
  drawGaps(brush);
}

function drawAbove(chart: uPlot, spec: ChartSpec, brush: Brush): void {
  drawLimit(brush);
  drawPeak(brush, brush.colors[spec.series.find((one) => one.strong)?.color ?? 'text']);
  drawPin(brush);
  if (spec.hasMarks) drawMarks(brush, brush.at.top - roomAbove(spec) * brush.at.ratio);
  if (hasLabelRoom(chart.width)) drawLineEnds(brush, lineEnds(chart, spec, brush));
}

function lineEnds(chart: uPlot, spec: ChartSpec, { view, colors, at }: Brush): readonly LineEnd[] {
  const ends: LineEnd[] = [];
  spec.series.forEach((one, index) => {
    if (chart.series[index + 1]?.show !== true) return;
    const value = endValue(chart.data[0], chart.data[index + 1] ?? [], view.window.from, view.window.to);
    if (value !== null) ends.push({ label: one.label, color: colors[one.color], y: at.yOf(value) });
  });
  return ends;
}
