import { formatGb, formatPercent } from '../lib/format';
import { classes } from './classes';

const kWarning = 0.85;
const kCritical = 0.95;

function fillClass(fraction: number): string {
  if (fraction >= kCritical) return 'bg-critical';
  return fraction >= kWarning ? 'bg-warning' : 'bg-accent';
}

/** A peak against its limit. The thresholds are the defaults of the monitor's. */
export function Meter({ value, limit, label, thick = false }: {
  readonly value: number;
  readonly limit: number;
  readonly label: string;
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
        className={classes('h-full rounded-full transition-[width] duration-500', fillClass(fraction))}
        style={{ width: `${Math.min(Math.max(fraction, 0), 1) * 100}%` }}
      />
      <div aria-hidden="true" className="absolute inset-y-0 w-px bg-line-strong" style={{ left: `${kWarning * 100}%` }} />
    </div>
  );
}
