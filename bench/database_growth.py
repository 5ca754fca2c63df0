"""Growth of the database in an hour at the defaults (a sample each 5 s) and one step a second, measured
by the store's own test over rows as the monitor writes them."""
from __future__ import annotations

import re
import subprocess

from common import RELEASE


def main() -> None:
    done = subprocess.run([RELEASE / "src/store/store_test", "--gtest_filter=Growth.*"], check=True,
                          capture_output=True, text=True)
    found = re.search(r"growth of the database in one hour: (\d+) bytes", done.stdout)
    if found is None:
        raise RuntimeError("the store's growth test printed no figure")
    print(f"  720 samples, 3,600 steps, a job id of 36 characters: {int(found[1]) / 1e6:.3f} MB per hour")
    print("  (budget: under 1 MB)")


if __name__ == "__main__":
    main()
