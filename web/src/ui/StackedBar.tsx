import type { Segment } from '../lib/breakdown';
import { formatGb } from '../lib/format';
import { componentName } from '../lib/words';

/** Drawn for the eye: the list beside it says the same in words. */
export function StackedBar({ segments, mark }: {
  readonly segments: readonly Segment[];
  /** A place in the bar, 0..1: a target. */
  readonly mark?: number | undefined;
}) {
  return (
    <div aria-hidden="true" className="relative">
      <div className="flex h-7 w-full gap-px overflow-hidden rounded-md bg-raised">
        {segments.map((segment) => (
          <div
            key={segment.component}
            title={`${componentName(segment.component)} ${formatGb(segment.gb)}`}
            className="h-full"
            style={{ width: `${segment.share * 100}%`, background: segment.colour }}
          />
        ))}
      </div>
      {mark !== undefined && (
        <div className="absolute -inset-y-1 w-0.5 rounded bg-text" style={{ left: `calc(${Math.min(mark, 1) * 100}% - 1px)` }} />
      )}
    </div>
  );
}
