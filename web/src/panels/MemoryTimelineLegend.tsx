import { cssColor } from '../chart/colors';
import type { SeriesSpec } from '../chart/series';
import { formatGb } from '../lib/format';
import { classes } from '../ui/classes';

export interface LegendEntry {
  readonly series: SeriesSpec;
  readonly isShown: boolean;
  /** The highest of what is shown; null: nothing was measured there. */
  readonly highest: number | null;
}

/** The lines by name, each with the highest it reaches in what is shown; a press takes one out or brings it back. */
export function MemoryTimelineLegend({
  entries,
  onToggle,
}: {
  readonly entries: readonly LegendEntry[];
  readonly onToggle: (column: string) => void;
}) {
  return (
    <div role="group" aria-label="Lines" className="flex flex-wrap gap-x-1 gap-y-0.5 text-sm">
      {entries.map(({ series, isShown, highest }) => (
        <button
          key={series.column}
          type="button"
          aria-pressed={isShown}
          title={isShown ? `Hide ${series.label}` : `Show ${series.label}`}
          onClick={() => onToggle(series.column)}
          className={classes(
            'inline-flex min-h-7 items-center gap-1.5 rounded px-1.5 hover:bg-raised',
            !isShown && 'text-faint',
          )}
        >
          <svg aria-hidden="true" width="16" height="8">
            <line
              x1="0"
              x2="16"
              y1="4"
              y2="4"
              strokeWidth={series.strong ? 3 : 2}
              strokeDasharray={series.dash.join(' ')}
              style={{ stroke: isShown ? cssColor(series.color) : 'var(--tm-border-strong)' }}
            />
          </svg>
          <span className={classes(!isShown && 'line-through')}>{series.label}</span>
          <span className="text-muted">
            {highest === null ? '' : highest < 0.0005 ? 'none' : `max ${formatGb(highest)}`}
          </span>
        </button>
      ))}
    </div>
  );
}
