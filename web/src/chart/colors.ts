// The chart's colours, which theme.css names. A canvas knows no variables: they are read when it is made
// and when the theme changes.
import type { ColorName } from './series';

type FrameColor =
  | 'text'
  | 'axis'
  | 'grid'
  | 'surface'
  | 'limit'
  | 'zone_warning'
  | 'zone_critical'
  | 'warning'
  | 'critical'
  | 'info'
  | 'mark'
  | 'phase_model_load'
  | 'phase_caching'
  | 'phase_sampling'
  | 'phase_checkpoint_save'
  | 'phase_other';

export type ChartColors = Readonly<Record<ColorName | FrameColor, string>>;

const kVariables: ChartColors = {
  used: '--tm-series-used',
  container: '--tm-part-7',
  main: '--tm-series-main',
  workers: '--tm-series-workers',
  gpu: '--tm-series-gpu',
  swap: '--tm-series-swap',
  shm: '--tm-part-5',
  tenants: '--tm-faint',
  loss: '--tm-series-loss',
  step_time: '--tm-series-step-time',
  data_wait: '--tm-series-data-wait',
  gradient_norm: '--tm-series-gradient-norm',
  learning_rate: '--tm-series-learning-rate',
  text: '--tm-text',
  axis: '--tm-axis',
  grid: '--tm-grid',
  surface: '--tm-surface',
  limit: '--tm-limit',
  zone_warning: '--tm-zone-warning',
  zone_critical: '--tm-zone-critical',
  warning: '--tm-warning',
  critical: '--tm-critical',
  info: '--tm-accent',
  mark: '--tm-mark',
  phase_model_load: '--tm-part-1',
  phase_caching: '--tm-part-8',
  phase_sampling: '--tm-part-4',
  phase_checkpoint_save: '--tm-part-3',
  phase_other: '--tm-part-rest',
};

/** The variable of a series, for what is no canvas. */
export function cssColor(name: keyof ChartColors): string {
  return `var(${kVariables[name]})`;
}

/** `valueOf` a variable; "" where the page does not bring it, which then is `otherwise`. */
export function readColors(valueOf: (variable: string) => string, otherwise: string): ChartColors {
  const colors: Record<keyof ChartColors, string> = { ...kVariables };
  for (const name of colorNames) colors[name] = valueOf(kVariables[name]).trim() || otherwise;
  return colors;
}

const isColorName = (name: string): name is keyof ChartColors => Object.hasOwn(kVariables, name);
const colorNames = Object.keys(kVariables).filter(isColorName);

export function phaseColorName(phase: string): keyof ChartColors {
  if (phase.endsWith('_caching')) return 'phase_caching';
  const name = `phase_${phase}`;
  return isColorName(name) ? name : 'phase_other';
}
