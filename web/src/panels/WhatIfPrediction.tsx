import type { Component, WhatifAnswer } from '../api/types';
import { formatGb } from '../lib/format';
import { componentName } from '../lib/words';
import { Badge } from '../ui/Badge';
import { classes } from '../ui/classes';
import { RangeBar } from '../ui/RangeBar';
import { movedParts } from './whatIfParts';

/** Less than this moves nothing that is shown. */
const kMovedGb = 0.05;

type Judgement = 'fits' | 'may fit' | 'does not fit';

export function judgementOf(answer: WhatifAnswer): Judgement {
  if (answer.fits) return 'fits';
  // A run that was killed at its limit is predicted to be at it again: that does not fit.
  return answer.predicted_peak_gb < answer.limit_gb ? 'may fit' : 'does not fit';
}

const kTone = { fits: 'good', 'may fit': 'warning', 'does not fit': 'critical' } as const;
const kMeaning: Readonly<Record<Judgement, string>> = {
  fits: 'Its whole interval is under the target.',
  'may fit': 'The likely value is under the limit, the interval is not all under the target.',
  'does not fit': 'The likely value is at the limit or over it.',
};

/** The peak as an interval, and who would hold it. */
export function WhatIfPrediction({
  answer,
  measured,
  isBehind,
}: {
  readonly answer: WhatifAnswer;
  readonly measured: readonly Component[];
  readonly isBehind: boolean;
}) {
  const judgement = judgementOf(answer);
  const peak = {
    low: answer.predicted_peak_low_gb,
    likely: answer.predicted_peak_gb,
    high: answer.predicted_peak_high_gb,
  };
  const change = peak.likely - answer.current_peak_gb;
  // The bars' room: a prediction over the limit shows how far over.
  const whole = Math.max(answer.limit_gb, peak.high);
  const parts = movedParts(measured, answer.breakdown, whole);
  return (
    <div className={classes('transition-opacity', isBehind && 'opacity-70')}>
      <div role="status" aria-live="polite">
        <p className="flex flex-wrap items-baseline gap-x-2.5 gap-y-1">
          <span className="text-2xl font-semibold">{formatGb(peak.likely)}</span>
          <span className="text-muted">
            {formatGb(peak.low)} to {formatGb(peak.high)}
          </span>
          <Badge tone={kTone[judgement]}>{judgement}</Badge>
        </p>
        <p className="mt-0.5 text-sm text-muted">
          of {formatGb(answer.limit_gb)}, {answer.pool}
          {Math.abs(change) >= kMovedGb && (
            <>
              {' · '}
              <span className={change < 0 ? 'text-good' : 'text-critical'}>
                {change < 0 ? '−' : '+'}
                {formatGb(Math.abs(change))}
              </span>{' '}
              against this run
            </>
          )}
          <span className="sr-only"> {kMeaning[judgement]}</span>
        </p>
      </div>
      <div className="mt-3" title={kMeaning[judgement]}>
        <RangeBar peak={peak} now={answer.current_peak_gb} target={answer.target_gb} limit={whole} />
        <p className="mt-0.5 flex justify-between text-xs text-muted">
          <span>0</span>
          <span>
            now {formatGb(answer.current_peak_gb)} · target {formatGb(answer.target_gb)}
          </span>
          <span>{formatGb(whole)}</span>
        </p>
      </div>
      <PartsBar parts={parts} limit={answer.limit_gb / whole} />
      <ul className="mt-2 text-sm">
        {parts.map((part) => (
          <li
            key={part.component}
            className="grid grid-cols-[auto_1fr_auto_5.5rem] items-baseline gap-x-2 py-0.5"
          >
            <span aria-hidden="true" className="h-2.5 w-2.5 rounded-sm" style={{ background: part.colour }} />
            <span className="first-letter:uppercase">{componentName(part.component)}</span>
            <span className="text-right font-medium">{formatGb(part.gb)}</span>
            <Moved from={part.before} to={part.gb} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function Moved({ from, to }: { readonly from: number; readonly to: number }) {
  const change = to - from;
  if (Math.abs(change) < kMovedGb) return <span />;
  return (
    <span className={classes('text-right', change < 0 ? 'text-good' : 'text-critical')}>
      {change < 0 ? '−' : '+'}
      {formatGb(Math.abs(change))}
    </span>
  );
}

/** The parts in their own order and colours at every setting. */
function PartsBar({
  parts,
  limit,
}: {
  readonly parts: ReturnType<typeof movedParts>;
  /** Where it stands in the bar, 0..1. */
  readonly limit: number;
}) {
  return (
    <div aria-hidden="true" className="relative mt-2.5">
      <div className="flex h-6 w-full overflow-hidden rounded-md bg-raised">
        {parts.map((part) => (
          <div
            key={part.component}
            title={`${componentName(part.component)} ${formatGb(part.gb)}`}
            className="h-full transition-[width] duration-150"
            style={{ width: `${part.share * 100}%`, background: part.colour }}
          />
        ))}
      </div>
      {limit < 1 && (
        <div className="absolute -inset-y-1 w-0.5 bg-critical" style={{ left: `${limit * 100}%` }} />
      )}
    </div>
  );
}
