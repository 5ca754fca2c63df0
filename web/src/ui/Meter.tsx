import type { Thresholds } from '../api/types';
import { formatGb, formatPercent } from '../lib/format';
import { classes } from './classes';

function fillClass(fraction: number, thresholds: Thresholds): string {
  if (fraction >= thresholds.memory_critical_threshold) return 'bg-critical';
  return fraction >= thresholds.memory_warning_threshold ? 'bg-warning' : 'bg-accent';
}

/** A peak against its limit, coloured and marked by the run's own thresholds. */
export function Meter({ value, limit, label, thresholds, thick = false }: {
  readonly value: number;
  readonly limit: number;
  readonly label: string;
  readonly thresholds: Thresholds;
  readonly thick?: boolean;
}) {
  const fraction = limit > 0 ? value / limit : 0;
  return (
    <div
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={limit}
      aria-valuenow={Math.min(value, limit)}
      aria-valuetext={`${formatGb(value)} of ${formatGb(limit)}, ${formatPercent(fraction)}`}
      className={classes('relative overflow-hidden rounded-full bg-raised', thick ? 'h-2.5' : 'h-1.5')}
    >
      <div
        className={classes('h-full rounded-full transition-[width] duration-500', fillClass(fraction, thresholds))}
        style={{ width: `${Math.min(Math.max(fraction, 0), 1) * 100}%` }}
      />
      <div aria-hidden="true" className="absolute inset-y-0 w-px bg-line-strong" style={{ left: `${thresholds.memory_warning_threshold * 100}%` }} />
    </div>
  );
}
