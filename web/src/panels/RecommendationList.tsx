import { useMemo, useState } from 'react';

import { useClient } from '../api/ClientContext';
import type { Analysis, Plan, Recommendation, SettingChange } from '../api/types';
import { useResource } from '../api/useResource';
import { formatGb, formatValue, plural } from '../lib/format';
import { changesOf, initialTicks, isApplicable, knownPeak, peakAfter, type PeakRange, toggled } from '../lib/selection';
import { shortPath } from '../lib/words';
import { SeverityBadge } from '../ui/Badge';
import { Button } from '../ui/Button';
import { Card } from '../ui/Card';
import { Icon } from '../ui/Icon';
import { Empty } from '../ui/Notice';
import { RangeBar } from '../ui/RangeBar';
import { ApplyDialog } from './ApplyDialog';
import { EvidenceList } from './EvidenceList';

interface Props {
  readonly job: string;
  readonly run?: number | undefined;
  readonly analysis: Analysis;
  readonly onFocusTime?: ((unixSeconds: number) => void) | undefined;
  /** In a host page that can start jobs: takes the ticked settings into a new one. */
  readonly onApply?: ((changes: readonly SettingChange[]) => void) | undefined;
}

/** What to change, in the order that the plan takes; ticked is what will be applied. */
export function RecommendationList({ job, run, analysis, onFocusTime, onApply }: Props) {
  const { recommendations, plan } = analysis;
  // Until the viewer ticks anything the plan is what is ticked, also when a live run's plan changes.
  const [chosen, setChosen] = useState<ReadonlySet<string> | null>(null);
  const proposed = useMemo(() => initialTicks(plan, recommendations), [plan, recommendations]);
  const ticks = useMemo(() => {
    const known = new Set(recommendations.filter(isApplicable).map(({ id }) => id));
    return new Set([...(chosen ?? proposed)].filter((id) => known.has(id)));
  }, [chosen, proposed, recommendations]);
  const [applying, setApplying] = useState(false);
  const changes = useMemo(() => changesOf(recommendations, ticks), [recommendations, ticks]);

  if (recommendations.length === 0)
    return (
      <Card title="Recommendations">
        <Empty title="Nothing to change.">{emptyReason(analysis)}</Empty>
        <LeftOut analysis={analysis} />
      </Card>
    );
  return (
    <Card title="Recommendations" hint={plan && planWords(plan)}>
      {recommendations.some(isApplicable) && (
        <div className="mb-2 flex flex-wrap items-center gap-x-4 gap-y-2 rounded-md bg-raised px-3 py-2">
          <Button kind="primary" disabled={ticks.size === 0} onClick={() => setApplying(true)}>
            Apply Recommended Settings
          </Button>
          <TickedPeak job={job} run={run} analysis={analysis} ticks={ticks} changes={changes} />
        </div>
      )}
      <ol className="divide-y divide-line">
        {recommendations.map((recommendation) => (
          <li key={recommendation.id} className="py-3">
            <RecommendationItem
              recommendation={recommendation}
              analysis={analysis}
              ticked={ticks.has(recommendation.id)}
              onToggle={() => setChosen(toggled(ticks, recommendation.id))}
              onFocusTime={onFocusTime}
            />
          </li>
        ))}
      </ol>
      <LeftOut analysis={analysis} />
      {applying && (
        <ApplyDialog
          job={job}
          run={run}
          analysis={analysis}
          ids={recommendations.filter(({ id }) => ticks.has(id)).map(({ id }) => id)}
          changes={changes}
          onApply={onApply}
          onClose={() => setApplying(false)}
        />
      )}
    </Card>
  );
}

function planWords(plan: Plan): string {
  const count = plural(plan.recommendations.length, 'change');
  if (plan.recommendations.length === 0) return '';
  return plan.fits ? `${count} ${plan.recommendations.length === 1 ? 'fits' : 'fit'} under ${formatGb(plan.target_gb)}` : `the plan of ${count} lowers the peak, but is not sure to fit`;
}

function emptyReason({ summary, job }: Analysis): string {
  if (job.status === 'running') return 'The run goes on; what is found comes here.';
  if (summary.health_score === 'good') return 'The run had the memory it needed.';
  return 'No setting is known that would have changed this. A config lets settings be judged: `--config FILE`.';
}

function RecommendationItem({ recommendation, analysis, ticked, onToggle, onFocusTime }: {
  readonly recommendation: Recommendation;
  readonly analysis: Analysis;
  readonly ticked: boolean;
  readonly onToggle: () => void;
} & Pick<Props, 'onFocusTime'>) {
  const applicable = isApplicable(recommendation);
  const peak = peakAfter(recommendation);
  const { summary, plan } = analysis;
  return (
    <div className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3">
      {applicable ? (
        <input
          id={`tm-tick-${recommendation.id}`}
          type="checkbox"
          checked={ticked}
          onChange={onToggle}
          className="mt-0.5 h-4 w-4 accent-accent"
        />
      ) : (
        <Icon name="info" className="mt-0.5 text-faint" />
      )}
      <div className="min-w-0">
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <label htmlFor={applicable ? `tm-tick-${recommendation.id}` : undefined} className="break-words font-semibold">
            {recommendation.title}
          </label>
          <SeverityBadge severity={recommendation.severity} />
          {!applicable && <span className="text-xs text-muted">no setting of the config</span>}
        </div>
        <p className="mt-0.5 break-words">{recommendation.action}</p>
        <Settings recommendation={recommendation} />
        {peak && summary.total_memory_gb !== null && (
          <div className="mt-1.5 grid max-w-xl grid-cols-[minmax(0,1fr)_auto] items-center gap-x-3">
            <RangeBar peak={peak} now={summary.peak_memory_gb} target={plan?.target_gb ?? null} limit={summary.total_memory_gb} />
            <span className="text-sm font-medium">peak {rangeWords(peak)}</span>
          </div>
        )}
        <dl className="mt-1.5 grid grid-cols-[4.2rem_minmax(0,1fr)] gap-x-2 gap-y-0.5 text-sm [&>dt]:text-muted">
          {recommendation.impact !== '' && <dt>Effect</dt>}
          {recommendation.impact !== '' && (
            <dd className="break-words">
              {recommendation.impact}
              {recommendation.saves_gb && <span className="text-muted"> ({recommendation.saves_gb.basis})</span>}
            </dd>
          )}
          {recommendation.cost !== '' && <dt>Price</dt>}
          {recommendation.cost !== '' && <dd className="break-words">{recommendation.cost}</dd>}
          {recommendation.evidence.length > 0 && <dt>Evidence</dt>}
          {recommendation.evidence.length > 0 && (
            <dd>
              <EvidenceList evidence={recommendation.evidence} told={analysis.job.exit.evidence} onFocusTime={onFocusTime} />
            </dd>
          )}
        </dl>
      </div>
    </div>
  );
}

