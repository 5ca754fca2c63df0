"""A process with 100,000 mappings and tens of GB: time of a sample, and the longest pause of its own
thread that maps, touches and unmaps, with the monitor, without, and with smaps_rollup read at each tick."""
from __future__ import annotations

import pathlib
import subprocess

from common import RELEASE

MAPPINGS = 100_000
RESERVED_GIB = 64
MOST_RESIDENT_MIB = 24 << 10
SECONDS_A_ROUND = 20
ROUNDS = 3


def available_mib() -> int:
    for line in pathlib.Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) // 1024
    raise RuntimeError("/proc/meminfo has no MemAvailable")


def main() -> None:
    allowed = int(pathlib.Path("/proc/sys/vm/max_map_count").read_text())
    mappings = min(MAPPINGS, allowed - 1000)
    if mappings < MAPPINGS:
        print(f"(vm.max_map_count allows {mappings} mappings)")
    resident = min(MOST_RESIDENT_MIB, available_mib() // 2)
    print(f"{mappings} mappings, {resident} MiB resident, {RESERVED_GIB} GiB reserved; a sample a second:", flush=True)
    subprocess.run([RELEASE / "src/sensing/large_process_bench", str(mappings), str(resident), str(RESERVED_GIB),
                    str(SECONDS_A_ROUND), str(ROUNDS)], check=True)
    print("  (budget: PSS readings at most 0.1 % of wall over the run; samples themselves take no mmap lock)")


if __name__ == "__main__":
    main()
