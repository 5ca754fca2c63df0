// When a closer look needs finer data, and which. Pure.
import { type TimeWindow, spanOf } from './timeWindow';

/** What a window was answered with. */
export interface Held {
  readonly window: TimeWindow;
  /** Points that were asked for. */
  readonly points: number;
  /** Every row that there is in the window. */
  readonly complete: boolean;
}

export interface Wanted {
  readonly from: number;
  readonly to: number;
  readonly points: number;
}

/** So many points for a pixel: a bucket's extremes are several rows. */
export const kPointsPerPixel = 2;
/** What is fetched on either side, so that a small movement needs nothing new. */
const kMargin = 0.5;
/** A view of this many times its resolution is still fine enough. */
const kTolerance = 1.6;

export function pointsFor(pixels: number): number {
  return Math.min(Math.max(Math.round(pixels * kPointsPerPixel), 200), 8000);
}

function covers(held: Held, window: TimeWindow): boolean {
  return held.window.from <= window.from && held.window.to >= window.to;
}

function pointsPerSecond(held: Held): number {
  return held.points / Math.max(spanOf(held.window), 1e-3);
}

function isFineEnough(held: Held, window: TimeWindow, points: number): boolean {
  return held.complete || pointsPerSecond(held) * kTolerance >= points / Math.max(spanOf(window), 1e-3);
}

/** What to ask for to show `window` on `pixels`; null: one of what is held is fine enough. */
export function wantedDetail(
  window: TimeWindow,
  extent: TimeWindow,
  pixels: number,
  held: readonly (Held | null)[],
): Wanted | null {
  const points = pointsFor(pixels);
  const enough = held.some((one) => one !== null && covers(one, window) && isFineEnough(one, window, points));
  if (enough) return null;
  const margin = spanOf(window) * kMargin;
  const from = Math.max(window.from - margin, extent.from);
  const to = Math.min(window.to + margin, extent.to);
  return { from, to, points: Math.round(points * Math.max(1, (to - from) / Math.max(spanOf(window), 1e-3))) };
}
