import { useMemo } from 'react';

import type { Analysis, Basis } from '../api/types';
import { segmentsOf } from '../lib/breakdown';
import { formatGb, formatPercent } from '../lib/format';
import { basisMeaning, componentName } from '../lib/words';
import { Card } from '../ui/Card';
import { classes } from '../ui/classes';
import { Empty } from '../ui/Notice';
import { StackedBar } from '../ui/StackedBar';

const basisClass: Readonly<Record<Basis, string>> = {
  measured: 'border-solid text-text',
  computed: 'border-dashed text-muted',
  estimated: 'border-dotted text-muted',
};

function BasisTag({ basis }: { readonly basis: Basis }) {
  return (
    <span title={basisMeaning[basis]} className={classes('whitespace-nowrap rounded border border-line-strong px-1 text-xs', basisClass[basis])}>
      {basis}
    </span>
  );
}

/** Who held the memory at the peak: one bar up to the limit, and each part with how it is known. */
export function PeakBreakdown({ analysis }: { readonly analysis: Analysis }) {
  const { breakdown, summary } = analysis;
  const peak = summary.peak_memory_gb ?? 0;
  const limit = summary.total_memory_gb ?? peak;
  const segments = useMemo(() => segmentsOf(breakdown, Math.max(limit, peak)), [breakdown, limit, peak]);
  const free = limit - peak;
  return (
    <Card title="Who held the peak" hint={summary.peak_memory_gb === null ? null : `${formatGb(peak)} of ${formatGb(limit)}`}>
      {segments.length === 0 ? (
        <Empty title="The peak cannot be split.">No process of the run was measured near it.</Empty>
      ) : (
        <>
          <StackedBar segments={segments} />
          <ul className="mt-3 divide-y divide-line">
            {segments.map((part) => (
              <li
                key={part.component}
                className="grid grid-cols-[auto_1fr_auto_auto] items-baseline gap-x-2.5 py-1"
              >
                <span aria-hidden="true" className="h-2.5 w-2.5 rounded-sm" style={{ background: part.colour }} />
                <span className="min-w-0">
                  <span className="inline-block first-letter:uppercase">{componentName(part.component)}</span>{' '}
                  <BasisTag basis={part.basis} />
                </span>
                <span className="text-right font-medium">{formatGb(part.gb)}</span>
                <span className="w-10 text-right text-muted">{peak > 0 ? formatPercent(part.gb / peak) : ''}</span>
                {part.detail !== '' && <span className="col-start-2 col-end-5 break-words text-xs text-muted">{part.detail}</span>}
              </li>
            ))}
            {free > 0 && (
              <li className="grid grid-cols-[auto_1fr_auto_auto] items-baseline gap-x-2.5 py-1 text-muted">
                <span aria-hidden="true" className="h-2.5 w-2.5 rounded-sm border border-line-strong bg-raised" />
                <span>Left up to the limit</span>
                <span className="text-right">{formatGb(free)}</span>
                <span className="w-10" />
              </li>
            )}
          </ul>
        </>
      )}
    </Card>
  );
}
