"""A process with workers that only exist: what a sampler has to look at."""
from __future__ import annotations

import os
import sys
import time


def main(workers: int, parent_mib: int, seconds: float) -> None:
    held = bytearray(os.urandom(1 << 20)) * parent_mib
    for _ in range(workers):
        if os.fork() == 0:
            own = bytearray(os.urandom(1 << 20)) * 8
            checksum = sum(held[:: 1 << 12])  # touches what it shares, as a DataLoader's worker does
            time.sleep(seconds)
            os._exit(0 if own and checksum >= 0 else 1)
    print("ready", flush=True)
    time.sleep(seconds)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
