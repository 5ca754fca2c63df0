"""A trainer that tells nothing but what it prints: the phases of its run are in its output, as ai-toolkit prints them."""
from __future__ import annotations

import pathlib
import signal
from collections.abc import Callable

import pytest
import yaml
from conftest import PYTHON, Bench, MemoryCgroup

LIMIT_MIB = 300

CONFIG = {"job": "extension", "config": {"name": "case", "process": [{
    "type": "diffusion_trainer", "device": "cpu", "network": {"type": "lora", "linear": 16},
    "datasets": [{"folder_path": "none", "resolution": 512, "num_workers": 0}],
    "train": {"batch_size": 1, "steps": 40}, "model": {"name_or_path": "none"},
    "sample": {"width": 1024, "height": 1024}}]}}

TRAINER = """
    import sys, time
    held = [bytearray(b"x") * (100 << 20)]
    def bar(description, position, total, values=""):
        sys.stdout.write(f"\\r{description}:  1%|#   | {position}/{total} [00:01<00:02,  1.00s/it{values}]")
        sys.stdout.flush()
        time.sleep(0.1)
    for step in range(12):
        bar("case", step, 40, f", lr: 1.0e-04 loss: {1 / (step + 1):.3e}")
"""


def killed_while(bench: Bench, cgroup: MemoryCgroup, words: str) -> dict:
    (bench.folder / "job.yaml").write_text(yaml.safe_dump(CONFIG))
    script = bench.script(TRAINER + words + """
    time.sleep(0.5)
    while True:
        held.append(bytearray(b"x") * (8 << 20))
    """)
    done = bench.tidemark("run", "--interval", "0.5", "--config", "job.yaml", "--", *cgroup.enter_command(), PYTHON, script,
                          check=False)
    assert done.returncode == 128 + signal.SIGKILL, done.stderr
    return bench.analysis()


@pytest.mark.parametrize(("words", "phase", "cause"), [
    ('    bar("Generating Images", 0, 1)\n', "sampling", "sampling_spike"),
    ('    print("\\nSaving at step 12", flush=True)\n', "checkpoint_save", "checkpoint_save_spike")])
def test_the_phase_that_killed_is_told_by_the_output(bench: Bench, memory_cgroup: Callable[[int], MemoryCgroup], words: str,
                                                     phase: str, cause: str) -> None:
    analysis = killed_while(bench, memory_cgroup(LIMIT_MIB << 20), words)
    assert bench.rows("SELECT count(*) FROM TrainingEvent WHERE event_type = ?", f"{phase}_start") == [(1,)]
    assert analysis["summary"]["primary_cause"] == cause
    held = {part["component"]: part["gb"] * 1024 for part in analysis["breakdown"]}
    assert abs(held[phase] - (LIMIT_MIB - 110)) < 40, held


def test_a_trainer_that_tells_its_phases_itself_is_not_told_twice(bench: Bench, tmp_path: pathlib.Path) -> None:
    package = sorted((pathlib.Path(__file__).parents[2] / ".venv").glob("lib/python3*/site-packages"))
    if not package or not (package[-1] / "tidemark").exists():
        pytest.skip("the Python package is not installed in .venv: ./do build does that")
    (tmp_path / "tidemark").symlink_to(package[-1] / "tidemark")
    done = bench.run("""
        import time, tidemark
        with tidemark.monitor(name="case") as run:
            with run.phase("train"):
                run.step(1, loss=1.0)
                time.sleep(0.6)
                with run.phase("sampling"):
                    print("Generating Images:   0%|    | 0/1 [00:00<00:01,  1.00s/it]", flush=True)
                    time.sleep(0.6)
    """, PYTHONPATH=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert bench.rows("SELECT count(*) FROM TrainingEvent WHERE event_type = 'sampling_start'") == [(1,)]
