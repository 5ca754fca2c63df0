#!/usr/bin/env python3
"""A small diffusion fine-tune on the CPU: train_diffusion.py CONFIG.yaml"""
from __future__ import annotations

import os
import pathlib
import sys

# Read when torch loads. Waiting threads that spin make a step ten times slower as soon as another process
# wants the core they spin on; and a thread per core would make time and memory another thing on every machine.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "2")
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from tinydiffusion.job import main  # noqa: E402  (the package lies beside this file)

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
