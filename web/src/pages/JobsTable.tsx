import { useClient } from '../api/ClientContext';
import type { Health, ListedJob } from '../api/types';
import { useResource } from '../api/useResource';
import { formatAgo, formatCount, formatDateTime, formatDuration, formatGb, formatPercent } from '../lib/format';
import { durationOf, type SortKey, type Sorting } from '../lib/jobTable';
import { HealthBadge, StatusBadge } from '../ui/Badge';
import { classes } from '../ui/classes';
import { Icon } from '../ui/Icon';
import { Meter } from '../ui/Meter';
import { jobAddress, Link } from './router';

const kLivePollMs = 3000;

interface Props {
  readonly jobs: readonly ListedJob[];
  readonly now: number;
  readonly sorting: Sorting;
  readonly onSort: (key: SortKey) => void;
  readonly ticks: ReadonlySet<string>;
  readonly onTick: (id: string) => void;
}

// On a phone what is left out here stands with the job's name.
const columns: readonly { readonly key: SortKey; readonly name: string; readonly className: string }[] = [
  { key: 'health', name: 'Health', className: 'hidden w-28 sm:table-cell' },
  { key: 'name', name: 'Job', className: '' },
  { key: 'peak', name: 'Peak', className: 'w-28 sm:w-56' },
  { key: 'steps', name: 'Steps', className: 'hidden w-28 text-right md:table-cell' },
  { key: 'duration', name: 'Duration', className: 'hidden w-28 text-right md:table-cell' },
  { key: 'started', name: 'Started', className: 'hidden w-40 whitespace-nowrap text-right md:table-cell' },
];

export function JobsTable({ jobs, now, sorting, onSort, ticks, onTick }: Props) {
  return (
    <div className="overflow-x-auto rounded-lg border border-line bg-surface shadow-card">
      <table className="w-full">
        <caption className="sr-only">Jobs, each with its latest run</caption>
        <thead className="border-b border-line text-sm text-muted">
          <tr>
            <th scope="col" className="w-9 py-2 pl-3">
              <span className="sr-only">Compare</span>
            </th>
            {columns.map((column) => (
              <th
                key={column.key}
                scope="col"
                aria-sort={sorting.key !== column.key ? 'none' : sorting.descending ? 'descending' : 'ascending'}
                className={classes('px-2 py-1.5 font-normal last:pr-4', column.className)}
              >
                <button type="button" onClick={() => onSort(column.key)} className={classes('inline-flex items-center gap-1 hover:text-text', column.className.includes('text-right') && 'flex-row-reverse')}>
                  {column.name}
                  <Icon
                    name={sorting.key === column.key && !sorting.descending ? 'up' : 'down'}
                    size={12}
                    className={sorting.key === column.key ? '' : 'opacity-0'}
                  />
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {jobs.map((job) =>
            job.status === 'running' ? (
              <LiveRow key={job.id} job={job} now={now} ticked={ticks.has(job.id)} onTick={onTick} />
            ) : (
              <Row key={job.id} job={job} now={now} ticked={ticks.has(job.id)} onTick={onTick} />
            ),
          )}
        </tbody>
      </table>
    </div>
  );
}

interface RowProps {
  readonly job: ListedJob;
  readonly now: number;
  readonly ticked: boolean;
  readonly onTick: (id: string) => void;
}

/** A run that goes on has no stored report: what it comes to so far is asked for. */
function LiveRow(props: RowProps) {
  const client = useClient();
  const { id, run } = props.job;
  const { resource } = useResource(
    `live ${id} ${run}`,
    (signal) => client.analysis(id, { run, points: 2 }, signal),
    () => kLivePollMs,
  );
  if (resource.state !== 'ready') return <Row {...props} />;
  const { summary } = resource.value;
  return (
    <Row
      {...props}
      totalSteps={summary.total_steps}
      job={{
        ...props.job,
        health_score: summary.health_score,
        peak_memory_gb: summary.peak_memory_gb,
        total_memory_gb: summary.total_memory_gb,
        verdict: summary.verdict,
        steps_completed: Math.max(summary.steps_completed, props.job.steps_completed ?? 0),
      }}
    />
  );
}

function Row({ job, now, ticked, onTick, totalSteps = null }: RowProps & { readonly totalSteps?: number | null }) {
  const duration = durationOf(job, now);
  const steps = job.steps_completed === null ? '–' : formatCount(job.steps_completed);
  const started = job.started_at === null ? '–' : formatAgo(job.started_at, now);
  return (
    <tr className={classes('hover:bg-raised', ticked && 'bg-accent-soft')}>
      <td className="py-2.5 pl-3 align-top">
        <input
          type="checkbox"
          checked={ticked}
          onChange={() => onTick(job.id)}
          aria-label={`Compare ${job.name}`}
          className="mt-0.5 h-4 w-4 accent-accent"
        />
      </td>
      <td className="hidden px-2 py-2.5 align-top sm:table-cell">
        <HealthCell health={job.health_score} />
      </td>
      <td className="max-w-0 px-2 py-2.5 align-top">
        <div className="flex flex-wrap items-center gap-x-2">
          <Link to={jobAddress(job.id)} className="min-w-0 break-words font-medium hover:underline">
            {job.name === '' ? job.id : job.name}
          </Link>
          {job.status !== 'completed' && <StatusBadge status={job.status} />}
          <span className="sm:hidden">
            <HealthCell health={job.health_score} />
          </span>
        </div>
        {job.verdict !== null && <p className="line-clamp-2 break-words text-xs text-muted">{job.verdict}</p>}
        <div className="text-xs text-faint">
          {job.runs > 1 && `run ${job.run} of ${job.runs}`}
          <span className="md:hidden">
            {job.runs > 1 && ' · '}
            {steps} steps · {duration === null ? '–' : formatDuration(duration)} · {started}
          </span>
        </div>
      </td>
      <td className="px-2 py-2.5 align-top">
        <PeakCell job={job} />
      </td>
      <td className="hidden px-2 py-2.5 text-right align-top md:table-cell">
        {steps}
        {totalSteps !== null && <span className="text-muted"> / {formatCount(totalSteps)}</span>}
      </td>
      <td className="hidden px-2 py-2.5 text-right align-top md:table-cell">{duration === null ? '–' : formatDuration(duration)}</td>
      <td className="hidden whitespace-nowrap px-2 py-2.5 pr-4 text-right align-top text-muted md:table-cell">
        {job.started_at === null ? (
          '–'
        ) : (
          <time dateTime={new Date(job.started_at * 1000).toISOString()} title={formatDateTime(job.started_at)}>
            {started}
          </time>
        )}
      </td>
    </tr>
  );
}

function HealthCell({ health }: { readonly health: Health | null }) {
  return health === null ? <span className="text-sm text-muted">not known</span> : <HealthBadge health={health} />;
}

function PeakCell({ job }: { readonly job: ListedJob }) {
  const { peak_memory_gb: peak, total_memory_gb: total } = job;
  if (peak === null) return <span className="text-sm text-muted">not known</span>;
  return (
    <div>
      <div className="mb-1 flex justify-between gap-2 whitespace-nowrap text-sm leading-5">
        <span>
          {formatGb(peak)}
          {total !== null && <span className="hidden text-muted sm:inline"> / {formatGb(total)}</span>}
        </span>
        {total !== null && total > 0 && <span className="text-muted">{formatPercent(peak / total)}</span>}
      </div>
      {total !== null && total > 0 && <Meter value={peak} limit={total} label={`Peak of ${job.name}`} thresholds={job} />}
    </div>
  );
}
