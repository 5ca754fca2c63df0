import { useCallback, useEffect, useId, useRef, useState } from 'react';

import { useClient } from '../api/ClientContext';
import type { Analysis, News, SettingChange } from '../api/types';
import { useResource } from '../api/useResource';
import { type StreamState, useRunNews } from '../api/useRunNews';
import { formatClock, formatCount, formatGb } from '../lib/format';
import { type LiveReading, takeNews } from '../lib/live';
import { Button } from '../ui/Button';
import { Empty, Failure, Loading, Stale } from '../ui/Notice';
import { Causes } from './Causes';
import { LogErrors } from './LogErrors';
import { type FocusedTime, MemoryTimeline } from './MemoryTimeline';
import { PeakBreakdown } from './PeakBreakdown';
import { RecommendationList } from './RecommendationList';
import { RunsAndQuality } from './RunsAndQuality';
import { SummaryCard } from './SummaryCard';
import { WhatIf } from './WhatIf';

const kPollMs = 5000;

export interface PerformanceAnalysisProps {
  readonly jobId: string;
  /** Of the job; its latest one when it is left out. */
  readonly run?: number | undefined;
  /** The host knows that the job runs: it is asked on, also while the latest run that is recorded is the one before. */
  readonly isLive?: boolean | undefined;
  readonly onSelectRun?: ((run: number) => void) | undefined;
  readonly onCompareRuns?: ((earlier: number, later: number) => void) | undefined;
  /** Where the page can start jobs: takes the ticked settings into a new one. */
  readonly onApply?: ((changes: readonly SettingChange[]) => void) | undefined;
  /** Called with every analysis that comes: a page puts the job's name into its title. */
  readonly onAnalysis?: ((analysis: Analysis) => void) | undefined;
}

/** All that is known of a run: the verdict, why, what to change, and what shows it. */
export function PerformanceAnalysis({ jobId, run, isLive = false, onSelectRun, onCompareRuns, onApply, onAnalysis }: PerformanceAnalysisProps) {
  const client = useClient();
  const load = useCallback(
    async (signal: AbortSignal) => {
      const analysis = await client.analysis(jobId, { run }, signal);
      onAnalysis?.(analysis);
      return analysis;
    },
    [client, jobId, run, onAnalysis],
  );
  const { resource, reload, replace } = useResource(`analysis ${jobId} ${run ?? ''}`, load, (analysis) =>
    isLive || analysis === null || analysis.job.status === 'running' ? kPollMs : null,
  );
  useEffect(() => {
    if (isLive) reload(); // what was shown before may have ended the asking
  }, [isLive, reload]);
  if (resource.state === 'loading') return <Loading what="the analysis" lines={5} />;
  if (resource.state === 'error') return <Failure what="the analysis" error={resource.error} onRetry={reload} />;
  return (
    <div className="space-y-4">
      {resource.stale && <Stale error={resource.stale} />}
      <LoadedAnalysis
        jobId={jobId}
        run={run}
        analysis={resource.value}
        onReload={reload}
        onReplace={replace}
        onSelectRun={onSelectRun}
        onCompareRuns={onCompareRuns}
        onApply={onApply}
      />
    </div>
  );
}

