// What the server answers, in the wire's own words (docs/contract/analysis.schema.json, docs/server.md).
// Sizes end in _gb (GiB); times are Unix seconds; null is "not known", never zero.

export type Severity = 'critical' | 'warning' | 'info';
export type Health = 'good' | 'warning' | 'critical';
export type RunStatus = 'running' | 'completed' | 'failed' | 'stopped' | 'unknown';
export type ExitKind =
  | 'none'
  | 'completed'
  | 'error'
  | 'oom_exception'
  | 'oom_killed'
  | 'signal'
  | 'stopped'
  | 'unknown';
export type Basis = 'measured' | 'computed' | 'estimated';
export type LogLevel = 'CRITICAL' | 'ERROR' | 'WARNING';
export type PoolKind = 'host' | 'unified' | 'gpu' | 'cgroup' | 'process' | 'shm';

/** A value of a config: what JSON can say. */
export type ConfigValue = string | number | boolean | null | readonly ConfigValue[] | { readonly [key: string]: ConfigValue };

export interface Exit {
  readonly kind: ExitKind;
  readonly code: number | null;
  readonly signal: string | null;
  readonly evidence: readonly string[];
}

export interface MonitorCost {
  readonly cpu_seconds: number | null;
  readonly pss_gb: number | null;
}

export interface Job {
  readonly id: string;
  readonly name: string;
  readonly run: number;
  readonly status: RunStatus;
  readonly started_at: number | null;
  readonly ended_at: number | null;
  readonly host: string | null;
  readonly exit: Exit;
  /** Null while the run goes on, or when nothing is known of it. */
  readonly monitor: MonitorCost | null;
}

export interface Pool {
  readonly kind: PoolKind;
  readonly index: number | null;
  readonly name: string;
  readonly limit_gb: number;
  readonly peak_gb: number;
  readonly device_name: string | null;
}

/** Shares of a limit, as the run's settings have them. */
export interface Thresholds {
  readonly memory_warning_threshold: number;
  readonly memory_critical_threshold: number;
}

export interface Summary extends Thresholds {
  readonly health_score: Health;
  readonly verdict: string;
  readonly peak_memory_gb: number | null;
  readonly total_memory_gb: number | null;
  readonly peak_fraction: number | null;
  readonly peak_at: number | null;
  readonly peak_bound_gb: number | null;
  readonly training_completed: boolean;
  readonly steps_completed: number;
  readonly total_steps: number | null;
  readonly duration_minutes: number;
  readonly error_count: number;
  readonly oom_count: number;
  readonly steps_per_second: number | null;
  readonly dropped_records: number;
  /** How many records were lost, by the reason's name. */
  readonly drops: Readonly<Record<string, number>>;
  readonly limiting_pool: Pool | null;
  readonly pools: readonly Pool[];
  readonly primary_cause: string | null;
}

export interface Component {
  readonly component: string;
  readonly gb: number;
  readonly basis: Basis;
  readonly detail: string;
}

export interface Ledger {
  readonly kind: PoolKind;
  readonly timestamp: number | null;
  readonly used_gb: number;
  readonly limit_gb: number | null;
  readonly parts_gb: Readonly<Record<string, number>>;
}

export interface Evidence {
  readonly text: string;
  readonly source: string | null;
  readonly value: number | null;
  readonly unit: string | null;
  /** When it was seen: a place in the chart. */
  readonly at: number | null;
}

export interface Finding {
  readonly id: string;
  readonly severity: Severity;
  readonly title: string;
  readonly explanation: string;
  readonly confidence: number;
  readonly evidence: readonly Evidence[];
}

export interface Saving {
  readonly low: number;
  readonly likely: number;
  readonly high: number;
  readonly basis: Basis;
}

export interface SettingChange {
  readonly config_path: string;
  readonly value: ConfigValue;
}

export interface Recommendation {
  readonly id: string;
  readonly severity: Severity;
  readonly priority: number;
  readonly title: string;
  readonly action: string;
  readonly impact: string;
  readonly config_path: string | null;
  readonly current_value: ConfigValue;
  readonly recommended_value: ConfigValue;
  readonly saves_gb: Saving | null;
  readonly predicted_peak_gb: number | null;
  readonly predicted_peak_low_gb: number | null;
  readonly predicted_peak_high_gb: number | null;
  readonly cost: string;
  readonly finding: string | null;
  readonly evidence: readonly Evidence[];
  /** The settings it is made of; empty: it is no setting of the config. */
  readonly changes: readonly SettingChange[];
}

export interface LeftOut {
  readonly id: string;
  readonly why: string;
}

export interface Plan {
  readonly recommendations: readonly string[];
  readonly predicted_peak_gb: number;
  readonly predicted_peak_low_gb: number;
  readonly predicted_peak_high_gb: number;
  readonly target_gb: number;
  readonly fits: boolean;
  readonly cost: string;
  readonly changes: readonly SettingChange[];
}

export interface PredictionCheck {
  readonly predicted_peak_gb: number | null;
  readonly actual_peak_gb: number | null;
  readonly error_fraction: number | null;
}

export interface LogError {
  readonly timestamp: number | null;
  readonly level: LogLevel;
  readonly category: string | null;
  readonly message: string;
  readonly line: number | null;
  readonly count: number;
  readonly step: number | null;
  readonly exception: string | null;
  readonly traceback: string | null;
  readonly memory_at_time_gb: number | null;
  readonly requested_gb: number | null;
  readonly device_total_gb: number | null;
  readonly device_free_gb: number | null;
  /** It decided how the run ended. */
  readonly decides: boolean;
}

