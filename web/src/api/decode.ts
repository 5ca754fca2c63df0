// The server's answers: unknown -> the types of types.ts.
import {
  array,
  boolean,
  DecodeError,
  type Decoder,
  integer,
  nullable,
  number,
  object,
  oneOf,
  optional,
  record,
  string,
} from './decoder';
import type * as T from './types';

const severity = oneOf('critical', 'warning', 'info');
const health = oneOf('good', 'warning', 'critical');
const basis = oneOf('measured', 'computed', 'estimated');
const poolKind = oneOf('host', 'unified', 'gpu', 'cgroup', 'process', 'shm');
const runStatus = oneOf('running', 'completed', 'failed', 'stopped', 'unknown');

// Deeper values are shown as what they are made of; the server's own bound is 32.
const kDeepest = 64;
function configValueAt(depth: number): Decoder<T.ConfigValue> {
  return (value, path) => {
    if (value === undefined || value === null) return null;
    if (typeof value === 'string' || typeof value === 'boolean') return value;
    if (typeof value === 'number') return value;
    if (depth >= kDeepest) throw new DecodeError(path, 'a value of less depth', value);
    return Array.isArray(value)
      ? array(configValueAt(depth + 1))(value, path)
      : record(configValueAt(depth + 1))(value, path);
  };
}
const configValue = configValueAt(0);

const exit: Decoder<T.Exit> = object<T.Exit>({
  kind: oneOf('none', 'completed', 'error', 'oom_exception', 'oom_killed', 'signal', 'stopped', 'unknown'),
  code: nullable(integer),
  signal: nullable(string),
  evidence: optional(array(string), []),
});

const job = object<T.Job>({
  id: string,
  name: string,
  run: integer,
  status: runStatus,
  started_at: nullable(number),
  ended_at: nullable(number),
  host: nullable(string),
  exit,
  monitor: nullable(object<T.MonitorCost>({ cpu_seconds: nullable(number), pss_gb: nullable(number) })),
});

const pool = object<T.Pool>({
  kind: poolKind,
  index: nullable(integer),
  name: optional(string, ''),
  limit_gb: number,
  peak_gb: number,
  device_name: nullable(string),
});

// A server from before they were told has the defaults (docs/configuration.md).
const thresholds = {
  memory_warning_threshold: optional(number, 0.85),
  memory_critical_threshold: optional(number, 0.95),
};

const summary = object<T.Summary>({
  ...thresholds,
  health_score: health,
  verdict: optional(string, ''),
  peak_memory_gb: nullable(number),
  total_memory_gb: nullable(number),
  peak_fraction: nullable(number),
  peak_at: nullable(number),
  peak_bound_gb: nullable(number),
  training_completed: boolean,
  steps_completed: integer,
  total_steps: nullable(integer),
  duration_minutes: number,
  error_count: integer,
  oom_count: optional(integer, 0),
  steps_per_second: nullable(number),
  dropped_records: optional(integer, 0),
  drops: optional(record(integer), {}),
  limiting_pool: nullable(pool),
  pools: optional(array(pool), []),
  primary_cause: nullable(string),
});

const component = object<T.Component>({ component: string, gb: number, basis, detail: optional(string, '') });

const ledger = object<T.Ledger>({
  kind: poolKind,
  timestamp: nullable(number),
  used_gb: number,
  limit_gb: nullable(number),
  parts_gb: record(number),
});

// The schema promises an object, not its fields.
const evidence = object<T.Evidence>({
  text: optional(string, ''),
  source: nullable(string),
  value: nullable(number),
  unit: nullable(string),
  at: nullable(number),
});

const finding = object<T.Finding>({
  id: string,
  severity,
  title: string,
  explanation: string,
  confidence: number,
  evidence: array(evidence),
});

const settingChange = object<T.SettingChange>({ config_path: string, value: configValue });

const recommendation = object<T.Recommendation>({
  id: string,
  severity,
  priority: integer,
  title: string,
  action: string,
  impact: string,
  config_path: nullable(string),
  current_value: configValue,
  recommended_value: configValue,
  saves_gb: nullable(object<T.Saving>({ low: number, likely: number, high: number, basis })),
  predicted_peak_gb: nullable(number),
  predicted_peak_low_gb: nullable(number),
  predicted_peak_high_gb: nullable(number),
  cost: optional(string, ''),
  finding: nullable(string),
  evidence: optional(array(evidence), []),
  changes: optional(array(settingChange), []),
});

const plan = object<T.Plan>({
  recommendations: array(string),
  predicted_peak_gb: number,
  predicted_peak_low_gb: number,
  predicted_peak_high_gb: number,
  target_gb: number,
  fits: boolean,
  cost: optional(string, ''),
  changes: optional(array(settingChange), []),
});

const predictionCheck = object<T.PredictionCheck>({
  predicted_peak_gb: nullable(number),
  actual_peak_gb: nullable(number),
  error_fraction: nullable(number),
});

const logError = object<T.LogError>({
  timestamp: nullable(number),
  level: oneOf('CRITICAL', 'ERROR', 'WARNING'),
  category: nullable(string),
  message: string,
  line: nullable(integer),
  count: optional(integer, 1),
  step: nullable(integer),
  exception: nullable(string),
  traceback: nullable(string),
  memory_at_time_gb: nullable(number),
  requested_gb: nullable(number),
  device_total_gb: nullable(number),
  device_free_gb: nullable(number),
  decides: optional(boolean, false),
});

