// What a chart says of one moment, in words. Pure.
import { formatCount } from '../lib/format';
import { type Mark, marksNear } from './marks';
import { type Phase, phaseAt, phaseLabel } from './phases';
import type { SeriesSpec } from './series';
import type { StepAt } from './stepAt';
import { momentLabels } from './timeAxis';
import { gapSeconds } from './gaps';
import { type TimeTable, valueNear } from './timeTable';

export interface ReadValue {
  readonly series: SeriesSpec;
  /** Null: nothing was measured near that moment. */
  readonly value: number | null;
}

export interface Readout {
  readonly elapsed: string;
  readonly clock: string;
  readonly step: string | null;
  readonly phase: string | null;
  readonly values: readonly ReadValue[];
  readonly marks: readonly Mark[];
}

const kMostMarks = 4;

/** The series' values nearest to `time`, no further away than a gap. */
export function valuesAt(
  table: TimeTable,
  series: readonly SeriesSpec[],
  time: number,
  reach: number = gapSeconds(table.times),
): readonly ReadValue[] {
  return series.map((one) => ({ series: one, value: valueNear(table, one.column, time, reach) }));
}

export function stepWords(step: StepAt | null, totalSteps: number | null): string | null {
  if (step === null) return null;
  const total = totalSteps === null ? '' : ` of ${formatCount(totalSteps)}`;
  return `step ${step.about ? '≈ ' : ''}${formatCount(step.step)}${total}`;
}

/** `nearSeconds`: marks no further away are told too. */
export function readoutAt(
  time: number,
  startedAt: number,
  known: {
    readonly values: readonly ReadValue[];
    readonly step: string | null;
    readonly phases: readonly Phase[];
    readonly marks: readonly Mark[];
    readonly nearSeconds: number;
  },
): Readout {
  const phase = phaseAt(known.phases, time);
  return {
    ...momentLabels(time, startedAt),
    step: known.step,
    phase: phase === null ? null : phaseLabel(phase.name),
    values: known.values,
    marks: marksNear(known.marks, time, known.nearSeconds, kMostMarks),
  };
}

/** One sentence for who listens. */
export function spokenReadout(readout: Readout, format: (value: number) => string): string {
  const values = readout.values
    .filter((one) => one.value !== null)
    .map((one) => `${one.series.label} ${format(one.value ?? 0)}`);
  return [
    `${readout.elapsed} after the start`,
    readout.step,
    readout.phase,
    ...values,
    ...readout.marks.map((mark) => mark.label),
  ]
    .filter((part) => part !== null)
    .join(', ');
}
