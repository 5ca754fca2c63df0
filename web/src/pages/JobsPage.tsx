import { useEffect, useMemo, useState } from 'react';

import type { ApiError } from '../api/client';
import { useClient } from '../api/ClientContext';
import type { ListedJob, RunStatus } from '../api/types';
import { useResource } from '../api/useResource';
import { formatCount, plural } from '../lib/format';
import { filterJobs, kNewestFirst, sortJobs, sortedBy } from '../lib/jobTable';
import { toggled } from '../lib/selection';
import { statusName } from '../lib/words';
import { Button } from '../ui/Button';
import { classes } from '../ui/classes';
import { CopyButton } from '../ui/CopyButton';
import { Failure, Loading, Stale } from '../ui/Notice';
import { PageTitle } from './Frame';
import { JobsTable } from './JobsTable';
import { compareAddress, navigate } from './router';

const kLivePollMs = 3000;
const kIdlePollMs = 15_000;

function useNow(everyMs: number): number {
  const [now, setNow] = useState(() => Date.now() / 1000);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now() / 1000), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

export function JobsPage() {
  const client = useClient();
  const { resource, reload } = useResource(
    'jobs',
    (signal) => client.jobs(signal),
    (jobs) => (jobs === null || jobs.length === 0 || jobs.some((job) => job.status === 'running') ? kLivePollMs : kIdlePollMs),
  );
  return (
    <>
      {resource.state === 'loading' && <PageTitle title="Jobs" />}
      {resource.state === 'loading' && <Loading what="the jobs" lines={5} />}
      {resource.state === 'error' && <NotListed error={resource.error} onRetry={reload} />}
      {resource.state === 'ready' && resource.stale && <Stale error={resource.stale} />}
      {resource.state === 'ready' && (resource.value.length === 0 ? <NoJobs why={null} /> : <Jobs jobs={resource.value} />)}
    </>
  );
}

const kFirstRun = 'tidemark run -- python train.py';

/** Without a database there is no list, and nothing is wrong: the first run makes it. */
function NotListed({ error, onRetry }: { readonly error: ApiError; readonly onRetry: () => void }) {
  if (error.status === 404) return <NoJobs why={error.message} />;
  return (
    <>
      <PageTitle title="Jobs" />
      <Failure what="the jobs" error={error} onRetry={onRetry} />
    </>
  );
}

function NoJobs({ why }: { readonly why: string | null }) {
  return (
    <>
      <PageTitle title="Jobs" />
      <div className="mt-3 max-w-prose space-y-3 rounded-lg border border-line bg-surface p-5">
        <p className="text-lg font-medium">No run has been recorded yet.</p>
        <p>Start a training run under Tidemark, and it comes up here as it goes:</p>
        <div className="flex flex-wrap items-center gap-2">
          <code className="rounded-md bg-raised px-3 py-1.5">{kFirstRun}</code>
          <CopyButton text={kFirstRun}>Copy</CopyButton>
        </div>
        <p className="text-sm text-muted">
          {why !== null && <span className="mb-2 block break-words">{why}</span>}
          A trainer that runs already: <code>tidemark attach --pid PID</code>. Every job of ai-toolkit: <code>tidemark watch --aitk DIR</code>.
        </p>
      </div>
    </>
  );
}

const statuses: readonly (RunStatus | 'all')[] = ['all', 'running', 'completed', 'failed', 'stopped', 'unknown'];

function Jobs({ jobs }: { readonly jobs: readonly ListedJob[] }) {
  const now = useNow(1000);
  const [text, setText] = useState('');
  const [status, setStatus] = useState<RunStatus | 'all'>('all');
  const [sorting, setSorting] = useState(kNewestFirst);
  const [ticks, setTicks] = useState<ReadonlySet<string>>(new Set());
  const shown = useMemo(() => sortJobs(filterJobs(jobs, { text, status }), sorting, now), [jobs, text, status, sorting, now]);
  const present = statuses.filter((one) => one === 'all' || jobs.some((job) => job.status === one));
  const pair = jobs.filter((job) => ticks.has(job.id)).sort((a, b) => (a.started_at ?? 0) - (b.started_at ?? 0));
  const [a, b] = pair;
  return (
    <>
      <div className="mb-3 flex flex-wrap items-center gap-x-4 gap-y-2">
        <PageTitle title="Jobs" />
        <input
          type="search"
          value={text}
          onChange={(event) => setText(event.target.value)}
          aria-label="Filter by name, id or health"
          placeholder="Filter"
          className="min-h-8 w-full rounded-md border border-line-strong bg-surface px-3 sm:w-64"
        />
        <div role="group" aria-label="Status" className="flex flex-wrap gap-1">
          {present.map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={one === status}
              onClick={() => setStatus(one)}
              className={classes('min-h-7 rounded-full px-3 text-sm', one === status ? 'bg-accent-soft font-medium text-accent' : 'text-muted hover:bg-raised')}
            >
              {one === 'all' ? 'All' : statusName[one]}{' '}
              <span className="text-xs">{formatCount(one === 'all' ? jobs.length : jobs.filter((job) => job.status === one).length)}</span>
            </button>
          ))}
        </div>
        <div className="flex items-center gap-3 sm:ml-auto">
          <span role="status" className="text-sm text-muted">
            {ticks.size === 0 ? 'Tick two to compare them' : `${plural(ticks.size, 'job')} ticked`}
          </span>
          <Button disabled={pair.length !== 2} onClick={() => a && b && navigate(compareAddress({ job: a.id }, { job: b.id }))}>
            Compare
          </Button>
        </div>
      </div>
      <JobsTable
        jobs={shown}
        now={now}
        sorting={sorting}
        onSort={(key) => setSorting(sortedBy(sorting, key))}
        ticks={ticks}
        onTick={(id) => setTicks(toggled(ticks, id))}
      />
      {shown.length === 0 && <p className="py-6 text-center text-muted">No job is like that.</p>}
    </>
  );
}
