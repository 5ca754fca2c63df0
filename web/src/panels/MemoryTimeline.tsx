import type { Analysis } from '../api/types';
import { Card } from '../ui/Card';

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

/** Memory over time, and below it the steps on the same axis. */
export function MemoryTimeline({ analysis }: MemoryTimelineProps) {
  return <Card title="Memory over time">{analysis.metrics_timeline.length} samples</Card>;
}
