import { expect, test } from 'vitest';

import {
  around,
  clamped,
  isWhole,
  kShortestSpan,
  panned,
  showing,
  wheelFactor,
  windowAfterKey,
  zoomed,
} from './timeWindow';

const whole = { from: 1000, to: 2000 };

test('a zoom keeps what stands under the pointer where it is', () => {
  const next = zoomed(whole, whole, 1250, 0.5);
  expect(next).toEqual({ from: 1125, to: 1625 });
  expect((1250 - next.from) / (next.to - next.from)).toBeCloseTo(0.25);
});

test('zooming out ends at the whole run', () => {
  expect(zoomed({ from: 1100, to: 1900 }, whole, 1500, 10)).toEqual(whole);
  expect(isWhole(whole, whole)).toBe(true);
});

test('zooming in ends where there is nothing more to see', () => {
  const next = zoomed({ from: 1500, to: 1502 }, whole, 1501, 0.001);
  expect(next.to - next.from).toBeCloseTo(kShortestSpan);
});

test('moving stops at the ends and keeps the length', () => {
  expect(panned({ from: 1100, to: 1200 }, whole, -500)).toEqual({ from: 1000, to: 1100 });
  expect(panned({ from: 1800, to: 1900 }, whole, 500)).toEqual({ from: 1900, to: 2000 });
});

test('a run shorter than what can be shown is shown whole', () => {
  expect(clamped({ from: 5, to: 9 }, { from: 7, to: 7.5 })).toEqual({ from: 7, to: 7 + kShortestSpan });
});

test('a moment is shown with what led to it, inside the run', () => {
  const view = around(1990, { from: 0, to: 86_400 });
  expect(view.from).toBeLessThan(1990);
  expect(view.to).toBeGreaterThan(1990);
  expect(around(86_399, { from: 0, to: 86_400 }).to).toBe(86_400);
  expect(around(10, { from: 0, to: 60 })).toEqual({ from: 0, to: 60 });
});

test('keys zoom at the cursor, move, and show all', () => {
  const view = { from: 1400, to: 1600 };
  const atCursor = windowAfterKey('+', view, whole, 1450);
  expect(atCursor).toEqual({ from: 1420, to: 1540 });
  expect(windowAfterKey('ArrowRight', view, whole, null)).toEqual({ from: 1440, to: 1640 });
  expect(windowAfterKey('PageUp', view, whole, null)).toEqual({ from: 1220, to: 1420 });
  expect(windowAfterKey('Home', view, whole, null)).toEqual({ from: 1000, to: 1200 });
  expect(windowAfterKey('End', view, whole, null)).toEqual({ from: 1800, to: 2000 });
  expect(windowAfterKey('0', view, whole, null)).toEqual(whole);
  expect(windowAfterKey('a', view, whole, null)).toBeNull();
});

test('what is shown already does not move; else as little as it takes', () => {
  const view = { from: 1400, to: 1600 };
  expect(showing(view, whole, 1500)).toBe(view);
  expect(showing(view, whole, 1610)).toEqual({ from: 1410, to: 1610 });
  expect(showing(view, whole, 1390)).toEqual({ from: 1390, to: 1590 });
});

test('a wheel up shows less, down more, and one turn is never a leap', () => {
  expect(wheelFactor(-100, false)).toBeLessThan(1);
  expect(wheelFactor(100, false)).toBeGreaterThan(1);
  expect(wheelFactor(100_000, false)).toBeLessThan(2.1);
  expect(wheelFactor(-100, false) * wheelFactor(100, false)).toBeCloseTo(1);
});
