import type { Analysis, Summary } from '../api/types';
import { formatClock, formatCount, formatDateTime, formatDuration, formatGb, formatNumber, formatPercent, plural } from '../lib/format';
import { exitName, poolName } from '../lib/words';
import { HealthBadge, StatusBadge } from '../ui/Badge';
import { TextButton } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { Meter } from '../ui/Meter';

interface Props {
  readonly analysis: Analysis;
  readonly onFocusTime?: ((unixSeconds: number) => void) | undefined;
}

/** The verdict first; then the peak against its limit, and how the run ended, with what shows it. */
export function SummaryCard({ analysis, onFocusTime }: Props) {
  const { job, summary } = analysis;
  return (
    <section aria-label="Summary" className="rounded-lg border border-line bg-surface p-4 shadow-card">
      <div className="flex flex-wrap items-center gap-2">
        <HealthBadge health={summary.health_score} large />
        <StatusBadge status={job.status} />
        <span className="text-sm text-muted">
          run {job.run}
          {job.host !== null && ` on ${job.host}`}
          {job.started_at !== null && `, started ${formatDateTime(job.started_at)}`}
        </span>
      </div>
      <p aria-live="polite" className="mt-3 max-w-5xl break-words text-xl font-medium [text-wrap:pretty]">
        {summary.verdict === '' ? 'Nothing can be said of this run yet.' : summary.verdict}
      </p>
      <div className="mt-4 grid gap-x-8 gap-y-4 lg:grid-cols-[minmax(16rem,5fr)_7fr]">
        <Peak summary={summary} onFocusTime={onFocusTime} />
        <Facts analysis={analysis} />
      </div>
    </section>
  );
}

function Peak({ summary, onFocusTime }: { readonly summary: Summary } & Pick<Props, 'onFocusTime'>) {
  const { peak_memory_gb: peak, total_memory_gb: total, limiting_pool: pool } = summary;
  if (peak === null || total === null || pool === null)
    return <p className="text-sm text-muted">The peak is not known: no memory with a limit was seen.</p>;
  const name = pool.name === '' ? poolName[pool.kind] : pool.name;
  const at = summary.peak_at;
  return (
    <div>
      <p className="text-sm text-muted">Peak of {name}{pool.device_name !== null && ` (${pool.device_name})`}</p>
      <p className="mb-1.5 mt-0.5 text-2xl font-semibold">
        {formatGb(peak)} <span className="font-normal text-muted">/ {formatGb(total)}</span>{' '}
        <span className="text-lg font-semibold">({formatPercent(summary.peak_fraction ?? peak / total)})</span>
      </p>
      <Meter value={peak} limit={total} label={`Peak of ${name}`} thresholds={summary} thick />
      <p className="mt-1.5 text-xs text-muted">
        {at !== null &&
          (onFocusTime ? (
            <TextButton icon="chart" onClick={() => onFocusTime(at)}>
              at {formatClock(at)}
            </TextButton>
          ) : (
            `at ${formatClock(at)}`
          ))}
        {summary.peak_bound_gb !== null && ` · the kernel's own mark, with page cache: ${formatGb(summary.peak_bound_gb)}`}
      </p>
    </div>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: React.ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-sm text-muted">{name}</dt>
      <dd className="break-words font-medium">{children}</dd>
    </div>
  );
}

const kSentencesAtFirst = 2;

function ExitEvidence({ sentences }: { readonly sentences: readonly string[] }) {
  const more = sentences.slice(kSentencesAtFirst);
  return (
    <div className="mt-0.5 text-sm text-muted">
      <Sentences sentences={sentences.slice(0, kSentencesAtFirst)} />
      {more.length > 0 && (
        <details className="group">
          <summary className="inline-flex list-none items-center gap-1 text-accent [&::-webkit-details-marker]:hidden">
            <Icon name="chevron" size={12} className="transition-transform group-open:rotate-90" />
            {more.length} more that show it
          </summary>
          <Sentences sentences={more} />
        </details>
      )}
    </div>
  );
}

function Sentences({ sentences }: { readonly sentences: readonly string[] }) {
  return (
    <ul>
      {sentences.map((sentence) => (
        <li key={sentence} className="break-words">
          {sentence}
        </li>
      ))}
    </ul>
  );
}

function exitWords({ job }: Analysis): string {
  const { kind, code, signal } = job.exit;
  const how = signal !== null && signal !== '' ? ` (${signal})` : code !== null ? ` (code ${code})` : '';
  return exitName[kind] + how;
}

function stepWords({ steps_completed: done, total_steps: total }: Summary): string {
  return total === null ? formatCount(done) : `${formatCount(done)} of ${formatCount(total)}`;
}

function errorWords({ error_count: errors, oom_count: oom }: Summary): string {
  if (errors === 0 && oom === 0) return 'none';
  return plural(errors, 'error') + (oom > 0 ? `, ${oom} out of memory` : '');
}

function Facts({ analysis }: { readonly analysis: Analysis }) {
  const { job, summary } = analysis;
  const check = analysis.prediction_check;
  return (
    <dl className="grid grid-cols-2 gap-x-6 gap-y-3 sm:grid-cols-4">
      <Fact name="Duration">{formatDuration(summary.duration_minutes * 60)}</Fact>
      <Fact name="Steps">{stepWords(summary)}</Fact>
      <Fact name="Speed">
        {summary.steps_per_second === null ? 'not known' : `${formatNumber(summary.steps_per_second)} steps/s`}
      </Fact>
      <Fact name="Errors">{errorWords(summary)}</Fact>
      <div className="col-span-2 sm:col-span-4">
        <dt className="text-sm text-muted">{job.status === 'running' ? 'State' : 'How it ended'}</dt>
        <dd>
          <span className="font-medium">{exitWords(analysis)}</span>
          <ExitEvidence sentences={job.exit.evidence} />
        </dd>
      </div>
      {check?.predicted_peak_gb != null && check.actual_peak_gb !== null && (
        <div className="col-span-2 sm:col-span-4">
          <dt className="text-sm text-muted">Predicted by the run before</dt>
          <dd className="font-medium">
            {formatGb(check.predicted_peak_gb)}, and it was {formatGb(check.actual_peak_gb)}
            {check.error_fraction !== null && ` (off by ${formatPercent(Math.abs(check.error_fraction))})`}
          </dd>
        </div>
      )}
    </dl>
  );
}
