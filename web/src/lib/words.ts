// What the wire's words are called on screen: the same names as in the terminal's report.
import type { Basis, ExitKind, Health, PoolKind, RunStatus } from '../api/types';

const components: Readonly<Record<string, string>> = {
  dataloader_workers: 'DataLoader workers',
  main_process: 'main process',
  child_processes: 'child processes',
  other_processes: 'other processes',
  system_baseline: 'before the run',
  gpu_memory: 'GPU memory',
  gpu_tensors: 'tensors',
  gpu_context: 'GPU context',
  allocator_slack: 'allocator slack',
  shm_and_pinned: 'shm and pinned',
  counted_twice: 'counted twice',
  unattributed: 'unattributed',
  model_weights: 'model weights',
  adapter_weights: 'adapter weights',
  gradients: 'gradients',
  optimizer_state: 'optimizer state',
  ema: 'moving average (EMA)',
  activations: 'activations',
  latent_cache: 'cached latents',
  sampling: 'sampling',
  checkpoint_save: 'checkpoint save',
  text_encoder: 'text encoder',
};

/** A component that is not known here is shown by its own name. */
export function componentName(component: string): string {
  return components[component] ?? component.replaceAll('_', ' ');
}

export const basisMeaning: Readonly<Record<Basis, string>> = {
  measured: 'seen by the monitor',
  computed: 'counted from what is known exactly, as parameters times bytes',
  estimated: 'judged from the config and the kind of model',
};

export const healthName: Readonly<Record<Health, string>> = { good: 'Good', warning: 'Warning', critical: 'Critical' };

export const statusName: Readonly<Record<RunStatus, string>> = {
  running: 'running',
  completed: 'completed',
  failed: 'failed',
  stopped: 'stopped',
  unknown: 'unknown',
};

export const exitName: Readonly<Record<ExitKind, string>> = {
  none: 'still runs',
  completed: 'completed',
  error: 'ended with an error',
  oom_exception: 'out of memory: an allocation failed',
  oom_killed: 'killed for memory',
  signal: 'killed by a signal',
  stopped: 'stopped by the user',
  unknown: 'end not known',
};

export const poolName: Readonly<Record<PoolKind, string>> = {
  host: 'machine memory',
  unified: 'unified memory',
  gpu: 'GPU memory',
  cgroup: 'memory of the container',
  process: 'address space of the process',
  shm: '/dev/shm',
};

const drops: Readonly<Record<string, string>> = {
  queue_full: 'the database was unreachable for too long',
  write_failed: 'the database refused rows',
  tick_late: 'samples that were due and not taken',
  log_bytes: 'bytes of output that the log reader did not get',
  journal_full: "the trainer's journal had no room",
  record_malformed: 'journal records whose checksum was wrong',
  journal_no_lane: 'more threads recorded at once than the journal has lanes',
  journal_too_large: "events over the journal's limit",
  journal_disabled: 'recorded while recording was off',
};

export function dropReason(why: string): string {
  return drops[why] ?? why.replaceAll('_', ' ');
}

/** The shortest path that still names the setting: what every path of a config begins with is left out. */
export function shortPath(path: string): string {
  return path.replace(/^config\.process\[0\]\./, '');
}
