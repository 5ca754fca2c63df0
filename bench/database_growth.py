"""Growth of the database in an hour at the defaults (a sample each 5 s) and one step a second."""
from __future__ import annotations

import json
import subprocess

from common import RELEASE


def main() -> None:
    answer = json.loads(subprocess.run([RELEASE / "src/store/database_growth"], check=True, capture_output=True,
                                       text=True).stdout)
    for row in answer:
        print(f"  {row['what']:<52} {row['bytes_per_hour'] / 1e6:.3f} MB per hour")
    print("  (budget: under 1 MB per hour)")


if __name__ == "__main__":
    main()
