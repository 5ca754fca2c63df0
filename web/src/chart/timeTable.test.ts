import { expect, test } from 'vitest';

import { highest, nearestRow, spliced, timeTable, valueNear } from './timeTable';

const ascends = (times: readonly number[]) => times.every((time, i) => i === 0 || time > (times[i - 1] ?? 0));

test('rows come in the order of their time, and those without one are left out', () => {
  const table = timeTable({ timestamp: [30, 10, null, 20], used: [3, 1, 9, 2] });
  expect(table.times).toEqual([10, 20, 30]);
  expect(table.columns).toEqual({ used: [1, 2, 3] });
});

test('rows of one moment are all kept, strictly ascending at the size of a Unix time', () => {
  const at = 1_760_000_000.25;
  const table = timeTable({ timestamp: [at, at, at], used: [1, 5, 2] });
  expect(table.columns['used']).toEqual([1, 5, 2]);
  expect(ascends(table.times)).toBe(true);
  expect((table.times[2] ?? 0) - at).toBeLessThan(0.001);
});

test('an answer without columns is an empty table', () => {
  expect(timeTable({}).times).toEqual([]);
});

test('the nearest row is found on either side and at the ends', () => {
  const times = [10, 20, 30];
  expect([0, 14, 16, 25.1, 99].map((time) => nearestRow(times, time))).toEqual([0, 0, 1, 2, 2]);
  expect(nearestRow([], 5)).toBeNull();
});

test('a value is told near its row only, and not where there is none', () => {
  const table = timeTable({ timestamp: [10, 20], used: [1, null] });
  expect(valueNear(table, 'used', 11, 5)).toBe(1);
  expect(valueNear(table, 'used', 19, 5)).toBeNull();
  expect(valueNear(table, 'used', 3, 5)).toBeNull();
  expect(valueNear(table, 'other', 10, 5)).toBeNull();
});

test('detail takes the place of the overview where it is, and the rest stays', () => {
  const overview = timeTable({ timestamp: [0, 10, 20, 30, 40], used: [0, 1, 2, 3, 4] });
  const detail = timeTable({ timestamp: [12, 15, 20, 25], used: [12, 15, 20, 25], swap: [1, 1, 1, 1] });
  const both = spliced(overview, detail, 11, 29);
  expect(both.times).toEqual([0, 10, 12, 15, 20, 25, 30, 40]);
  expect(both.columns['used']).toEqual([0, 1, 12, 15, 20, 25, 3, 4]);
  expect(both.columns['swap']).toEqual([null, null, 1, 1, 1, 1, null, null]);
});

test('detail that reaches to the ends leaves nothing twice', () => {
  const overview = timeTable({ timestamp: [0, 10, 20], used: [0, 1, 2] });
  const detail = timeTable({ timestamp: [0, 5, 10, 15, 20], used: [0, 5, 1, 5, 2] });
  const both = spliced(overview, detail, 0, 20);
  expect(both.times).toEqual(detail.times);
  expect(ascends(both.times)).toBe(true);
});

test('detail without rows leaves the overview as it is', () => {
  const overview = timeTable({ timestamp: [0, 10], used: [0, 1] });
  expect(spliced(overview, timeTable({}), 2, 8)).toBe(overview);
});

test('the highest is of the time that is asked for', () => {
  const table = timeTable({ timestamp: [0, 10, 20, 30], used: [9, 1, null, 4] });
  expect(highest(table, 'used', 5, 40)).toEqual({ value: 4, at: 30 });
  expect(highest(table, 'used', 15, 25)).toBeNull();
});
