'use client';
// The tab Performance Analysis of a job's page: Tidemark's own panels in ai-toolkit's look. Put here by
// `tidemark integrate ai-toolkit`.

import { useCallback, useState } from 'react';
import { useRouter } from 'next/navigation';
import { MdSpeed } from 'react-icons/md';
import { Job } from '@prisma/client';
import { apiClient } from '@/utils/api';
import { PerformanceAnalysisPanel, type SettingChange } from '@/tidemark/tidemark';
import '@/tidemark/tidemark.css';
import './look.css';
import { freeName, leaveSettings } from './apply';
import { hostFetcher } from './fetcher';
import PluginPage from './PluginPage';

export { MdSpeed as TidemarkIcon };

export default function JobPanel({ job }: { job: Job }) {
  const router = useRouter();
  const [failed, setFailed] = useState<string | null>(null);
  const { id, name } = job;

  const openNewJob = useCallback(
    async (changes: readonly SettingChange[]) => {
      try {
        const jobs: Job[] = await apiClient.get('/api/jobs').then(res => res.data.jobs ?? res.data);
        const free = freeName(`${name}_tuned`, jobs.map(one => one.name));
        leaveSettings(id, free, changes.map(({ config_path, value }) => ({ path: config_path, value })));
        router.push(`/jobs/new?cloneId=${id}`);
      } catch (error) {
        setFailed(error instanceof Error ? error.message : String(error));
      }
    },
    [id, name, router],
  );

  return (
    <div className="space-y-4">
      {failed && <p role="alert" className="text-sm text-amber-700 dark:text-amber-400">The new job could not be opened: {failed}</p>}
      <PerformanceAnalysisPanel
        key={id}
        jobId={id}
        isLive={job.status === 'running'}
        fetcher={hostFetcher}
        theme="class"
        className="tidemark-look"
        onApply={openNewJob}
      />
      <PluginPage job={job} />
    </div>
  );
}
