// Which step the trainer was at. Pure.
import { type TimeTable, lowerBound } from './timeTable';

export interface StepAt {
  readonly step: number;
  /** Steps between the rows that are known were thinned away: it is reckoned by time. */
  readonly about: boolean;
}

/** The last step that was done at a moment; null: before the first, or nothing known. */
export function stepAt(steps: TimeTable, at: number): StepAt | null {
  const numbers = steps.columns['step'] ?? [];
  let after = lowerBound(steps.times, at);
  if (steps.times[after] === at) after += 1;
  const before = numbers[after - 1];
  if (before === null || before === undefined) return null;
  const next = numbers[after];
  if (next === null || next === undefined || next - before <= 1) return { step: before, about: false };
  const from = steps.times[after - 1] ?? at;
  const to = steps.times[after] ?? at;
  const share = to > from ? (at - from) / (to - from) : 0;
  return { step: Math.floor(before + share * (next - before)), about: true };
}
