import { describe, expect, it } from 'vitest';

import { withoutOtherCgroups } from './ownCgroup';

describe('what a cgroup held', () => {
  it('before the run was moved into one with a limit is not the run’s', () =>
    expect(
      withoutOtherCgroups({ timestamp: [0, 1, 2], cgroup_working_set_gb: [1.5, 0.1, 0.2], cgroup_limit_gb: [null, 0.9, 0.9] })[
        'cgroup_working_set_gb'
      ],
    ).toEqual([null, 0.1, 0.2]));
  it('stays where no limit was ever seen', () => {
    const columns = { timestamp: [0, 1], cgroup_working_set_gb: [1.5, 1.6] };
    expect(withoutOtherCgroups(columns)).toBe(columns);
  });
});
