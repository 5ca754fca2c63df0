import { useClient } from '../api/ClientContext';
import type { Analysis, ListedRun } from '../api/types';
import { useResource } from '../api/useResource';
import { formatClock, formatCount, formatDateTime, formatDuration, formatGb, formatPercent, plural } from '../lib/format';
import { dropReason } from '../lib/words';
import { monitorNotices, unseenSources } from '../lib/quality';
import { StatusBadge } from '../ui/Badge';
import { TextButton } from '../ui/Button';
import { Card } from '../ui/Card';
import { classes } from '../ui/classes';
import { Icon } from '../ui/Icon';
import { Loading } from '../ui/Notice';

interface Props {
  readonly job: string;
  readonly analysis: Analysis;
  readonly onSelectRun?: ((run: number) => void) | undefined;
  readonly onCompareRuns?: ((earlier: number, later: number) => void) | undefined;
}

/** The job's runs; what was lost or could not be read of this one; what watching it cost. Always on screen. */
export function RunsAndQuality({ job, analysis, onSelectRun, onCompareRuns }: Props) {
  return (
    <Card title="Runs and what the records lack">
      <div className="grid gap-x-8 gap-y-4 md:grid-cols-2">
        <div className="min-w-0">
          <h3 className="text-sm text-muted">Runs of this job</h3>
          <Runs job={job} analysis={analysis} onSelectRun={onSelectRun} onCompareRuns={onCompareRuns} />
        </div>
        <div className="min-w-0 space-y-3">
          <Drops analysis={analysis} />
          <Unread analysis={analysis} />
          <Cost analysis={analysis} />
        </div>
      </div>
    </Card>
  );
}

function Runs({ job, analysis, onSelectRun, onCompareRuns }: Props) {
  const client = useClient();
  const { resource } = useResource(`runs ${job} ${analysis.job.run} ${analysis.job.status}`, (signal) => client.runs(job, signal));
  if (resource.state === 'loading') return <Loading what="the runs" lines={2} />;
  // A host page may not have this route: this run is known all the same.
  const runs = resource.state === 'ready' ? resource.value : [analysis.job];
  const shown = analysis.job.run;
  const newestFirst = [...runs].sort((a, b) => b.run - a.run);
  return (
    <ul className="mt-1 max-h-56 divide-y divide-line overflow-y-auto">
      {newestFirst.map((run) => (
        <li key={run.run} className="flex flex-wrap items-center gap-x-3 gap-y-0.5 py-1">
          <RunName run={run} shown={run.run === shown} onSelectRun={onSelectRun} />
          <StatusBadge status={run.status} />
          <span className="text-sm text-muted">
            {run.started_at !== null && formatDateTime(run.started_at)}
            {run.started_at !== null && run.ended_at !== null && `, ${formatDuration(run.ended_at - run.started_at)}`}
          </span>
          {onCompareRuns && run.run !== shown && (
            <TextButton className="text-sm" onClick={() => onCompareRuns(Math.min(run.run, shown), Math.max(run.run, shown))}>
              compare<span className="sr-only"> run {run.run} with the one that is shown</span>
            </TextButton>
          )}
        </li>
      ))}
    </ul>
  );
}

function RunName({ run, shown, onSelectRun }: {
  readonly run: ListedRun;
  readonly shown: boolean;
} & Pick<Props, 'onSelectRun'>) {
  if (shown || !onSelectRun)
    return (
      <span aria-current={shown ? 'true' : undefined} className={classes(shown && 'font-semibold')}>
        Run {run.run}
        {shown && <span className="sr-only"> (shown)</span>}
      </span>
    );
  return <TextButton onClick={() => onSelectRun(run.run)}>Run {run.run}</TextButton>;
}

function Drops({ analysis }: { readonly analysis: Analysis }) {
  const { drops, dropped_records: total } = analysis.summary;
  const reasons = Object.entries(drops);
  return (
    <div>
      <h3 className="text-sm text-muted">Dropped</h3>
      {total === 0 && reasons.length === 0 ? (
        <p className="flex items-center gap-1.5">
          <Icon name="good" size={14} className="text-good" /> Nothing was dropped.
        </p>
      ) : (
        <>
          <p className="font-medium text-warning">{plural(total, 'record')} dropped</p>
          <ul className="text-sm">
            {reasons.map(([why, count]) => (
              <li key={why} className="break-words">
                {formatCount(count)}: {dropReason(why)}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

function Unread({ analysis }: { readonly analysis: Analysis }) {
  const notices = monitorNotices(analysis.events);
  const unseen = unseenSources(analysis);
  return (
    <div>
      <h3 className="text-sm text-muted">Not readable</h3>
      {notices.length === 0 && unseen.length === 0 ? (
        <p className="flex items-center gap-1.5">
          <Icon name="good" size={14} className="text-good" /> Every source was read.
        </p>
      ) : (
        <ul className="text-sm">
          {unseen.length > 0 && <li>No sample has {unseen.join(', ')}: not there on this machine, or not readable.</li>}
          {notices.map((notice) => (
            <li key={`${notice.timestamp} ${notice.message}`} className="break-words">
              <span className="text-muted">{formatClock(notice.timestamp)}</span> {notice.message}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Cost({ analysis }: { readonly analysis: Analysis }) {
  const cost = analysis.job.monitor;
  const seconds = analysis.summary.duration_minutes * 60;
  const parts: string[] = [];
  if (cost?.cpu_seconds != null)
    parts.push(
      `${formatDuration(cost.cpu_seconds)} of CPU time` + (seconds > 0 ? ` (${formatShare(cost.cpu_seconds / seconds)} of one core)` : ''),
    );
  if (cost?.pss_gb != null) parts.push(`${formatGb(cost.pss_gb)} of memory`);
  return (
    <div>
      <h3 className="text-sm text-muted">What watching cost</h3>
      <p>{parts.length > 0 ? `Tidemark used ${parts.join(' and ')}.` : analysis.job.status === 'running' ? 'Known when the run has ended.' : 'Not recorded for this run.'}</p>
    </div>
  );
}

/** Small shares are the point here: "0.04%". */
function formatShare(fraction: number): string {
  return fraction < 0.01 ? `${(fraction * 100).toFixed(2)}%` : formatPercent(fraction);
}
