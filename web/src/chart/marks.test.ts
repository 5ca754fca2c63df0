import { expect, test } from 'vitest';

import { logMarks, type Mark, marksNear, marksOf, placeMarks, type Tone } from './marks';
import { phaseAt, phaseLabel, phasesOf } from './phases';

const event = (timestamp: number, type: string, details: unknown = null) => ({ timestamp, type, details });

test('a phase is what lies between its start and its end', () => {
  const phases = phasesOf([
    event(10, 'model_load_start'),
    event(40, 'model_load_end'),
    event(0, 'training_start'),
    event(50, 'sampling_start'),
    event(52, 'checkpoint_save_start'),
    event(55, 'checkpoint_save_end'),
    event(60, 'sampling_end'),
    event(70, 'worker_start'),
  ]);
  expect(phases).toEqual([
    { name: 'model_load', from: 10, to: 40 },
    { name: 'sampling', from: 50, to: 60 },
    { name: 'checkpoint_save', from: 52, to: 55 },
  ]);
});

test('a phase that the end cut off is open, an end without a start is none', () => {
  expect(phasesOf([event(5, 'sampling_end'), event(9, 'sampling_start')])).toEqual([
    { name: 'sampling', from: 9, to: null },
  ]);
});

test('of phases within each other the innermost holds', () => {
  const phases = phasesOf([
    event(0, 'train_start'),
    event(5, 'sampling_start'),
    event(8, 'sampling_end'),
    event(20, 'train_end'),
  ]);
  expect(phaseAt(phases, 6)?.name).toBe('sampling');
  expect(phaseAt(phases, 9)?.name).toBe('train');
  expect(phaseAt(phases, 25)).toBeNull();
});

test('a phase of the trainer that is not known here keeps its name', () => {
  expect(phaseLabel('vae_encode')).toBe('vae encode');
});

test('events say what happened', () => {
  const marks = marksOf(
    [
      event(1, 'batch_size_change', { old: 4, new: 2 }),
      event(2, 'memory_warning', { fraction: 0.90625, pool: 'cgroup' }),
      event(3, 'oom_kill', { kills: 1, limit_gb: 8 }),
      event(4, 'process_exit', { signal: 'SIGKILL' }),
      event(5, 'sampling_start'),
    ],
    new Set(['sampling']),
  );
  expect(marks.map(({ at, tone, label }) => [at, tone, label])).toEqual([
    [1, 'info', 'batch 4 → 2'],
    [2, 'warning', '91%'],
    [3, 'critical', 'OOM kill'],
    [4, 'critical', 'SIGKILL'],
  ]);
  expect(marks[2]?.detail).toContain('8.0 GB');
});

test('an end in order is no alarm', () => {
  const [mark] = marksOf([event(4, 'process_exit', { code: 0 })], new Set());
  expect(mark).toMatchObject({ tone: 'info', label: 'end' });
});

test('an event whose details are of another shape, or whose name is not known, is still a mark', () => {
  const marks = marksOf(
    [event(1, 'batch_size_change', ['x']), event(2, 'constructor'), event(3, 'my_event', 'text')],
    new Set(),
  );
  expect(marks.map((mark) => mark.label)).toEqual(['batch size', 'constructor', 'my event']);
});

test('log errors without a time have no place in the chart', () => {
  const error = { level: 'ERROR' as const, message: 'CUDA error', count: 3 };
  const marks = logMarks([
    { ...error, timestamp: null },
    { ...error, timestamp: 7 },
  ]);
  expect(marks).toEqual([{ at: 7, tone: 'warning', label: 'log error', detail: 'CUDA error (3 times)' }]);
});

const mark = (at: number, label: string, tone: Tone = 'info'): Mark => ({ at, label, tone, detail: '' });
const place = (marks: readonly Mark[], width = 400) =>
  placeMarks(
    marks,
    (at) => at,
    width,
    (words) => words.length * 6,
    9,
    0,
  );

test('marks at one pixel are one, said by the loudest', () => {
  const [one, ...others] = place([
    mark(100, '96%', 'critical'),
    mark(101, 'OOM kill', 'critical'),
    mark(102, 'SIGKILL', 'critical'),
    mark(103, 'end', 'quiet'),
  ]);
  expect(others).toEqual([]);
  expect(one?.label).toBe('OOM kill, SIGKILL +1');
  expect(one?.marks).toHaveLength(4);
});

test('words stand where no others do: the loudest has them, others only with room', () => {
  const placed = place([
    mark(150, 'a rather long one'),
    mark(180, 'OOM kill', 'critical'),
    mark(300, 'far away'),
  ]);
  expect(placed.map((one) => one.side)).toEqual(['left', 'right', 'right']);
  const tight = place([mark(10, 'a rather long one'), mark(40, 'OOM kill', 'critical')]);
  expect(tight.map((one) => one.side)).toEqual([null, 'right']);
});

test('at the right edge words stand to the left', () => {
  expect(place([mark(395, 'OOM kill', 'critical')])[0]?.side).toBe('left');
});

test('marks outside of what is shown are not placed, quiet ones have no words', () => {
  expect(place([mark(-20, 'before'), mark(900, 'after')])).toEqual([]);
  expect(place([mark(50, 'worker started', 'quiet')])[0]?.side).toBeNull();
});

test('a moment tells what happened about then, the loudest first', () => {
  const marks = [
    mark(10, 'early'),
    mark(48, 'batch 4 → 2'),
    mark(52, 'OOM kill', 'critical'),
    mark(53, 'worker ended', 'quiet'),
  ];
  expect(marksNear(marks, 50, 5, 2).map((one) => one.label)).toEqual(['OOM kill', 'batch 4 → 2']);
});
