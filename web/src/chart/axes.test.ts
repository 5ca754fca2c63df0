import { expect, test } from 'vitest';

import { memoryLabels, memorySplits, memoryTop } from './memoryAxis';
import { clockLabel, elapsedLabel, momentLabels, stopwatch, timeSplits, timeStep } from './timeAxis';

test('memory is divided at round gigabytes', () => {
  const splits = memorySplits(0, memoryTop(119.5), 7);
  expect(memoryLabels(splits)).toEqual(['0', '20 GB', '40 GB', '60 GB', '80 GB', '100 GB', '120 GB']);
});

test('a small run is divided at round megabytes', () => {
  const splits = memorySplits(0, 0.6, 6);
  expect(memoryLabels(splits)).toEqual(['0', '128 MB', '256 MB', '384 MB', '512 MB']);
});

test('an axis of nothing still has a height', () => {
  expect(memoryTop(0)).toBe(1);
});

test('labels of time have room', () => {
  expect(timeStep(86_400, 1000, 70)).toBe(2 * 3600);
  expect(timeStep(60, 1000, 70)).toBe(5);
  expect(timeStep(400 * 86_400, 500, 70)).toBeGreaterThan(28 * 86_400);
});

test('elapsed time is divided from the start of the run', () => {
  expect(timeSplits(1_000_130, 1_000_700, 300, 'elapsed', 1_000_003)).toEqual([1_000_303, 1_000_603]);
});

test('clock time is divided at the minutes of the clock', () => {
  const splits = timeSplits(1_760_000_010, 1_760_000_200, 60, 'clock', 1_760_000_007);
  expect(splits).toHaveLength(3);
  for (const at of splits) expect(new Date(at * 1000).getSeconds()).toBe(0);
});

test('elapsed labels are as short as they are exact', () => {
  expect([0, 45, 90, 300, 5400, 7200, 108_000].map(elapsedLabel)).toEqual([
    '0',
    '45s',
    '1m 30s',
    '5m',
    '1h 30m',
    '2h',
    '1d 6h',
  ]);
  expect(elapsedLabel(-60)).toBe('−1m');
});

test('a day begins with its date, and seconds stand where the step has them', () => {
  const midnight = new Date(2025, 9, 9, 0, 0, 0).getTime() / 1000;
  expect(clockLabel(midnight, 3600)).toContain('9');
  expect(clockLabel(midnight + 3723, 3600)).toBe('01:02');
  expect(clockLabel(midnight + 3723, 5)).toBe('01:02:03');
});

test('a moment is told from the start and by the clock', () => {
  expect(stopwatch(3725.4)).toBe('1:02:05');
  expect(stopwatch(-5)).toBe('−0:00:05');
  expect(momentLabels(1_760_003_725, 1_760_000_000).elapsed).toBe('1:02:05');
});
