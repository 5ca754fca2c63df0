// A process is in another cgroup until it is moved into its own: what that one held is no part of the run's line. Pure.
import type { Columns } from '../api/types';

const kHeld = 'cgroup_working_set_gb';
const kLimit = 'cgroup_limit_gb';

/** The columns without what was measured in a cgroup without a limit, where others of the run had one. */
export function withoutOtherCgroups(columns: Columns): Columns {
  const held = columns[kHeld];
  const limit = columns[kLimit];
  if (held === undefined || limit === undefined) return columns;
  return { ...columns, [kHeld]: held.map((value, row) => (limit[row] == null ? null : value)) };
}