export interface TrainingEvent {
  readonly timestamp: number;
  readonly type: string;
  readonly details: ConfigValue;
  readonly used_memory_gb: number | null;
}

export interface SamplePoint {
  readonly timestamp: number;
  readonly used_memory_gb: number | null;
  readonly total_memory_gb: number | null;
  readonly available_memory_gb: number | null;
  readonly swap_used_gb: number | null;
  readonly main_process_memory_gb: number | null;
  readonly worker_memory_gb: number | null;
  readonly worker_count: number | null;
  readonly gpu_memory_used_gb: number | null;
  readonly gpu_utilization_percent: number | null;
  readonly cpu_utilization_percent: number | null;
  readonly cgroup_working_set_gb: number | null;
  readonly cgroup_limit_gb: number | null;
}

export interface Analysis {
  readonly job: Job;
  readonly summary: Summary;
  readonly breakdown: readonly Component[];
  readonly ledger: Ledger | null;
  readonly findings: readonly Finding[];
  readonly recommendations: readonly Recommendation[];
  readonly not_recommended: readonly LeftOut[];
  readonly plan: Plan | null;
  readonly prediction_check: PredictionCheck | null;
  readonly log_errors: readonly LogError[];
  readonly events: readonly TrainingEvent[];
  readonly metrics_timeline: readonly SamplePoint[];
}

export interface ListedRun {
  readonly run: number;
  readonly status: RunStatus;
  readonly started_at: number | null;
  readonly ended_at: number | null;
}

export interface ListedJob extends ListedRun, Thresholds {
  readonly id: string;
  readonly name: string;
  readonly runs: number;
  readonly steps_completed: number | null;
  readonly peak_memory_gb: number | null;
  readonly health_score: Health | null;
  /** The limit of the pool that the peak is of. */
  readonly total_memory_gb: number | null;
  readonly verdict: string | null;
}

/** A block of one cadence: every column as long as `timestamp`; null is a gap. A column that the run never
 *  had is absent. */
export type Columns = Readonly<Record<string, readonly (number | null)[]>>;

export interface Series {
  readonly columns: Columns;
}

/** A window of a series: Unix seconds, and about how many points are wanted. */
export interface SeriesWindow {
  readonly run?: number | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly points?: number | undefined;
}

export interface WhatifSetting {
  readonly config_path: string;
  readonly current_value: ConfigValue;
  readonly value: ConfigValue;
}

export interface WhatifComponent {
  readonly component: string;
  readonly gb: number;
}

/** A setting that can be turned. */
export interface AdjustableSetting {
  readonly config_path: string;
  /** What the run had. */
  readonly value: ConfigValue;
  /** Turning it alone moves the predicted peak. */
  readonly moves_peak: boolean;
  /** Of a word: what it may be. */
  readonly choices: readonly string[];
}

export interface WhatifAnswer {
  readonly settings: readonly WhatifSetting[];
  readonly pool: string;
  readonly limit_gb: number;
  readonly current_peak_gb: number;
  readonly predicted_peak_gb: number;
  readonly predicted_peak_low_gb: number;
  readonly predicted_peak_high_gb: number;
  readonly target_gb: number;
  readonly fits: boolean;
  readonly breakdown: readonly WhatifComponent[];
  readonly not_known: readonly string[];
  readonly adjustable: readonly AdjustableSetting[];
}

/** A run's config with recommended settings in it, and what that changes. */
export interface ConfigAnswer {
  /** The file it was read from, or words for the stored copy. */
  readonly name: string;
  readonly language: 'yaml' | 'json';
  readonly config: string;
  /** A unified difference; empty: nothing changes. */
  readonly difference: string;
  readonly settings: readonly SettingChange[];
  /** The config is not the one that the run had any more. */
  readonly warning: string | null;
  /** Null: a change whose effect on memory is not known. */
  readonly prediction: WhatifAnswer | null;
}

export interface ComparedRun extends Thresholds {
  readonly id: string;
  readonly name: string;
  readonly run: number;
  readonly host: string;
  readonly status: RunStatus;
  readonly health_score: Health;
  readonly verdict: string;
  readonly primary_cause: string | null;
  readonly pool: string | null;
  readonly limit_gb: number | null;
  readonly peak_memory_gb: number | null;
  readonly peak_fraction: number | null;
  readonly steps_completed: number;
  readonly duration_minutes: number;
  readonly steps_per_second: number | null;
  readonly seconds_per_step: number | null;
  readonly data_wait_share: number | null;
}

export interface Comparison {
  readonly a: ComparedRun;
  readonly b: ComparedRun;
  /** Those that differ; null: the config of one of them is not known. */
  readonly settings: readonly { readonly config_path: string; readonly a: ConfigValue; readonly b: ConfigValue }[] | null;
  readonly same_settings: number;
  readonly versions: readonly { readonly name: string; readonly a: string | null; readonly b: string | null }[];
  readonly breakdown: readonly { readonly component: string; readonly a_gb: number | null; readonly b_gb: number | null }[];
}

/** What a live run's stream tells. */
export type News =
  | { readonly kind: 'samples'; readonly columns: Columns }
  | { readonly kind: 'steps'; readonly columns: Columns }
  | { readonly kind: 'events'; readonly events: readonly TrainingEvent[] }
  | { readonly kind: 'end'; readonly status: RunStatus };
