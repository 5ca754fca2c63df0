'use client';
// The report as the job's tab Plugin, which an ai-toolkit without Tidemark's panel shows too.

import { useState } from 'react';
import { Job } from '@prisma/client';
import { apiClient } from '@/utils/api';

const BUTTON = 'px-3 py-1 text-sm rounded-md bg-gray-800 text-gray-200 hover:bg-gray-700';

export default function PluginPage({ job }: { job: Job }) {
  const [state, setState] = useState<'idle' | 'asked' | 'writing'>('idle');
  const [told, setTold] = useState<string | null>(null);

  const write = () => {
    setState('writing');
    apiClient
      .post(`/api/jobs/${job.id}/analysis/plugin`)
      .then(res => setTold(`Written: ${res.data.file}`))
      .catch(failure => setTold(failure?.response?.data?.error ?? String(failure?.message ?? failure)))
      .finally(() => setState('idle'));
  };

  return (
    <div className="text-sm text-gray-400 flex flex-wrap items-center gap-3">
      {state === 'idle' && (
        <button className={BUTTON} onClick={() => setState('asked')}>
          Write as plugin page
        </button>
      )}
      {state !== 'idle' && (
        <>
          <span>
            The report goes into the job&apos;s folder as plugin.html. Everything in that folder can be read without
            ai-toolkit&apos;s password by whoever reaches this server.
          </span>
          <button className={BUTTON} disabled={state === 'writing'} onClick={write}>
            Write it
          </button>
          <button className={BUTTON} disabled={state === 'writing'} onClick={() => setState('idle')}>
            Cancel
          </button>
        </>
      )}
      {state === 'idle' && told && <span role="status">{told}</span>}
    </div>
  );
}
