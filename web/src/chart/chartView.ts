// What may change about a chart without making it anew: it is looked at whenever the chart is drawn.
import type { ChartColors } from './colors';
import type { Gap } from './gaps';
import type { Limit } from './limit';
import type { Mark } from './marks';
import type { Phase } from './phases';
import type { TimeMode } from './timeAxis';
import type { TimeWindow } from './timeWindow';

export interface ChartView {
  readonly window: TimeWindow;
  readonly startedAt: number;
  readonly timeMode: TimeMode;
  /** Columns of the lines that are switched off. */
  readonly hidden: ReadonlySet<string>;
  readonly limit: Limit | null;
  readonly phases: readonly Phase[];
  readonly marks: readonly Mark[];
  /** Stretches without samples. */
  readonly gaps: readonly Gap[];
  /** The highest of the line that the limit is of. */
  readonly peak: { readonly at: number; readonly gb: number } | null;
  /** A moment that the viewer was led to. */
  readonly pin: number | null;
  /** The vertical axis reaches this at least; null: it fits what is shown. */
  readonly top: number | null;
}

/** Where the chart is on the canvas, in its own pixels; `ratio` of them are one CSS pixel. */
export interface Geometry {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly ratio: number;
  /** From `left`. */
  readonly xOf: (time: number) => number;
  /** From `top`. */
  readonly yOf: (value: number) => number;
}

export interface Brush {
  readonly ctx: CanvasRenderingContext2D;
  readonly at: Geometry;
  readonly view: ChartView;
  readonly colors: ChartColors;
}
