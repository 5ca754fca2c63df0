import { useCallback, useEffect, useMemo, useState } from 'react';

import type { ChartCursor } from '../chart/TimelineChart';
import { around, clamped, isWhole, type TimeWindow } from '../chart/timeWindow';
import type { FocusedTime } from './MemoryTimeline';

export interface TimeView {
  readonly extent: TimeWindow;
  readonly window: TimeWindow;
  readonly isWhole: boolean;
  readonly cursor: ChartCursor | null;
  /** The moment that the viewer was led to. */
  readonly pin: number | null;
  readonly onWindow: (window: TimeWindow) => void;
  readonly onCursor: (cursor: ChartCursor | null) => void;
  readonly onReset: () => void;
}

/**
 * What the charts show of `extent`, and where their shared cursor stands. A view of the whole run stays one as
 * the run goes on; a moment that `focus` asks for is shown as soon as there is a run to show.
 */
export function useTimeView(extent: TimeWindow, isReady: boolean, focus: FocusedTime | null): TimeView {
  // Null: the whole.
  const [chosen, setChosen] = useState<TimeWindow | null>(null);
  const [cursor, setCursor] = useState<ChartCursor | null>(null);
  const [pin, setPin] = useState<number | null>(null);
  const { from, to } = extent;

  const onWindow = useCallback(
    (wanted: TimeWindow) => {
      const whole = { from, to };
      const next = clamped(wanted, whole);
      setChosen(isWhole(next, whole) ? null : next);
    },
    [from, to],
  );
  const onReset = useCallback(() => {
    setChosen(null);
    setPin(null);
  }, []);
  const onCursor = useCallback((next: ChartCursor | null) => {
    // Every chart that shares the cursor tells of it.
    setCursor((before) => (before?.time === next?.time && before?.left === next?.left ? before : next));
  }, []);

  const [shown, setShown] = useState<number | null>(null);
  useEffect(() => {
    if (focus === null || !isReady || shown === focus.serial) return;
    setShown(focus.serial);
    setPin(focus.at);
    onWindow(around(focus.at, { from, to }));
  }, [focus, isReady, shown, onWindow, from, to]);

  return useMemo(() => {
    const whole = { from, to };
    const window = chosen === null ? whole : clamped(chosen, whole);
    return { extent: whole, window, isWhole: chosen === null, cursor, pin, onWindow, onCursor, onReset };
  }, [from, to, chosen, cursor, pin, onWindow, onCursor, onReset]);
}
