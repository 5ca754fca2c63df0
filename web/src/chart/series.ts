// Which lines a chart has: their column, words and colour. Pure.
import type { Limit } from './limit';
import type { TimeTable } from './timeTable';

/** A colour by what it stands for; `colors.ts` knows the CSS variable of each. */
export type ColorName =
  | 'used'
  | 'container'
  | 'main'
  | 'workers'
  | 'gpu'
  | 'swap'
  | 'shm'
  | 'tenants'
  | 'loss'
  | 'step_time'
  | 'data_wait'
  | 'gradient_norm'
  | 'learning_rate';

export interface SeriesSpec {
  readonly column: string;
  /** Short: it stands at the line's end. */
  readonly label: string;
  readonly color: ColorName;
  /** The line that the limit is of: drawn stronger, with its area. */
  readonly strong: boolean;
  readonly dash: readonly number[];
}

interface Known {
  readonly column: string;
  readonly label: string;
  readonly color: ColorName;
  readonly dash?: readonly number[];
  /** Drawn only where the limit is of it, or where it is at least this much (GB). */
  readonly shownFrom?: number;
}

const kMemory: readonly Known[] = [
  { column: 'used_memory_gb', label: 'used', color: 'used' },
  { column: 'cgroup_working_set_gb', label: 'container', color: 'container' },
  { column: 'main_process_memory_gb', label: 'main', color: 'main' },
  { column: 'worker_memory_gb', label: 'workers', color: 'workers' },
  { column: 'gpu_memory_used_gb', label: 'GPU', color: 'gpu' },
  { column: 'swap_used_gb', label: 'swap', color: 'swap', dash: [6, 3] },
  { column: 'shm_used_gb', label: '/dev/shm', color: 'shm', dash: [2, 3], shownFrom: 0.25 },
  { column: 'address_space_used_gb', label: 'address space', color: 'tenants', shownFrom: Infinity },
  { column: 'other_tenants_gb', label: 'other programs', color: 'tenants', dash: [2, 3], shownFrom: 1 },
];

/** The memory lines that this run has, in the order of the legend. */
export function memorySeries(table: TimeTable, limit: Limit | null): readonly SeriesSpec[] {
  const series: SeriesSpec[] = [];
  for (const known of kMemory) {
    const highest = highestOf(table.columns[known.column]);
    const strong = limit?.column === known.column;
    if (highest === null || (!strong && highest < (known.shownFrom ?? 0))) continue;
    series.push({
      column: known.column,
      label: known.label,
      color: known.color,
      strong,
      dash: known.dash ?? [],
    });
  }
  return series;
}

/**
 * Lines that are off until they are asked for: what the machine, its other programs or the container use does not
 * count toward a smaller limit (a container's, an address space's), and where it is more it would press everything else to the floor.
 */
export function startsHidden(table: TimeTable, limit: Limit | null): ReadonlySet<string> {
  const hidden = new Set<string>();
  if (limit === null || limit.column === null || limit.column === 'used_memory_gb') return hidden;
  for (const column of ['used_memory_gb', 'cgroup_working_set_gb', 'other_tenants_gb']) {
    if (column === limit.column) continue;
    const highest = highestOf(table.columns[column]);
    if (highest !== null && highest > limit.gb) hidden.add(column);
  }
  return hidden;
}

function highestOf(column: readonly (number | null)[] | undefined): number | null {
  let highest: number | null = null;
  for (const value of column ?? [])
    if (value !== null && (highest === null || value > highest)) highest = value;
  return highest;
}

/** What is drawn in one strip of the step chart: lines that share a unit. */
export interface StepLane {
  readonly id: string;
  readonly label: string;
  readonly unit: 'seconds' | 'number';
  readonly series: readonly SeriesSpec[];
}

const line = (column: string, label: string, color: ColorName): SeriesSpec => ({
  column,
  label,
  color,
  strong: false,
  dash: [],
});

const kLanes: readonly StepLane[] = [
  { id: 'loss', label: 'Loss', unit: 'number', series: [line('loss', 'loss', 'loss')] },
  {
    id: 'time',
    label: 'Step time',
    unit: 'seconds',
    series: [
      line('step_time_seconds', 'step', 'step_time'),
      line('data_wait_seconds', 'data wait', 'data_wait'),
    ],
  },
  {
    id: 'gradient',
    label: 'Gradient norm',
    unit: 'number',
    series: [line('gradient_norm', 'norm', 'gradient_norm')],
  },
  {
    id: 'rate',
    label: 'Learning rate',
    unit: 'number',
    series: [line('learning_rate', 'rate', 'learning_rate')],
  },
];

/** The strips for which the run has values, each with the lines it has. */
export function stepLanes(table: TimeTable): readonly StepLane[] {
  return kLanes
    .map((lane) => ({
      ...lane,
      series: lane.series.filter((one) => highestOf(table.columns[one.column]) !== null),
    }))
    .filter((lane) => lane.series.length > 0);
}