function LoadedAnalysis({ jobId, run, analysis, onReload, onReplace, onSelectRun, onCompareRuns, onApply }: {
  readonly jobId: string;
  readonly run: number | undefined;
  readonly analysis: Analysis;
  readonly onReload: () => void;
  readonly onReplace: (analysis: Analysis) => void;
} & Pick<PerformanceAnalysisProps, 'onSelectRun' | 'onCompareRuns' | 'onApply'>) {
  const client = useClient();
  const running = analysis.job.status === 'running';
  const [reading, setReading] = useState<LiveReading | null>(null);
  const stream = useRunNews(client, jobId, run, running, (news: News) => {
    setReading((before) => takeNews(before, news));
    if (news.kind === 'end') onReload();
  });
  const [focus, setFocus] = useState<FocusedTime | null>(null);
  const charts = useRef<HTMLDivElement>(null);
  const chartsId = useId();
  const onFocusTime = useCallback((at: number) => {
    setFocus((before) => ({ at, serial: (before?.serial ?? 0) + 1 }));
    const calm = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
    charts.current?.scrollIntoView({ behavior: calm ? 'auto' : 'smooth', block: 'start' });
    charts.current?.focus({ preventScroll: true });
  }, []);
  return (
    <>
      {running && <LiveStrip reading={reading} stream={stream} />}
      <SummaryCard analysis={analysis} onFocusTime={onFocusTime} />
      {isEmpty(analysis) && <NoData analysis={analysis} />}
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,5fr)_minmax(0,6fr)]">
        <div className="min-w-0 space-y-4">
          <PeakBreakdown analysis={analysis} />
          <Causes analysis={analysis} onFocusTime={onFocusTime} />
        </div>
        <RecommendationList job={jobId} run={run} analysis={analysis} onFocusTime={onFocusTime} onApply={onApply} />
      </div>
      <div ref={charts} id={chartsId} tabIndex={-1} className="scroll-mt-3 outline-none">
        <MemoryTimeline job={jobId} run={run} analysis={analysis} focusTime={focus} />
      </div>
      <LogErrors analysis={analysis} onFocusTime={onFocusTime} />
      <WhatIf job={jobId} run={run} analysis={analysis} />
      <RunsAndQuality job={jobId} analysis={analysis} onSelectRun={onSelectRun} onCompareRuns={onCompareRuns} />
      <Reanalyse jobId={jobId} run={run} onReplace={onReplace} />
    </>
  );
}

function isEmpty(analysis: Analysis): boolean {
  return analysis.metrics_timeline.length === 0 && analysis.breakdown.length === 0;
}

function NoData({ analysis }: { readonly analysis: Analysis }) {
  return (
    <div className="rounded-lg border border-line bg-surface px-4 shadow-card">
      {analysis.job.status === 'running' ? (
        <Empty title="No sample has come yet.">The first is taken as the trainer starts; this page fills by itself.</Empty>
      ) : (
        <Empty title="No sample of this run was recorded.">
          It ended before the first one, or its monitor could not write. <code>tidemark doctor</code> says what this machine lets it
          read and where the database is.
        </Empty>
      )}
    </div>
  );
}

function streamWords(stream: StreamState): string {
  if (stream === 'live') return 'Live';
  return stream === 'connecting' ? 'Connecting' : `Renewed every ${kPollMs / 1000} seconds`;
}

/** Where the run stands at this moment. */
function LiveStrip({ reading, stream }: { readonly reading: LiveReading | null; readonly stream: StreamState }) {
  return (
    <div role="status" aria-live="off" className="flex flex-wrap items-center gap-x-5 gap-y-1 rounded-lg bg-info-soft px-4 py-2 text-sm text-info">
      <span className="inline-flex items-center gap-2 font-semibold">
        <span aria-hidden="true" className="h-2 w-2 animate-pulse rounded-full bg-current" />
        {streamWords(stream)}
      </span>
      {reading?.step != null && <span>step {formatCount(reading.step)}</span>}
      {reading?.usedGb != null && <span>memory in use {formatGb(reading.usedGb)}</span>}
      {reading?.gpuGb != null && <span>GPU {formatGb(reading.gpuGb)}</span>}
      {reading?.at != null && <span>as of {formatClock(reading.at)}</span>}
    </div>
  );
}

function Reanalyse({ jobId, run, onReplace }: {
  readonly jobId: string;
  readonly run: number | undefined;
  readonly onReplace: (analysis: Analysis) => void;
}) {
  const client = useClient();
  const [state, setState] = useState<'idle' | 'busy' | { readonly failed: string }>('idle');
  const analyse = async () => {
    setState('busy');
    try {
      onReplace(await client.reanalyse(jobId, run));
      setState('idle');
    } catch (error) {
      setState({ failed: error instanceof Error ? error.message : String(error) });
    }
  };
  return (
    <div className="flex flex-wrap items-center gap-3 text-sm text-muted">
      <Button icon="refresh" disabled={state === 'busy'} onClick={() => void analyse()}>
        Analyse again
      </Button>
      <span role="status">{state === 'busy' ? 'Analysing…' : typeof state === 'object' ? `It could not be analysed: ${state.failed}` : ''}</span>
    </div>
  );
}
