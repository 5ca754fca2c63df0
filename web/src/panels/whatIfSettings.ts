// The settings that can be turned, as controls: what is one setting to a reader is one control, also where the
// config has it for each dataset. Pure.
import type { AdjustableSetting, ConfigValue } from '../api/types';

export type SettingValues = Readonly<Record<string, ConfigValue>>;

interface ControlBase {
  /** The setting's last words: "train.batch_size", "resolution". */
  readonly key: string;
  readonly label: string;
  /** All that it turns together. */
  readonly paths: readonly string[];
  readonly movesPeak: boolean;
}

export interface SliderControl extends ControlBase {
  readonly kind: 'slider';
  readonly value: number;
  /** Where it can stand, ascending; the run's own value among them. */
  readonly stops: readonly number[];
}

export interface SwitchControl extends ControlBase {
  readonly kind: 'switch';
  readonly value: boolean;
}

export interface ChoiceControl extends ControlBase {
  readonly kind: 'choice';
  readonly value: string;
  readonly choices: readonly string[];
}

export type Control = SliderControl | SwitchControl | ChoiceControl;

const kLabels: Readonly<Record<string, string>> = {
  'train.batch_size': 'Batch size',
  resolution: 'Resolution',
  num_workers: 'DataLoader workers',
  prefetch_factor: 'Batches ready per worker',
  num_frames: 'Frames',
  'network.linear': 'Network rank',
  'train.gradient_checkpointing': 'Gradient checkpointing',
  'train.ema_config.use_ema': 'Moving average (EMA)',
  'model.quantize': 'Quantize the base weights',
  'model.quantize_te': 'Quantize the text encoder',
  'train.cache_text_embeddings': 'Cache text embeddings',
  'train.unload_text_encoder': 'Unload the text encoder',
  'model.layer_offloading': 'Layer offloading',
  'train.single_item_batching': 'One item at a time',
  'train.disable_sampling': 'No sampling',
  cache_latents: 'Cache latents',
  cache_latents_to_disk: 'Cache latents on disk',
  'train.optimizer': 'Optimizer',
  'train.dtype': 'Training dtype',
  'model.qtype': 'Quantized to',
  'save.dtype': 'Saved as',
  'sample.width': 'Sample width',
  'sample.height': 'Sample height',
};

/** "config.process[0].datasets[1].resolution" is "resolution", as every dataset has one. */
export function keyOf(path: string): string {
  return path.replace(/^config\.process\[\d+\]\./, '').replace(/^datasets\[\d+\]\./, '');
}

function stepsTo(most: number, step: number, least: number): readonly number[] {
  const stops: number[] = [];
  for (let at = least; at <= most; at += step) stops.push(at);
  return stops;
}

function doublings(least: number, most: number): readonly number[] {
  const stops: number[] = [];
  for (let at = least; at <= most; at *= 2) stops.push(at);
  return stops;
}

const kPixelStep = 64;
const kStops: Readonly<Record<string, (now: number) => readonly number[]>> = {
  'train.batch_size': (now) => stepsTo(Math.max(8, now * 2), 1, 1),
  resolution: (now) => stepsTo(Math.max(1536, now * 1.5), kPixelStep, 256),
  num_workers: (now) => stepsTo(Math.max(8, now * 2), 1, 0),
  prefetch_factor: (now) => stepsTo(Math.max(8, now), 1, 1),
  num_frames: (now) => stepsTo(Math.max(now * 2, 16), 8, 1),
  'network.linear': (now) => doublings(4, Math.max(256, now * 2)),
  'sample.width': (now) => stepsTo(Math.max(1536, now), kPixelStep, 256),
  'sample.height': (now) => stepsTo(Math.max(1536, now), kPixelStep, 256),
};
/** A setting of thousands of stops is no slider. */
const kMostStops = 400;

function stopsOf(key: string, now: number): readonly number[] {
  const known = kStops[key] ?? ((value: number) => doublings(1, Math.max(64, value * 2)));
  const stops = now > kMostStops * kPixelStep ? [now] : known(now).slice(0, kMostStops);
  return [...new Set([...stops, now])].sort((a, b) => a - b);
}

function labelOf(key: string): string {
  const words = kLabels[key] ?? (key.split('.').pop() ?? key).replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function controlOf(key: string, settings: readonly AdjustableSetting[]): Control | null {
  const [first] = settings;
  if (first === undefined) return null;
  const base = {
    key,
    label: labelOf(key),
    paths: settings.map((one) => one.config_path),
    movesPeak: settings.some((one) => one.moves_peak),
  };
  const { value, choices } = first;
  if (typeof value === 'boolean') return { ...base, kind: 'switch', value };
  if (typeof value === 'string')
    return choices.length > 1 ? { ...base, kind: 'choice', value, choices } : null;
  if (typeof value !== 'number' || value < 0) return null;
  // Of several datasets the largest decides.
  const largest = Math.max(...settings.map((one) => (typeof one.value === 'number' ? one.value : 0)));
  return { ...base, kind: 'slider', value: largest, stops: stopsOf(key, largest) };
}

/** In the order of the answer. */
export function controlsOf(adjustable: readonly AdjustableSetting[]): readonly Control[] {
  const byKey = new Map<string, AdjustableSetting[]>();
  for (const setting of adjustable) {
    const key = keyOf(setting.config_path);
    byKey.set(key, [...(byKey.get(key) ?? []), setting]);
  }
  return [...byKey].map(([key, settings]) => controlOf(key, settings)).filter((one) => one !== null);
}

/** `values` with this control turned; what the run had is no change. */
export function turned(values: SettingValues, control: Control, value: ConfigValue): SettingValues {
  const kept = Object.entries(values).filter(([path]) => !control.paths.includes(path));
  const added = value === control.value ? [] : control.paths.map((path) => [path, value] as const);
  return Object.fromEntries([...kept, ...added]);
}

/** Where a control stands. */
export function valueOf(values: SettingValues, control: Control): ConfigValue {
  const [path] = control.paths;
  const value = path === undefined ? undefined : values[path];
  return value === undefined ? control.value : value;
}
