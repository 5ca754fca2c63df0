import type { KeyboardEvent, ReactNode } from 'react';

import { kGroupClass } from '../chart/TimelineChart';
import { lowerBound } from '../chart/timeTable';
import { showing, spanOf, windowAfterKey } from '../chart/timeWindow';
import type { TimeView } from './useTimeView';

/** So many presses cross what is shown, where its samples are closer than that. */
const kStepsAcross = 200;

/** The time of the sample that an arrow leads to. */
function nextTime(times: readonly number[], from: number, direction: 1 | -1, atLeast: number): number | null {
  const row =
    direction === 1 ? lowerBound(times, from + atLeast) : lowerBound(times, from - atLeast + 1e-6) - 1;
  return times[Math.max(0, Math.min(row, times.length - 1))] ?? null;
}

/**
 * Takes the focus for the charts in it, as a slider along the run: arrows read from sample to sample, the other
 * keys zoom and move. What stands at the cursor is its value in words.
 */
export function MemoryTimelineKeys({
  label,
  view,
  times,
  startedAt,
  spoken,
  describedBy,
  onPoint,
  children,
}: {
  readonly label: string;
  readonly view: TimeView;
  /** Of the samples. */
  readonly times: readonly number[];
  readonly startedAt: number;
  readonly spoken: string;
  readonly describedBy?: string | undefined;
  readonly onPoint: (time: number | null) => void;
  readonly children: ReactNode;
}) {
  const { window, extent, cursor } = view;
  const point = (direction: 1 | -1) => {
    const middle = (window.from + window.to) / 2;
    const at =
      cursor === null ? middle : nextTime(times, cursor.time, direction, spanOf(window) / kStepsAcross);
    if (at === null) return;
    const next = showing(window, extent, at);
    if (next === window) {
      onPoint(at);
      return;
    }
    view.onWindow(next);
    // Where it stands on the chart is known when the chart was moved.
    requestAnimationFrame(() => onPoint(at));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isArrow = event.key === 'ArrowLeft' || event.key === 'ArrowRight';
    if (isArrow && !event.shiftKey) {
      event.preventDefault();
      point(event.key === 'ArrowRight' ? 1 : -1);
      return;
    }
    const next = windowAfterKey(event.key, window, extent, cursor?.time ?? null);
    if (next === null) return;
    event.preventDefault();
    if (event.key === 'Escape' || event.key === '0') {
      onPoint(null);
      view.onReset();
    } else {
      view.onWindow(next);
    }
  };
  return (
    <div
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-describedby={describedBy}
      aria-valuemin={0}
      aria-valuemax={Math.round(spanOf(extent))}
      aria-valuenow={Math.round((cursor?.time ?? window.from) - startedAt)}
      aria-valuetext={spoken}
      onKeyDown={onKeyDown}
      className={`${kGroupClass} relative cursor-crosshair`}
    >
      {children}
    </div>
  );
}
