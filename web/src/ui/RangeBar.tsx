import { formatGb } from '../lib/format';
import type { PeakRange } from '../lib/selection';

/** A predicted peak as an interval with its likely value, against now, the target and the limit. The words
 *  beside it say the numbers. */
export function RangeBar({ peak, now, target, limit }: {
  readonly peak: PeakRange;
  readonly now: number | null;
  readonly target: number | null;
  readonly limit: number;
}) {
  const place = (gb: number) => `${Math.min(Math.max(gb / limit, 0), 1) * 100}%`;
  const width = `max(3px, ${Math.max(Math.min(peak.high, limit) - Math.min(peak.low, limit), 0) / limit * 100}%)`;
  const over = target !== null && peak.high > target;
  return (
    <div aria-hidden="true" className="relative h-4">
      <div className="absolute inset-x-0 top-1.5 h-1 rounded-full bg-raised" />
      <div className={`absolute top-1 h-2 rounded-full opacity-50 ${over ? 'bg-warning' : 'bg-good'}`} style={{ left: place(peak.low), width }} />
      <div className={`absolute top-0.5 h-3 w-[3px] rounded ${over ? 'bg-warning' : 'bg-good'}`} style={{ left: place(peak.likely) }} />
      {now !== null && (
        <div title={`now ${formatGb(now)}`} className="absolute top-0 h-4 w-0.5 rounded bg-text" style={{ left: `calc(${place(now)} - 1px)` }} />
      )}
      {target !== null && (
        <div title={`target ${formatGb(target)}`} className="absolute top-0 h-4 border-l border-dashed border-faint" style={{ left: place(target) }} />
      )}
    </div>
  );
}
