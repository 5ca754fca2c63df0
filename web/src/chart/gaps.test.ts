import { expect, test } from 'vitest';

import { chartData, lonelyRows } from './chartData';
import { gapSeconds, gapsOf } from './gaps';
import { timeTable } from './timeTable';

const every = (seconds: number, count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => from + i * seconds);

test('samples at their interval have no gap, nor do those that come closer in a climb', () => {
  expect(gapsOf(every(5, 100))).toEqual([]);
  expect(gapsOf([...every(5, 20), ...every(0.25, 100, 100), ...every(5, 20, 130)])).toEqual([]);
});

test('a silence of many intervals is a gap', () => {
  expect(gapsOf([...every(5, 50), ...every(5, 50, 845)])).toEqual([{ from: 245, to: 845 }]);
});

test('thinned rows lie unevenly: no gap, as long as none is far beyond what is ordinary', () => {
  // Buckets of 32 samples at 5 s, of each the extremes at arbitrary places.
  const thinned = Array.from({ length: 540 }, (_, bucket) =>
    [0, 3 + ((bucket * 7) % 20), 31].map((i) => (bucket * 32 + i) * 5),
  ).flat();
  expect(gapsOf(thinned)).toEqual([]);
  const silent = thinned.filter((at) => at < 40_000 || at > 43_600);
  expect(gapsOf(silent)).toHaveLength(1);
});

test('a slow interval is its own measure', () => {
  expect(gapSeconds(every(60, 30))).toBe(240);
  expect(gapsOf(every(60, 30))).toEqual([]);
});

test('a gap breaks the line with a null of its own', () => {
  const table = timeTable({ timestamp: [0, 5, 10, 600, 605, 610], used: [1, 2, 3, 4, 5, 6] });
  expect(chartData(table, ['used'])).toEqual([
    [0, 5, 10, 305, 600, 605, 610],
    [1, 2, 3, null, 4, 5, 6],
  ]);
});

test('a row that says nothing of a column does not break its line, a long silence of it does', () => {
  const late = every(5, 60).map((_, i) => (i === 3 ? null : 1));
  expect(chartData(timeTable({ timestamp: every(5, 60), gpu: late }), ['gpu'])[1]?.[3]).toBeUndefined();
  const gone = every(5, 60).map((_, i) => (i > 20 && i < 40 ? null : 1));
  expect(chartData(timeTable({ timestamp: every(5, 60), gpu: gone }), ['gpu'])[1]?.[30]).toBeNull();
});

test('what is told every fifty steps is one line', () => {
  const norms = every(1, 500).map((at) => (at % 50 === 0 ? 1 : null));
  const values = chartData(timeTable({ timestamp: every(1, 500), norm: norms }), ['norm'])[1] ?? [];
  expect(values.slice(0, 451)).not.toContain(null);
});

test('a column that is not there is a line without values', () => {
  expect(chartData(timeTable({ timestamp: [0, 5], used: [1, 2] }), ['used', 'gpu'])[2]).toEqual([null, null]);
});

test('a value between two gaps is a dot; one that a line reaches is not', () => {
  expect(lonelyRows([1, null, 2, null, 3, undefined, 4], 0, 6)).toEqual([0, 2]);
  expect(lonelyRows([7], 0, 0)).toEqual([0]);
  expect(lonelyRows([1, 2], 0, 1)).toEqual([]);
});