export const decodeEvent: Decoder<T.TrainingEvent> = object<T.TrainingEvent>({
  timestamp: number,
  type: string,
  details: configValue,
  used_memory_gb: nullable(number),
});

export const decodeSample: Decoder<T.SamplePoint> = object<T.SamplePoint>({
  timestamp: number,
  used_memory_gb: nullable(number),
  total_memory_gb: nullable(number),
  available_memory_gb: nullable(number),
  swap_used_gb: nullable(number),
  main_process_memory_gb: nullable(number),
  worker_memory_gb: nullable(number),
  worker_count: nullable(integer),
  gpu_memory_used_gb: nullable(number),
  gpu_utilization_percent: nullable(number),
  cpu_utilization_percent: nullable(number),
  cgroup_working_set_gb: nullable(number),
  cgroup_limit_gb: nullable(number),
});

export const decodeAnalysis: Decoder<T.Analysis> = object<T.Analysis>({
  job,
  summary,
  breakdown: array(component),
  ledger: nullable(ledger),
  findings: array(finding),
  recommendations: array(recommendation),
  not_recommended: optional(array(object<T.LeftOut>({ id: string, why: string })), []),
  plan: nullable(plan),
  prediction_check: nullable(predictionCheck),
  log_errors: array(logError),
  events: array(decodeEvent),
  metrics_timeline: array(decodeSample),
});

const listedRun = {
  run: integer,
  status: runStatus,
  started_at: nullable(number),
  ended_at: nullable(number),
};

export const decodeRuns: Decoder<readonly T.ListedRun[]> = array(object<T.ListedRun>(listedRun));

export const decodeJobs: Decoder<readonly T.ListedJob[]> = array(
  object<T.ListedJob>({
    ...listedRun,
    ...thresholds,
    id: string,
    name: string,
    runs: integer,
    steps_completed: nullable(integer),
    peak_memory_gb: nullable(number),
    health_score: nullable(health),
    total_memory_gb: nullable(number),
    verdict: nullable(string),
  }),
);

/** Columns of one length: a chart draws nothing that is skewed. */
export const decodeSeries: Decoder<T.Series> = (value, path) => {
  const series = object<T.Series>({ columns: record(array(nullable(number))) })(value, path);
  const lengths = Object.entries(series.columns);
  const [first] = lengths;
  for (const [name, column] of lengths)
    if (first !== undefined && column.length !== first[1].length)
      throw new DecodeError(`columns.${name}`, `${first[1].length} values as in ${first[0]}`, column.length);
  return series;
};

const adjustableSetting = object<T.AdjustableSetting>({
  config_path: string,
  value: configValue,
  moves_peak: optional(boolean, true),
  choices: optional(array(string), []),
});

export const decodeWhatif: Decoder<T.WhatifAnswer> = object<T.WhatifAnswer>({
  settings: optional(
    array(object<T.WhatifSetting>({ config_path: string, current_value: configValue, value: configValue })),
    [],
  ),
  pool: optional(string, ''),
  limit_gb: number,
  current_peak_gb: number,
  predicted_peak_gb: number,
  predicted_peak_low_gb: number,
  predicted_peak_high_gb: number,
  target_gb: number,
  fits: boolean,
  breakdown: optional(array(object<T.WhatifComponent>({ component: string, gb: number })), []),
  not_known: optional(array(string), []),
  adjustable: optional(array(adjustableSetting), []),
});

export const decodeConfigAnswer: Decoder<T.ConfigAnswer> = object<T.ConfigAnswer>({
  name: string,
  language: oneOf('yaml', 'json'),
  config: string,
  difference: string,
  settings: array(settingChange),
  warning: nullable(string),
  prediction: nullable(decodeWhatif),
});

const comparedRun = object<T.ComparedRun>({
  ...thresholds,
  id: string,
  name: string,
  run: integer,
  host: optional(string, ''),
  status: runStatus,
  health_score: health,
  verdict: optional(string, ''),
  primary_cause: nullable(string),
  pool: nullable(string),
  limit_gb: nullable(number),
  peak_memory_gb: nullable(number),
  peak_fraction: nullable(number),
  steps_completed: integer,
  duration_minutes: number,
  steps_per_second: nullable(number),
  seconds_per_step: nullable(number),
  data_wait_share: nullable(number),
});

export const decodeComparison: Decoder<T.Comparison> = object<T.Comparison>({
  a: comparedRun,
  b: comparedRun,
  settings: nullable(array(object({ config_path: string, a: configValue, b: configValue }))),
  same_settings: integer,
  versions: array(object({ name: string, a: nullable(string), b: nullable(string) })),
  breakdown: array(object({ component: string, a_gb: nullable(number), b_gb: nullable(number) })),
});

/** One event of a run's stream. Null: of a kind that is not known here. */
export function decodeNews(kind: string, data: unknown): T.News | null {
  switch (kind) {
    case 'samples':
    case 'steps':
      return { kind, columns: decodeSeries(data, kind).columns };
    case 'events':
      return { kind, events: array(decodeEvent)(data, kind) };
    case 'end':
      return { kind, status: object<{ status: T.RunStatus }>({ status: runStatus })(data, kind).status };
    default:
      return null;
  }
}

/** The server's own words, where its answer has them. */
export function decodeErrorWords(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || !('error' in value)) return null;
  return typeof value.error === 'string' ? value.error : null;
}
