"""`tidemark log`: files, standard input, and what it says where there is nothing to read."""
from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys

import pytest

TIDEMARK = os.environ["TIDEMARK"]
FAILED = ("\rsteps:   1%|#   | 7/200 [00:14<06:26,  2.00s/it, loss=0.5]\nTraceback (most recent call last):\n"
          "  File \"/w/train.py\", line 3, in <module>\n    main()\n"
          "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.\n")


def log(*words: str, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([TIDEMARK, "log", *words], input=text, capture_output=True, text=True, timeout=60)


def test_a_file_and_standard_input_give_the_same_answer(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "log.txt"
    file.write_bytes(FAILED.encode())
    from_file, from_input = log(str(file), "--json"), log("-", "--json", text=FAILED)
    assert from_file.returncode == 0 and from_file.stdout == from_input.stdout
    answer = json.loads(from_file.stdout)
    assert answer["primary"]["category"] == "cuda_oom" and answer["primary"]["level"] == "CRITICAL"
    assert answer["primary"]["requested_gb"] == 2 and answer["primary"]["exception"] == "OutOfMemoryError"
    assert (answer["last_step"], answer["total_steps"]) == (7, 200)
    (error,) = answer["log_errors"]
    assert {"timestamp", "level", "message", "memory_at_time_gb"} <= error.keys()


def test_people_get_text(tmp_path: pathlib.Path) -> None:
    said = log("-", text=FAILED).stdout
    assert said.startswith("cuda_oom (CRITICAL), step 7 of 200\n") and "requested 2.0 GB" in said


def test_our_own_report_behind_the_output_is_no_second_error(tmp_path: pathlib.Path) -> None:
    trainer = "raise ValueError('the dataset folder is empty')"
    with open(tmp_path / "log.txt", "wb") as file:
        subprocess.run([TIDEMARK, "run", "--db", str(tmp_path / "m.db"), "--name", "own", "--", sys.executable, "-c", trainer],
                       stdout=file, stderr=subprocess.STDOUT, timeout=60, check=False)
    assert "the dataset folder is empty; peak" in (tmp_path / "log.txt").read_text(), "the report is in the file"
    assert len(json.loads(log(str(tmp_path / "log.txt"), "--json").stdout)["log_errors"]) == 1


def test_a_healthy_log_says_none() -> None:
    answer = json.loads(log("-", "--json", text="step 3/10 loss: 0.1\n0 errors\n").stdout)
    assert answer["primary"] == {"category": "none", "level": "NONE"} and answer["log_errors"] == []


def test_what_cannot_be_read_is_said_in_one_line(tmp_path: pathlib.Path) -> None:
    closed = tmp_path / "closed.txt"
    closed.touch(mode=0o000)
    cases = {str(tmp_path / "missing.txt"): "No such file", str(tmp_path): "directory"}
    if os.geteuid() != 0:
        cases[str(closed)] = "Permission denied"
    for file, words in cases.items():
        done = log(file)
        assert done.returncode == 1 and done.stdout == ""
        assert file in done.stderr and words in done.stderr and done.stderr.count("\n") == 1


def test_without_a_file_the_call_is_off() -> None:
    assert log().returncode == 2


if __name__ == "__main__":
    pytest.main([__file__])
