"""Runs test files against the frameworks' packages, in an environment of their own that is made when first needed.

    run_in_venv.py FOLDER BUILT TEST...

FOLDER is where the environment is made, BUILT the environment that `tidemark` is installed in. The distribution's
torch serves; the frameworks are pinned for its version. Exits with 77, saying why, where they cannot be had.
"""
from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SKIPPED = 77
PACKAGE = Path("lib") / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages/tidemark"


def skip(reason: str) -> int:
    print(f"skipped: {reason}")
    return SKIPPED


def torch_version() -> tuple[int, int] | None:
    done = subprocess.run([sys.executable, "-c", "import torch; print(torch.__version__)"], capture_output=True,
                          text=True, check=False)
    if done.returncode != 0:
        return None
    major, minor, *_ = done.stdout.strip().split(".")
    return int(major), int(minor)


def requirements_for(torch: tuple[int, int]) -> Path:
    """The newest releases ask for torch 2.6; the older pins are the last that take torch 1.13."""
    return HERE / ("requirements-torch2.txt" if torch >= (2, 6) else "requirements.txt")


def make_environment(folder: Path, requirements: Path) -> str:
    """Empty when it is there, else why it is not. Made again when the pins change."""
    wanted = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()
    stamp = folder / "made-for"
    if stamp.exists() and stamp.read_text() == wanted:
        return ""
    # Without dependencies: the list is whole, and none of its packages may bring a torch of its own.
    for command in ([sys.executable, "-m", "venv", "--clear", "--system-site-packages", str(folder)],
                    [str(folder / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                     "--retries", "2", "--no-deps", "--requirement", str(requirements)]):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode != 0:
            return f"{requirements.name} cannot be installed here: " + (done.stdout.strip().splitlines() or ["?"])[-1]
    stamp.write_text(wanted)
    return ""


def link_package(folder: Path, built: Path) -> None:
    """The installed package itself, so that what is tested is what was built last."""
    link = folder / PACKAGE
    link.unlink(missing_ok=True)
    link.symlink_to(built / PACKAGE)


def main() -> int:
    folder, built, tests = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]
    if not (built / PACKAGE).is_dir():
        return skip(f"there is no {built / PACKAGE} (./do build)")
    torch = torch_version()
    if torch is None:
        return skip(f"{sys.executable} has no torch")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{folder}.lock", "w", encoding="utf-8") as lock:  # test files run beside each other
        fcntl.flock(lock, fcntl.LOCK_EX)
        trouble = make_environment(folder, requirements_for(torch))
        if trouble:
            return skip(trouble)
        link_package(folder, built)
    return subprocess.run([str(folder / "bin/python"), "-m", "pytest", "-q", "-rs", *tests], cwd=HERE,
                          env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
