// What a run's records lack, in sentences.
import type { Analysis, ConfigValue, SamplePoint, TrainingEvent } from '../api/types';

function messageOf(details: ConfigValue): string | null {
  if (typeof details === 'string') return details;
  if (typeof details !== 'object' || details === null || Array.isArray(details)) return null;
  const message = Object.entries(details).find(([key]) => key === 'message')?.[1];
  return typeof message === 'string' ? message : null;
}

/** What the monitor itself said of the run: sources that it could not read, a clock that was set. */
export function monitorNotices(events: readonly TrainingEvent[]): readonly { readonly timestamp: number; readonly message: string }[] {
  return events.flatMap((event) => {
    if (event.type !== 'monitor_notice') return [];
    const message = messageOf(event.details);
    return message === null ? [] : [{ timestamp: event.timestamp, message }];
  });
}

const sources: readonly { readonly column: keyof SamplePoint; readonly what: string }[] = [
  { column: 'used_memory_gb', what: "the machine's memory" },
  { column: 'main_process_memory_gb', what: "the main process's memory" },
  { column: 'worker_memory_gb', what: 'the workers’ memory' },
  { column: 'gpu_memory_used_gb', what: 'GPU memory' },
  { column: 'cpu_utilization_percent', what: 'CPU use' },
  { column: 'swap_used_gb', what: 'swap' },
];

/** What no sample of the run has: not read, or not there on that machine. */
export function unseenSources({ metrics_timeline: samples }: Analysis): readonly string[] {
  if (samples.length === 0) return [];
  return sources.filter(({ column }) => samples.every((sample) => sample[column] === null)).map(({ what }) => what);
}