/** "35.9 GB (35.2 GB to 37.8 GB)". */
function rangeWords({ low, likely, high }: PeakRange): string {
  const same = formatGb(low) === formatGb(high);
  return same ? formatGb(likely) : `${formatGb(likely)} (${formatGb(low)} to ${formatGb(high)})`;
}

function Settings({ recommendation }: { readonly recommendation: Recommendation }) {
  const { config_path: path, current_value: current, recommended_value: recommended, changes } = recommendation;
  if (path === null) return null;
  const others = changes.filter((change) => change.config_path !== path);
  return (
    <ul className="mt-1 space-y-0.5 font-mono text-xs">
      <li className="break-all">
        <span title={path} className="text-muted">{shortPath(path)}</span>{' '}
        <del className="bg-removed-soft px-1 text-removed no-underline">{formatValue(current)}</del>
        <span aria-hidden="true"> → </span>
        <ins className="bg-added-soft px-1 text-added no-underline">{formatValue(recommended)}</ins>
      </li>
      {others.map((change) => (
        <li key={change.config_path} className="break-all">
          <span title={change.config_path} className="text-muted">{shortPath(change.config_path)}</span>{' '}
          <ins className="bg-added-soft px-1 text-added no-underline">{formatValue(change.value)}</ins>
        </li>
      ))}
    </ul>
  );
}

/** The predicted peak of what is ticked: the plan's own, or the model's answer. */
function TickedPeak({ job, run, analysis, ticks, changes }: {
  readonly job: string;
  readonly run?: number | undefined;
  readonly analysis: Analysis;
  readonly ticks: ReadonlySet<string>;
  readonly changes: readonly SettingChange[];
}) {
  const known = knownPeak(analysis.plan, analysis.recommendations, ticks);
  if (ticks.size === 0) return <p className="text-sm text-muted">Tick what should change.</p>;
  if (known) return <PeakWords analysis={analysis} count={ticks.size} peak={known} />;
  return <AskedPeak job={job} run={run} analysis={analysis} count={ticks.size} changes={changes} />;
}

function AskedPeak({ job, run, analysis, count, changes }: {
  readonly job: string;
  readonly run?: number | undefined;
  readonly analysis: Analysis;
  readonly count: number;
  readonly changes: readonly SettingChange[];
}) {
  const client = useClient();
  const set = Object.fromEntries(changes.map((change) => [change.config_path, change.value]));
  const { resource } = useResource(`${job} ${run ?? ''} ${JSON.stringify(set)}`, (signal) => client.whatif(job, set, run, signal));
  if (resource.state === 'loading') return <p className="text-sm text-muted">Asking the model…</p>;
  // A server without the model's route still applies; the dialog says what it can.
  if (resource.state === 'error') return <p className="text-sm text-muted">{plural(count, 'change')} ticked.</p>;
  const answer = resource.value;
  return (
    <PeakWords
      analysis={analysis}
      count={count}
      peak={{ low: answer.predicted_peak_low_gb, likely: answer.predicted_peak_gb, high: answer.predicted_peak_high_gb }}
    />
  );
}

function PeakWords({ analysis, count, peak }: { readonly analysis: Analysis; readonly count: number; readonly peak: PeakRange }) {
  const target = analysis.plan?.target_gb ?? null;
  const now = analysis.summary.peak_memory_gb;
  return (
    <p aria-live="polite" className="text-sm">
      <span className="text-muted">With {plural(count, 'change')}: </span>
      {now !== null && <span className="text-muted">{formatGb(now)} → </span>}
      <strong className="font-semibold">{rangeWords(peak)}</strong>
      {target !== null && <span className="text-muted">, wanted at most {formatGb(target)}</span>}
    </p>
  );
}

function LeftOut({ analysis }: { readonly analysis: Analysis }) {
  const left = analysis.not_recommended;
  if (left.length === 0) return null;
  return (
    <details className="group mt-1 border-t border-line pt-2 text-sm">
      <summary className="flex list-none items-center gap-1.5 text-muted [&::-webkit-details-marker]:hidden">
        <Icon name="chevron" size={12} className="transition-transform group-open:rotate-90" />
        {plural(left.length, 'other change')} looked at and not recommended
      </summary>
      <dl className="mt-1.5 space-y-1 pl-5">
        {left.map(({ id, why }) => (
          <div key={id}>
            <dt className="inline font-mono text-xs">{id}</dt>
            <dd className="inline break-words text-muted">: {why}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
