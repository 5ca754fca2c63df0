// The limit that the run came closest to, and the zones below it. Pure.
import type { Pool, PoolKind } from '../api/types';

export interface Limit {
  /** The column that is held against it; null: none of the timeline's is. */
  readonly column: string | null;
  readonly name: string;
  readonly gb: number;
  readonly warningGb: number;
  readonly criticalGb: number;
}

/** Tidemark's defaults (docs/configuration.md). */
const kWarningShare = 0.85;
const kCriticalShare = 0.95;

const kColumnOfPool: Readonly<Record<PoolKind, string | null>> = {
  host: 'used_memory_gb',
  unified: 'used_memory_gb',
  gpu: 'gpu_memory_used_gb',
  cgroup: 'cgroup_working_set_gb',
  shm: 'shm_used_gb',
  process: 'address_space_used_gb',
};

/** `targetGb` is where the run's own settings have the warning begin, where that is known. */
export function limitOf(pool: Pool | null, targetGb: number | null): Limit | null {
  if (pool === null || pool.limit_gb <= 0) return null;
  const limit = pool.limit_gb;
  const warning = targetGb !== null && targetGb > 0 && targetGb < limit ? targetGb : limit * kWarningShare;
  return {
    column: kColumnOfPool[pool.kind],
    name: pool.name,
    gb: limit,
    warningGb: warning,
    criticalGb: Math.max(limit * kCriticalShare, warning),
  };
}
