import { useCallback, useState } from 'react';

import type { Analysis } from '../api/types';
import { PerformanceAnalysis } from '../panels/PerformanceAnalysis';
import { Icon } from '../ui/Icon';
import { PageTitle } from './Frame';
import { compareAddress, jobAddress, jobsAddress, Link, navigate } from './router';

export function JobPage({ job, run }: { readonly job: string; readonly run: number | undefined }) {
  const [name, setName] = useState<string | null>(null);
  const onAnalysis = useCallback((analysis: Analysis) => setName(analysis.job.name), []);
  return (
    <>
      <nav aria-label="Place" className="mb-1 text-sm">
        <Link to={jobsAddress} className="inline-flex items-center gap-1 text-muted hover:text-text">
          <Icon name="back" size={13} /> Jobs
        </Link>
      </nav>
      <div className="mb-3 flex flex-wrap items-baseline gap-x-3">
        <PageTitle title={name ?? job} />
        <p className="text-sm text-muted">Performance Analysis</p>
      </div>
      <PerformanceAnalysis
        jobId={job}
        run={run}
        onSelectRun={(next) => navigate(jobAddress(job, next))}
        onCompareRuns={(earlier, later) => navigate(compareAddress({ job, run: earlier }, { job, run: later }))}
        onAnalysis={onAnalysis}
      />
    </>
  );
}
