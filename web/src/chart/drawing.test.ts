import { expect, test, vi } from 'vitest';

import type { Brush, ChartView } from './chartView';
import { readColors, phaseColorName } from './colors';
import { endValue, spreadLabels } from './directLabels';
import { drawGaps, drawLimit, drawMarks, drawPhases, drawZones } from './drawMarks';
import { faded, timelineOptions, valueLabel, valueRange } from './timelineOptions';

const view: ChartView = {
  window: { from: 0, to: 100 },
  startedAt: 0,
  timeMode: 'elapsed',
  hidden: new Set(['swap']),
  limit: { column: 'used', name: 'machine memory', gb: 100, warningGb: 85, criticalGb: 95 },
  phases: [
    { name: 'train', from: 0, to: null },
    { name: 'sampling', from: 40, to: 90 },
  ],
  marks: [{ at: 50, tone: 'critical', label: 'OOM kill', detail: '' }],
  gaps: [{ from: 10, to: 30 }],
  peak: null,
  pin: null,
  top: 100,
};

/** A canvas of 1000 x 200 from 0 to 100 s and 0 to 200 GB, whose texts and rectangles are written down. */
function brushOf(changes: Partial<ChartView> = {}) {
  const texts: string[] = [];
  const boxes: number[][] = [];
  const ctx = new Proxy(
    {
      measureText: (text: string) => ({ width: text.length * 6 }),
      fillText: (text: string) => texts.push(text),
      fillRect: (...box: number[]) => boxes.push(box),
    },
    {
      get: (known, name) => (name in known ? Reflect.get(known, name) : vi.fn()) as unknown,
      set: () => true,
    },
  ) as unknown as CanvasRenderingContext2D;
  const at = {
    left: 0,
    top: 0,
    width: 1000,
    height: 200,
    ratio: 1,
    xOf: (time: number) => time * 10,
    yOf: (gb: number) => 200 - gb,
  };
  const brush: Brush = {
    ctx,
    at,
    view: { ...view, ...changes },
    colors: readColors(() => '#123456', '#000'),
  };
  return { brush, texts, boxes };
}

test('the zones lie between their thresholds and the limit', () => {
  const { brush, boxes } = brushOf();
  drawZones(brush);
  expect(boxes).toEqual([
    [0, 105, 1000, 10],
    [0, 100, 1000, 5],
  ]);
});

test('a limit says its size and whose it is, also when it is above what is shown', () => {
  const shown = brushOf();
  drawLimit(shown.brush);
  expect(shown.texts).toEqual(['limit 100.0 GB, machine memory']);
  const above = brushOf({
    limit: { column: 'used', name: 'machine memory', gb: 400, warningGb: 340, criticalGb: 380 },
  });
  drawLimit(above.brush);
  drawZones(above.brush);
  expect(above.texts).toEqual(['↑ limit 400.0 GB, machine memory']);
  expect(above.boxes).toEqual([]);
});

test('a name that says that it is a limit is not told twice', () => {
  const { brush, texts } = brushOf({
    limit: { column: 'container', name: 'container limit', gb: 100, warningGb: 85, criticalGb: 95 },
  });
  drawLimit(brush);
  expect(texts).toEqual(['container limit 100.0 GB']);
});

test('without a limit nothing of it is drawn', () => {
  const { brush, texts, boxes } = brushOf({ limit: null });
  drawLimit(brush);
  drawZones(brush);
  expect([...texts, ...boxes]).toEqual([]);
});

test('phases are drawn where they were, training itself is not', () => {
  const { brush, texts, boxes } = brushOf();
  drawPhases(brush, true);
  expect(texts).toEqual(['sampling']);
  expect(boxes.map(([left, , width]) => [left, width])).toEqual([
    [400, 500],
    [400, 500],
  ]);
});

test('marks have their words, gaps theirs', () => {
  const { brush, texts } = brushOf();
  drawMarks(brush, 0);
  drawGaps(brush);
  expect(texts).toEqual(['OOM kill', 'no samples']);
});

test('words at the ends of lines do not cover each other and stay inside', () => {
  const end = (label: string, y: number) => ({ label, color: '', y });
  const spread = spreadLabels([end('c', 99), end('a', 96), end('b', 97)], 14, 100);
  expect(spread.map((one) => [one.label, one.y])).toEqual([
    ['a', 72],
    ['b', 86],
    ['c', 100],
  ]);
  expect(spreadLabels([end('a', 10), end('b', 60)], 14, 100).map((one) => one.y)).toEqual([10, 60]);
});

test('a line ends where it mostly was at last, not in the fall of a crash', () => {
  const times = Array.from({ length: 101 }, (_, i) => i);
  const values = times.map((i) => (i === 100 ? 0 : 50));
  expect(endValue(times, values, 0, 100)).toBe(50);
  expect(
    endValue(
      times,
      values.map(() => null),
      0,
      100,
    ),
  ).toBeNull();
  expect(endValue([0, 10], [7, null], 0, 100)).toBe(7);
});

test('memory and seconds begin at zero, a number fits', () => {
  expect(valueRange('memory', 90, 100, null)[0]).toBe(0);
  expect(valueRange('memory', 90, 100, 200)[1]).toBeGreaterThan(200);
  expect(valueRange('seconds', 3, 4, null)[0]).toBe(0);
  expect(valueRange('number', 10, 11, null)[0]).toBeGreaterThan(9);
  expect(valueRange('number', 0.01, 1, null)[0]).toBe(0);
  expect(valueRange('number', null, null, null)).toEqual([0, 1]);
  const [low, high] = valueRange('number', 5, 5, null);
  expect(low).toBeLessThan(5);
  expect(high).toBeGreaterThan(5);
});

test('labels of values are short', () => {
  expect(valueLabel('seconds', 0.25)).toBe('0.25 s');
  expect(valueLabel('number', 0.30000000000000004)).toBe('0.3');
});

test('a colour is thinned when it is written in full, else left out', () => {
  expect(faded('#102030', 0.5)).toBe('rgba(16, 32, 48, 0.5)');
  expect(faded('tomato', 0.5)).toBe('transparent');
});

test('a colour that the page does not bring is the text colour', () => {
  const colors = readColors((variable) => (variable === '--tm-limit' ? ' #abcdef' : ''), '#222');
  expect(colors.limit).toBe('#abcdef');
  expect(colors.used).toBe('#222');
  expect(phaseColorName('latent_caching')).toBe('phase_caching');
  expect(phaseColorName('something')).toBe('phase_other');
});

test('a chart has its lines in order, those that are switched off not shown', () => {
  const line = (column: string, strong: boolean) => ({
    column,
    label: column,
    color: 'used' as const,
    strong,
    dash: [],
  });
  const options = timelineOptions(
    {
      series: [line('used', true), line('swap', false)],
      unit: 'memory',
      hasTimeLabels: true,
      hasMarks: true,
      hasPhases: false,
      syncKey: 'k',
    },
    { width: 800, height: 300 },
    {
      view: () => view,
      colors: () => readColors(() => '#123456', ''),
      onSelect: vi.fn(),
      onReset: vi.fn(),
      onCursor: vi.fn(),
      onDrawBelow: vi.fn(),
      onDrawAbove: vi.fn(),
    },
  );
  expect(options.series.slice(1).map((series) => [series.label, series.show])).toEqual([
    ['used', true],
    ['swap', false],
  ]);
  expect(options.series[1]?.fill).toBeDefined();
  expect(options.series[2]?.fill).toBeUndefined();
  expect(options.cursor?.drag?.setScale).toBe(false);
});
