import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { expect, test } from 'vitest';

import { decodeAnalysis } from '../api/decode';
import { decodeWith } from '../api/decoder';
import { limitOf } from './limit';
import { runExtent } from './runExtent';
import { memorySeries, startsHidden, stepLanes } from './series';
import { stepAt } from './stepAt';
import { timeTable } from './timeTable';
import { wantedDetail } from './detail';

const defaults = { memory_warning_threshold: 0.85, memory_critical_threshold: 0.95 };
const pool = (kind: 'host' | 'cgroup' | 'gpu' | 'process', limit: number) => ({
  kind,
  index: null,
  name: 'a pool',
  limit_gb: limit,
  peak_gb: 1,
  device_name: null,
});

test('the line that the limit is of is the strong one', () => {
  const table = timeTable({
    timestamp: [0],
    used_memory_gb: [9],
    cgroup_working_set_gb: [3],
    swap_used_gb: [0],
  });
  const series = memorySeries(table, limitOf(pool('cgroup', 8), defaults));
  expect(series.filter((one) => one.strong).map((one) => one.column)).toEqual(['cgroup_working_set_gb']);
  expect(series.map((one) => one.label)).toEqual(['used', 'container', 'swap']);
});

test('what the run does not have is no line, and little of what matters little neither', () => {
  const table = timeTable({
    timestamp: [0, 5],
    used_memory_gb: [9, 9],
    gpu_memory_used_gb: [null, null],
    shm_used_gb: [0.01, 0.02],
  });
  expect(memorySeries(table, null).map((one) => one.column)).toEqual(['used_memory_gb']);
});

test('beside a small container the machine is switched off at first', () => {
  const table = timeTable({ timestamp: [0], used_memory_gb: [50], cgroup_working_set_gb: [3] });
  expect([...startsHidden(table, limitOf(pool('cgroup', 8), defaults))]).toEqual(['used_memory_gb']);
  expect([...startsHidden(table, limitOf(pool('process', 2), defaults))]).toEqual(['used_memory_gb', 'cgroup_working_set_gb']);
  expect(startsHidden(table, limitOf(pool('cgroup', 100), defaults)).size).toBe(0);
  expect(startsHidden(table, limitOf(pool('host', 8), defaults)).size).toBe(0);
});

test('zones begin where the settings of the run have it warned', () => {
  expect(limitOf(pool('host', 100), defaults)).toMatchObject({ warningGb: 85, criticalGb: 95 });
  const own = { memory_warning_threshold: 0.5, memory_critical_threshold: 0.75 };
  expect(limitOf(pool('host', 100), own)).toMatchObject({ warningGb: 50, criticalGb: 75 });
  expect(limitOf(null, own)).toBeNull();
});

test('the limit of an address space is held against the address space', () => {
  const table = timeTable({ timestamp: [0], used_memory_gb: [9], address_space_used_gb: [1.5] });
  const series = memorySeries(table, limitOf(pool('process', 2), defaults));
  expect(series.filter((one) => one.strong).map((one) => one.label)).toEqual(['address space']);
});

test('every golden report has a limit whose line the chart knows, and a time', () => {
  const folder = resolve(process.cwd(), '../tests/golden');
  let seen = 0;
  for (const name of readdirSync(folder, { withFileTypes: true })) {
    if (!name.isDirectory()) continue;
    const text = readFileSync(resolve(folder, name.name, 'report.json'), 'utf8');
    const { job, summary } = decodeWith(decodeAnalysis, JSON.parse(text));
    const limit = limitOf(summary.limiting_pool, summary);
    if (limit !== null) {
      expect(limit.column, name.name).not.toBeNull();
      expect(limit.warningGb, name.name).toBeLessThanOrEqual(limit.criticalGb);
      expect(limit.criticalGb, name.name).toBeLessThan(limit.gb);
      seen += 1;
    }
    if (job.started_at !== null) expect(runExtent(job, []), name.name).not.toBeNull();
  }
  expect(seen).toBeGreaterThan(5);
});

test('strips are those that the run has values for', () => {
  const table = timeTable({
    timestamp: [0, 1],
    loss: [1, 2],
    step_time_seconds: [1, 1],
    gradient_norm: [null, null],
  });
  expect(stepLanes(table).map((lane) => [lane.id, lane.series.length])).toEqual([
    ['loss', 1],
    ['time', 1],
  ]);
});

test('the step is the last that was done, reckoned where rows were thinned away', () => {
  const steps = timeTable({ timestamp: [100, 101, 200], step: [1, 2, 101] });
  expect(stepAt(steps, 99)).toBeNull();
  expect(stepAt(steps, 100)).toEqual({ step: 1, about: false });
  expect(stepAt(steps, 100.5)).toEqual({ step: 1, about: false });
  expect(stepAt(steps, 150.5)).toEqual({ step: 51, about: true });
  expect(stepAt(steps, 500)).toEqual({ step: 101, about: false });
});

test('a run reaches over all that was measured of it', () => {
  const samples = timeTable({ timestamp: [5, 90], used_memory_gb: [1, 1] });
  expect(runExtent({ started_at: 10, ended_at: null }, [samples])).toEqual({ from: 5, to: 90 });
  expect(runExtent({ started_at: 10, ended_at: 100 }, [samples])).toEqual({ from: 5, to: 100 });
  expect(runExtent({ started_at: null, ended_at: null }, [])).toBeNull();
  expect(runExtent({ started_at: 10, ended_at: null }, [])).toEqual({ from: 10, to: 11 });
});

const day = { from: 0, to: 86_400 };

test('finer data is asked for when the whole is too coarse for what is shown', () => {
  const whole = { window: day, points: 2000, complete: false };
  expect(wantedDetail(day, day, 1000, [whole])).toBeNull();
  const wanted = wantedDetail({ from: 3600, to: 7200 }, day, 1000, [whole, null]);
  expect(wanted).toEqual({ from: 1800, to: 9000, points: 4000 });
});

test('nothing more is asked for when all rows are there, or those that are held are fine enough', () => {
  const view = { from: 3600, to: 7200 };
  expect(wantedDetail(view, day, 1000, [{ window: day, points: 2000, complete: true }])).toBeNull();
  const held = { window: { from: 1800, to: 9000 }, points: 4000, complete: false };
  expect(wantedDetail(view, day, 1000, [null, held])).toBeNull();
  expect(wantedDetail({ from: 5000, to: 6000 }, day, 1000, [held])).not.toBeNull();
  expect(wantedDetail({ from: 7000, to: 10_600 }, day, 1000, [held])).not.toBeNull();
});

test('what is asked for ends where the run does', () => {
  expect(wantedDetail({ from: 0, to: 3600 }, day, 1000, [])).toMatchObject({ from: 0, to: 5400 });
});
