'use client';
// On the new-job page, before Start: whether this machine's runs of the same model say that the job fits.

import { useEffect, useState } from 'react';
import { apiClient } from '@/utils/api';

interface Fit {
  known: boolean;
  why?: string; // it is not known
  predicted_peak_gb: number;
  predicted_peak_low_gb: number;
  predicted_peak_high_gb: number;
  limit_gb: number;
  target_gb: number;
  fits: boolean;
  pool: string;
  not_known: string[];
}

const SETTLED_MS = 800; // after the last change

const LOOKS = {
  unknown: 'text-gray-300 bg-gray-800',
  fits: 'text-emerald-700 dark:text-emerald-400 bg-emerald-500/10',
  tight: 'text-amber-700 dark:text-amber-400 bg-amber-500/10',
  not: 'text-rose-700 dark:text-rose-400 bg-rose-500/10',
};

const gb = (value: number) => value.toFixed(1);

export function verdictOf(fit: Fit): { look: keyof typeof LOOKS; words: string; more: string } {
  if (!fit.known) return { look: 'unknown', words: 'Will it fit? unknown', more: fit.why ?? '' };
  const range = `${gb(fit.predicted_peak_low_gb)} to ${gb(fit.predicted_peak_high_gb)} of ${gb(fit.limit_gb)} GB`;
  const more = [`Predicted peak of the ${fit.pool} memory from this machine's runs: ${range}.`, ...fit.not_known.map(one => `Not known: ${one}.`)].join('\n');
  if (fit.predicted_peak_low_gb > fit.limit_gb) return { look: 'not', words: `Will not fit: ${range}`, more };
  if (fit.predicted_peak_high_gb > fit.target_gb) return { look: 'tight', words: `May not fit: ${range}`, more };
  return { look: 'fits', words: `Fits: ${range}`, more };
}

export default function WillItFit({ jobConfig }: { jobConfig: unknown }) {
  const [fit, setFit] = useState<Fit | null>(null);
  const config = JSON.stringify(jobConfig);

  useEffect(() => {
    const abort = new AbortController();
    const timer = setTimeout(() => {
      apiClient
        .post('/api/tidemark/fit', config, { headers: { 'Content-Type': 'application/json' }, signal: abort.signal })
        .then(res => setFit(res.data))
        .catch(() => !abort.signal.aborted && setFit(null)); // without Tidemark there is nothing to say
    }, SETTLED_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [config]);

  if (!fit) return null;
  const { look, words, more } = verdictOf(fit);
  return (
    <span role="status" title={more} className={`hidden sm:block mr-3 px-2 py-1 rounded-md text-xs whitespace-nowrap ${LOOKS[look]}`}>
      {words}
    </span>
  );
}
