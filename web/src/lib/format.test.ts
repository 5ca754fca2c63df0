import { describe, expect, it } from 'vitest';

import { formatAgo, formatCount, formatDuration, formatGb, formatNumber, formatPercent, formatValue, plural } from './format';

describe('a size', () => {
  it.each([
    [119.24, '119.2 GB'],
    [46.25, '46.2 GB'],
    [46.75, '46.8 GB'],
    [1.05, '1.1 GB'],
    [0.66796875, '684 MB'],
    [0.9999, '1.0 GB'],
    [0.0001, '105 KB'],
    [0, '0 B'],
    [1500, '1500 GB'],
    [-0.5, '−512 MB'],
    [Number.NaN, '?'],
  ])('of %f GiB is %s', (gb, words) => expect(formatGb(gb)).toBe(words));
});

describe('a share', () => {
  it.each([
    [0.974, '97%'],
    [0.999, '99%'],
    [1, '100%'],
    [0.001, '<1%'],
    [0, '0%'],
  ])('of %f is %s', (fraction, words) => expect(formatPercent(fraction)).toBe(words));
});

describe('a duration', () => {
  it.each([
    [0, '0s'],
    [3.24, '3.2s'],
    [59.4, '59s'],
    [72, '1m 12s'],
    [25_320, '7h 2m'],
    [183_600, '2d 3h'],
  ])('of %f seconds is %s', (seconds, words) => expect(formatDuration(seconds)).toBe(words));
});

it('a count is grouped, and named in its number', () => {
  expect(formatCount(1_000_000)).toBe('1,000,000');
  expect(plural(1, 'error')).toBe('1 error');
  expect(plural(0, 'error')).toBe('0 errors');
});

it('a number has three digits, whatever its size', () => {
  expect(formatNumber(0.0001)).toBe('1.00e-4');
  expect(formatNumber(0.12345)).toBe('0.123');
  expect(formatNumber(1234.6)).toBe('1235');
});

it('what lies back is told in the largest unit', () => {
  expect(formatAgo(1000, 1010)).toBe('just now');
  expect(formatAgo(1000, 1000 + 3 * 3600)).toBe('3h ago');
});

it('a value of a config stands as it does there', () => {
  expect(formatValue(null)).toBe('not set');
  expect(formatValue(false)).toBe('false');
  expect(formatValue([512, 768])).toBe('[512,768]');
});
