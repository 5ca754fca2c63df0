// The stretch of time that the charts show, and how it moves. Pure.

/** Unix seconds. */
export interface TimeWindow {
  readonly from: number;
  readonly to: number;
}

/** Closer than this there is nothing more to see. */
export const kShortestSpan = 1;

const kZoomStep = 0.6;
const kPanStep = 0.2;
const kPageStep = 0.9;

export function spanOf(window: TimeWindow): number {
  return window.to - window.from;
}

export function isWhole(window: TimeWindow, extent: TimeWindow): boolean {
  return window.from <= extent.from && window.to >= extent.to;
}

/** The window inside the extent, of its own length where it can be. */
export function clamped(window: TimeWindow, extent: TimeWindow): TimeWindow {
  const whole = Math.max(spanOf(extent), kShortestSpan);
  const span = Math.min(Math.max(spanOf(window), kShortestSpan), whole);
  if (span >= whole) return { from: extent.from, to: extent.from + whole };
  const middle = (window.from + window.to) / 2;
  const wanted = spanOf(window) === span ? window.from : middle - span / 2;
  const from = Math.min(Math.max(wanted, extent.from), extent.to - span);
  return { from, to: from + span };
}

/** `factor` below 1 shows less. What stands at `centre` stays where it is. */
export function zoomed(window: TimeWindow, extent: TimeWindow, centre: number, factor: number): TimeWindow {
  const span = Math.max(spanOf(window) * factor, kShortestSpan);
  const share = spanOf(window) > 0 ? (centre - window.from) / spanOf(window) : 0.5;
  const from = centre - share * span;
  return clamped({ from, to: from + span }, extent);
}

/** Moved by seconds, later for positive ones. */
export function panned(window: TimeWindow, extent: TimeWindow, seconds: number): TimeWindow {
  return clamped({ from: window.from + seconds, to: window.to + seconds }, extent);
}

/** A window around a moment: close enough to see what happened, wide enough to see what led to it. */
export function around(at: number, extent: TimeWindow): TimeWindow {
  const whole = spanOf(extent);
  const span = Math.min(whole, Math.max(whole / 12, 120));
  return clamped({ from: at - span * 0.6, to: at + span * 0.4 }, extent);
}

/** What a key does to the window; null: nothing of ours. `centre` is the cursor's time, if any. */
export function windowAfterKey(
  key: string,
  window: TimeWindow,
  extent: TimeWindow,
  centre: number | null,
): TimeWindow | null {
  const middle = centre ?? (window.from + window.to) / 2;
  switch (key) {
    case '+':
    case '=':
    case 'ArrowUp':
      return zoomed(window, extent, middle, kZoomStep);
    case '-':
    case '_':
    case 'ArrowDown':
      return zoomed(window, extent, middle, 1 / kZoomStep);
    case 'ArrowLeft':
      return panned(window, extent, -spanOf(window) * kPanStep);
    case 'ArrowRight':
      return panned(window, extent, spanOf(window) * kPanStep);
    case 'PageUp':
      return panned(window, extent, -spanOf(window) * kPageStep);
    case 'PageDown':
      return panned(window, extent, spanOf(window) * kPageStep);
    case 'Home':
      return panned(window, extent, extent.from - window.from);
    case 'End':
      return panned(window, extent, extent.to - window.to);
    case '0':
    case 'Escape':
      return extent;
    default:
      return null;
  }
}

/** Wheel and pinch: a notch of 100 pixels is about a third. */
export function wheelFactor(deltaY: number, isPinch: boolean): number {
  const limited = Math.max(-240, Math.min(240, deltaY));
  return Math.exp(limited * (isPinch ? 0.01 : 0.003));
}

/** The window moved as little as it takes to show a moment. */
export function showing(window: TimeWindow, extent: TimeWindow, at: number): TimeWindow {
  if (at < window.from) return panned(window, extent, at - window.from);
  return at > window.to ? panned(window, extent, at - window.to) : window;
}
