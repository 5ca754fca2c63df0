// The limit that the run came closest to, and the zones below it. Pure.
import type { Pool, PoolKind, Thresholds } from '../api/types';

export interface Limit {
  /** The column that is held against it; null: none of the timeline's is. */
  readonly column: string | null;
  readonly name: string;
  readonly gb: number;
  readonly warningGb: number;
  readonly criticalGb: number;
}

const kColumnOfPool: Readonly<Record<PoolKind, string | null>> = {
  host: 'used_memory_gb',
  unified: 'used_memory_gb',
  gpu: 'gpu_memory_used_gb',
  cgroup: 'cgroup_working_set_gb',
  shm: 'shm_used_gb',
  process: 'address_space_used_gb',
};

export function limitOf(pool: Pool | null, thresholds: Thresholds): Limit | null {
  if (pool === null || pool.limit_gb <= 0) return null;
  const limit = pool.limit_gb;
  return {
    column: kColumnOfPool[pool.kind],
    name: pool.name,
    gb: limit,
    warningGb: limit * thresholds.memory_warning_threshold,
    criticalGb: limit * thresholds.memory_critical_threshold,
  };
}
