// What happened once and is worth a mark in the chart: each with its words and how loud it is. Pure.
import type { LogError } from '../api/types';
import type { RunEvent } from './phases';

/** Loudest first. `quiet` ones are a tick without words. */
export type Tone = 'critical' | 'warning' | 'info' | 'quiet';

export interface Mark {
  readonly at: number;
  readonly tone: Tone;
  /** Two or three words, for the chart. */
  readonly label: string;
  /** A sentence's worth, for the reader who points at it; may be empty. */
  readonly detail: string;
}

type Details = Readonly<Record<string, unknown>>;

function detailsOf(event: RunEvent): Details {
  const { details } = event;
  return typeof details === 'object' && details !== null && !Array.isArray(details) ? { ...details } : {};
}

function text(value: unknown): string | null {
  if (typeof value === 'string' && value !== '') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return null;
}

function joined(parts: readonly (string | null)[]): string {
  return parts.filter((part) => part !== null).join(', ');
}

function percent(value: unknown): string | null {
  return typeof value === 'number' ? `${Math.round(value * 100)}%` : null;
}

function gigabytes(value: unknown): string | null {
  return typeof value === 'number' ? `${value.toFixed(1)} GB` : null;
}

type Words = Omit<Mark, 'at'>;

function endWords(details: Details): Words {
  const signal = text(details['signal']);
  const code = text(details['code']);
  if (signal !== null)
    return {
      tone: signal === 'SIGINT' ? 'info' : 'critical',
      label: signal,
      detail: 'the trainer ended by this signal',
    };
  const failed = code !== null && code !== '0';
  return {
    tone: failed ? 'critical' : 'info',
    label: failed ? `exit ${code}` : 'end',
    detail: code === null ? 'the trainer ended' : `the trainer exited with code ${code}`,
  };
}

function batchWords(details: Details): Words {
  const old = text(details['old']);
  const now = text(details['new']);
  const label = old !== null && now !== null ? `batch ${old} → ${now}` : 'batch size';
  return { tone: 'info', label, detail: 'the batch size changed' };
}

function memoryWords(details: Details, tone: Tone): Words {
  const share = percent(details['fraction']);
  return {
    tone,
    label: share ?? (tone === 'critical' ? 'critical' : 'warning'),
    detail: joined([
      tone === 'critical' ? 'memory over the critical threshold' : 'memory over the warning threshold',
      share,
      text(details['pool']),
    ]),
  };
}

const kWords: Readonly<Record<string, (details: Details) => Words>> = {
  training_start: () => ({ tone: 'quiet', label: 'start', detail: 'training started' }),
  training_end: () => ({ tone: 'quiet', label: 'end', detail: 'training ended' }),
  process_exit: endWords,
  oom_kill: (details) => {
    const limit = gigabytes(details['limit_gb']);
    const detail = joined(['the kernel killed a process', limit === null ? null : `limit ${limit}`]);
    return { tone: 'critical', label: 'OOM kill', detail };
  },
  oom_error: (details) => ({
    tone: 'critical',
    label: 'out of memory',
    detail: joined([text(details['exception']), text(details['message'])]),
  }),
  exception: (details) => ({
    tone: 'critical',
    label: text(details['exception']) ?? 'exception',
    detail: text(details['message']) ?? '',
  }),
  batch_size_change: batchWords,
  memory_warning: (details) => memoryWords(details, 'warning'),
  memory_critical: (details) => memoryWords(details, 'critical'),
  clock_step: () => ({ tone: 'warning', label: 'clock stepped', detail: 'the wall clock was set' }),
  worker_start: (details) => workerWords('worker started', details),
  worker_exit: (details) => workerWords('worker ended', details),
  parameters: () => ({ tone: 'quiet', label: 'parameters', detail: 'parameter counts told' }),
};

function workerWords(label: string, details: Details): Words {
  const pid = text(details['pid']);
  return { tone: 'quiet', label, detail: joined([text(details['name']), pid && `pid ${pid}`]) };
}

function wordsOf(event: RunEvent): Words {
  const known = Object.hasOwn(kWords, event.type) ? kWords[event.type] : undefined;
  if (known !== undefined) return known(detailsOf(event));
  return { tone: 'info', label: event.type.replaceAll('_', ' '), detail: '' };
}

/** Of events that begin or end no phase. By time. */
export function marksOf(events: readonly RunEvent[], phaseNames: ReadonlySet<string>): readonly Mark[] {
  return events
    .filter((event) => !phaseNames.has(event.type.replace(/_(start|end)$/, '')))
    .map((event) => ({ at: event.timestamp, ...wordsOf(event) }))
    .sort((a, b) => a.at - b.at);
}

