'use client';
// The tab Performance Analysis of a job's page. Put here by `tidemark integrate ai-toolkit`.

import { useState } from 'react';
import { useRouter } from 'next/navigation';
import { MdSpeed } from 'react-icons/md';
import { Job } from '@prisma/client';
import { apiClient } from '@/utils/api';
import usePollLoop from '@/hooks/usePollLoop';
import { freeName, leaveSettings } from './apply';

export { MdSpeed as TidemarkIcon };

interface Recommendation {
  id: string;
  severity: 'critical' | 'warning' | 'info';
  title: string;
  action: string;
  impact?: string;
  config_path?: string | null;
  current_value?: unknown;
  recommended_value?: unknown;
}

const COLOURS: Record<string, string> = {
  good: 'text-emerald-500 bg-emerald-500/10',
  info: 'text-blue-500 bg-blue-500/10',
  warning: 'text-amber-500 bg-amber-500/10',
  critical: 'text-rose-500 bg-rose-500/10',
};

function Pill({ word }: { word: string }) {
  return <span className={`px-2 py-0.5 rounded-full text-xs ${COLOURS[word] ?? COLOURS.info}`}>{word}</span>;
}

export default function JobPanel({ job }: { job: Job }) {
  const router = useRouter();
  const [analysis, setAnalysis] = useState<any>(null);
  const [error, setError] = useState<string | null>(null);
  const live = job.status === 'running';

  usePollLoop(
    () =>
      apiClient
        .get(`/api/jobs/${job.id}/analysis?points=300`)
        .then(res => {
          setAnalysis(res.data);
          setError(null);
        })
        .catch(failure => setError(failure?.response?.data?.error ?? String(failure?.message ?? failure))),
    live ? 5000 : 60000,
    [job.id, live],
  );

  if (!analysis) return <p className="p-4 text-gray-400">{error ?? 'Loading...'}</p>;

  const recommendations: Recommendation[] = analysis.recommendations ?? [];
  const planned = recommendations.filter(one => one.config_path && analysis.plan?.recommendations?.includes(one.id));

  const apply = async () => {
    const jobs = await apiClient.get('/api/jobs').then(res => res.data.jobs ?? res.data);
    const name = freeName(`${job.name}_tuned`, jobs.map((one: Job) => one.name));
    leaveSettings(job.id, name, planned.map(one => ({ path: one.config_path!, value: one.recommended_value })));
    router.push(`/jobs/new?cloneId=${job.id}`);
  };

  return (
    <div className="bg-gray-900 rounded-xl shadow-lg overflow-hidden border border-gray-800">
      <div className="bg-gray-800 px-4 py-3 flex items-center gap-3">
        <h2 className="font-semibold text-gray-100">Performance Analysis</h2>
        {analysis.summary?.health_score && <Pill word={analysis.summary.health_score} />}
        <div className="flex-1" />
        {planned.length > 0 && (
          <button onClick={apply} className="px-3 py-1 text-sm rounded-md bg-blue-600 hover:bg-blue-500 text-white">
            Apply Recommended Settings
          </button>
        )}
      </div>
      <div className="p-4 space-y-3">
        {error && <p className="text-amber-500 text-sm">{error}</p>}
        {recommendations.length === 0 && <p className="text-gray-400">Nothing to change.</p>}
        {recommendations.map(one => (
          <div key={one.id} className="bg-gray-950 rounded-lg border border-gray-800 p-3">
            <div className="flex items-center gap-2">
              <Pill word={one.severity} />
              <span className="text-gray-100">{one.title}</span>
            </div>
            <p className="text-sm text-gray-200 mt-1">{one.action}</p>
            {one.impact && <p className="text-sm text-gray-400">{one.impact}</p>}
          </div>
        ))}
      </div>
    </div>
  );
}
