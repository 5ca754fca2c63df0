import type { Plan, Recommendation, SettingChange } from '../api/types';

/** It is a setting of the config, so it can be applied. */
export function isApplicable(recommendation: Recommendation): boolean {
  return recommendation.changes.length > 0;
}

/** Ticked from the start: the plan; without one nothing. */
export function initialTicks(plan: Plan | null, recommendations: readonly Recommendation[]): ReadonlySet<string> {
  const applicable = new Set(recommendations.filter(isApplicable).map(({ id }) => id));
  return new Set((plan?.recommendations ?? []).filter((id) => applicable.has(id)));
}

export function toggled(ticks: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(ticks);
  if (!next.delete(id)) next.add(id);
  return next;
}

/** The ticked recommendations' settings in order; of two for one path the later one holds. */
export function changesOf(recommendations: readonly Recommendation[], ticks: ReadonlySet<string>): readonly SettingChange[] {
  const byPath = new Map<string, SettingChange>();
  for (const recommendation of recommendations)
    if (ticks.has(recommendation.id)) for (const change of recommendation.changes) byPath.set(change.config_path, change);
  return [...byPath.values()];
}

export interface PeakRange {
  readonly low: number;
  readonly likely: number;
  readonly high: number;
}

/** What is already known of the peak after what is ticked: the plan's own prediction, or a single one's.
 *  Null: it takes the model. */
export function knownPeak(
  plan: Plan | null,
  recommendations: readonly Recommendation[],
  ticks: ReadonlySet<string>,
): PeakRange | null {
  if (plan && plan.recommendations.length === ticks.size && plan.recommendations.every((id) => ticks.has(id)))
    return { low: plan.predicted_peak_low_gb, likely: plan.predicted_peak_gb, high: plan.predicted_peak_high_gb };
  if (ticks.size !== 1) return null;
  const only = recommendations.find(({ id }) => ticks.has(id));
  return only ? peakAfter(only) : null;
}

export function peakAfter(recommendation: Recommendation): PeakRange | null {
  const { predicted_peak_gb: likely, predicted_peak_low_gb: low, predicted_peak_high_gb: high } = recommendation;
  return likely === null ? null : { low: low ?? likely, likely, high: high ?? likely };
}
