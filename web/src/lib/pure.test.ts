import { describe, expect, it } from 'vitest';

import type { ListedJob } from '../api/types';
import { goldenAnalysis } from '../testing/golden';
import { segmentsOf } from './breakdown';
import { differenceLines } from './difference';
import { durationOf, filterJobs, kNewestFirst, sortedBy, sortJobs } from './jobTable';
import { takeNews } from './live';
import { monitorNotices, unseenSources } from './quality';
import { changesOf, initialTicks, knownPeak, toggled } from './selection';

const job: ListedJob = {
  id: 'a',
  name: 'flux_1',
  runs: 1,
  run: 1,
  status: 'completed',
  started_at: 100,
  ended_at: 160,
  steps_completed: 10,
  peak_memory_gb: 4,
  total_memory_gb: 8,
  health_score: 'good',
  verdict: null,
  memory_warning_threshold: 0.85,
  memory_critical_threshold: 0.95,
};

describe('the list of jobs', () => {
  const jobs = [
    job,
    { ...job, id: 'b', name: 'flux_10', started_at: 300, peak_memory_gb: 7, health_score: 'critical' as const },
    { ...job, id: 'c', name: 'flux_2', started_at: null, ended_at: null, peak_memory_gb: null, health_score: null, status: 'running' as const },
  ];
  const ids = (list: readonly ListedJob[]) => list.map(({ id }) => id).join('');

  it('has the newest first, and what is not known last either way', () => {
    expect(ids(sortJobs(jobs, kNewestFirst, 0))).toBe('bac');
    expect(ids(sortJobs(jobs, { key: 'started', descending: false }, 0))).toBe('abc');
  });
  it('is sorted by the share of the limit and by the number in a name', () => {
    expect(ids(sortJobs(jobs, { key: 'peak', descending: true }, 0))).toBe('bac');
    expect(ids(sortJobs(jobs, { key: 'name', descending: false }, 0))).toBe('acb');
    expect(ids(sortJobs(jobs, { key: 'health', descending: true }, 0))).toBe('bac');
  });
  it('is turned round by the same key, and begins with the most by another', () => {
    expect(sortedBy(kNewestFirst, 'started')).toEqual({ key: 'started', descending: false });
    expect(sortedBy(kNewestFirst, 'name')).toEqual({ key: 'name', descending: false });
  });
  it('is filtered by every word and by status', () => {
    expect(ids(filterJobs(jobs, { text: 'FLUX crit', status: 'all' }))).toBe('b');
    expect(ids(filterJobs(jobs, { text: '', status: 'running' }))).toBe('c');
  });
  it('counts the time of a run that goes on', () => {
    expect(durationOf(job, 1000)).toBe(60);
    expect(durationOf({ ...job, ended_at: null, status: 'running' }, 130)).toBe(30);
    expect(durationOf({ ...job, ended_at: null, status: 'unknown' }, 130)).toBeNull();
  });
});

describe('what is ticked', () => {
  const { plan, recommendations, summary } = goldenAnalysis('flux_48gb_plan');
  const ticks = initialTicks(plan, recommendations);

  it('is the plan at first', () => expect([...ticks]).toEqual(['quantize']));
  it('has the peak that the plan says', () => expect(knownPeak(plan, recommendations, ticks)?.likely).toBe(plan?.predicted_peak_gb));
  it('alone has the peak that its own recommendation says', () =>
    expect(knownPeak(plan, recommendations, new Set(['disable_ema']))?.likely).toBe(45.58203125));
  it('together is the model’s to tell', () => expect(knownPeak(plan, recommendations, toggled(ticks, 'disable_ema'))).toBeNull());
  it('comes to settings by path', () =>
    expect(changesOf(recommendations, new Set(['smaller_batch']))).toEqual([
      { config_path: 'config.process[0].train.batch_size', value: 1 },
      { config_path: 'config.process[0].train.gradient_accumulation', value: 4 },
    ]));
  it('can be taken back', () => expect(toggled(ticks, 'quantize').size).toBe(0));
  it('leaves room for the bar', () => {
    const segments = segmentsOf(goldenAnalysis('flux_48gb_plan').breakdown, summary.total_memory_gb ?? 0);
    expect(segments.at(-1)?.component).toBe('unattributed');
    expect(segments.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(46.25 / 47.5, 3);
  });
});

it('what a component takes away has no place in the bar', () =>
  expect(segmentsOf([{ component: 'counted_twice', gb: -1, basis: 'measured', detail: '' }], 4)[0]?.share).toBe(0));

it('a difference knows a removed line that looks like a header', () => {
  const lines = differenceLines('--- a\n+++ a\n@@ -1,2 +1,2 @@\n same\n--- x\n+- y\n');
  expect(lines.map(({ kind }) => kind)).toEqual(['place', 'place', 'place', 'same', 'removed', 'added']);
  expect(differenceLines('')).toEqual([]);
});

it('the notices of the monitor are told apart from other events', () =>
  expect(
    monitorNotices([
      { timestamp: 1, type: 'monitor_notice', details: { message: 'smaps_rollup: not permitted' }, used_memory_gb: null },
      { timestamp: 2, type: 'worker_exit', details: { message: 'x' }, used_memory_gb: null },
    ]),
  ).toEqual([{ timestamp: 1, message: 'smaps_rollup: not permitted' }]));

it('a source that no sample has is named', () => {
  expect(unseenSources(goldenAnalysis('completed_healthy'))).toContain('GPU memory');
  expect(unseenSources(goldenAnalysis('no_samples'))).toEqual([]);
});

it('a reading keeps what newer news do not say', () => {
  const first = takeNews(null, { kind: 'samples', columns: { timestamp: [1, 2], used_memory_gb: [3, null] } });
  const then = takeNews(first, { kind: 'steps', columns: { timestamp: [4], step: [17] } });
  expect(then).toEqual({ at: 4, usedGb: 3, gpuGb: null, step: 17 });
});