/** Of what the log said went wrong, where it has a time. */
export function logMarks(
  errors: readonly Pick<LogError, 'timestamp' | 'level' | 'message' | 'count'>[],
): readonly Mark[] {
  const marks: Mark[] = [];
  for (const error of errors) {
    if (error.timestamp === null) continue;
    const isWarning = error.level === 'WARNING';
    const times = error.count > 1 ? ` (${error.count} times)` : '';
    marks.push({
      at: error.timestamp,
      tone: isWarning ? 'quiet' : error.level === 'CRITICAL' ? 'critical' : 'warning',
      label: isWarning ? 'log warning' : 'log error',
      detail: error.message + times,
    });
  }
  return marks;
}

const kToneWeight: Readonly<Record<Tone, number>> = { critical: 30, warning: 20, info: 10, quiet: 0 };
/** Of one tone, what explains comes before what follows from it. */
const kWordsWeight: readonly (readonly [RegExp, number])[] = [
  [/^(OOM kill|out of memory)$/, 3],
  [/^batch /, 2],
  [/^(SIG|exit )/, 1],
];

function weightOf(mark: Mark): number {
  return kToneWeight[mark.tone] + (kWordsWeight.find(([words]) => words.test(mark.label))?.[1] ?? 0);
}

function byWeight(a: Mark, b: Mark): number {
  return weightOf(b) - weightOf(a) || a.at - b.at;
}

/** Marks that stand at one pixel. */
export interface PlacedMark {
  /** The loudest first. */
  readonly marks: readonly Mark[];
  readonly tone: Tone;
  readonly x: number;
  readonly label: string;
  /** On which side its words have room. */
  readonly side: 'left' | 'right' | null;
}

interface Merged {
  readonly marks: Mark[];
  readonly x: number;
}

interface Stretch {
  readonly from: number;
  readonly to: number;
}

/**
 * Marks at their pixels, those that would cover each other merged into the loudest, words given to the
 * loudest first as long as none covers another. `xOf`, `width`, `textWidth`, `glyph` (a mark's own width) and
 * `overhang` (how far words may reach beyond the plot) are in the same pixels; `marks` are by time.
 */
export function placeMarks(
  marks: readonly Mark[],
  xOf: (at: number) => number,
  width: number,
  textWidth: (label: string) => number,
  glyph: number,
  overhang: number,
): readonly PlacedMark[] {
  const merged = mergeMarks(marks, xOf, width, glyph);
  const taken: Stretch[] = merged.map(({ x }) => ({ from: x - glyph / 2, to: x + glyph / 2 }));
  const isFree = (wanted: Stretch) =>
    wanted.from >= 0 &&
    wanted.to <= width + overhang &&
    taken.every((one) => one.to <= wanted.from || one.from >= wanted.to);
  const placed = merged.map((one): PlacedMark => {
    const sorted = [...one.marks].sort(byWeight);
    return {
      marks: sorted,
      tone: sorted[0]?.tone ?? 'quiet',
      x: one.x,
      label: markLabel(sorted),
      side: null,
    };
  });
  const order = placed
    .map((one, index) => ({ index, weight: one.marks[0] === undefined ? 0 : weightOf(one.marks[0]) }))
    .filter((one) => one.weight > 0)
    .sort((a, b) => b.weight - a.weight || a.index - b.index);
  for (const { index } of order) {
    const one = placed[index];
    if (one === undefined) continue;
    const wide = textWidth(one.label) + glyph * 0.8;
    const right = { from: one.x + glyph / 2, to: one.x + glyph / 2 + wide };
    const left = { from: one.x - glyph / 2 - wide, to: one.x - glyph / 2 };
    const side = isFree(right) ? 'right' : isFree(left) ? 'left' : null;
    if (side === null) continue;
    placed[index] = { ...one, side };
    taken.push(side === 'right' ? right : left);
  }
  return placed;
}

function mergeMarks(
  marks: readonly Mark[],
  xOf: (at: number) => number,
  width: number,
  glyph: number,
): readonly Merged[] {
  const merged: Merged[] = [];
  for (const mark of marks) {
    const x = xOf(mark.at);
    if (x < -0.5 || x > width + 0.5) continue;
    const last = merged[merged.length - 1];
    if (last === undefined || x - last.x >= glyph) merged.push({ marks: [mark], x });
    else last.marks.push(mark);
  }
  return merged;
}

/** The two loudest by their words, and how many more there are; `sorted` by weight. */
function markLabel(sorted: readonly Mark[]): string {
  const loud = sorted.filter((mark) => mark.tone !== 'quiet');
  const words = [...new Set(loud.map((mark) => mark.label))];
  const more = loud.length - Math.min(words.length, 2);
  return words.slice(0, 2).join(', ') + (more > 0 ? ` +${more}` : '');
}

/** What to tell of a moment: the marks within `seconds` of it, loudest first. */
export function marksNear(
  marks: readonly Mark[],
  at: number,
  seconds: number,
  most: number,
): readonly Mark[] {
  return marks
    .filter((mark) => Math.abs(mark.at - at) <= seconds)
    .sort(byWeight)
    .slice(0, most);
}
