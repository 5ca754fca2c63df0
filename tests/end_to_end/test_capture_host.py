"""tools/capture_host on real processes that have something to hide: nothing of it is in the tree, and the tree is a
host as it is."""
from __future__ import annotations

import os
import pathlib
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator

import pytest
from conftest import REPOSITORY, TIDEMARK, wait_until

TOOLS = REPOSITORY / "tools"
SENSING_TEST = TIDEMARK.parent / "src/sensing/sensing_test"
STAND_IN = TIDEMARK.parent / "src/sensing/libfake_nvml.so"
sys.path.insert(0, str(TOOLS))
sys.dont_write_bytecode = True
from capture import gpus, leaks, mac, redact  # noqa: E402
from capture.tree import Tree  # noqa: E402

SECRETS = {"argument": "hf-argument-9f31c", "environment": "hf-environment-77ab2", "folder": "acme-unreleased-model",
           "process_name": "acme-secret-pr", "gpu": "GPU-deadbeef-aaaa-bbbb-cccc-123456789abc"}
TRAINER = """
import multiprocessing, sys, time
def work(): time.sleep(120)
if __name__ == "__main__":
    held = bytearray(48 << 20)
    workers = [multiprocessing.get_context("fork").Process(target=work) for _ in range(2)]
    for worker in workers: worker.start()
    open("/proc/self/comm", "w").write("acme-secret-pr")
    open(sys.argv[1], "w").write("ready")
    time.sleep(120)
"""


@pytest.fixture
def trainer(tmp_path: pathlib.Path) -> Iterator[subprocess.Popen[bytes]]:
    """With secrets wherever a process can have some: folder, program, name, arguments, environment."""
    home = tmp_path / SECRETS["folder"]
    home.mkdir()
    python = home / "python3"
    shutil.copy("/usr/bin/python3", python)  # a program of its own: a link would lead to the system's
    (home / "train.py").write_text(TRAINER)
    ready = tmp_path / "ready"
    environment = dict(os.environ, HOME=str(home), HF_TOKEN=SECRETS["environment"], CUDA_VISIBLE_DEVICES="0,1",
                       ROCR_VISIBLE_DEVICES=SECRETS["gpu"])
    process = subprocess.Popen([python, "train.py", str(ready), "--token", SECRETS["argument"]], cwd=home,
                               env=environment, start_new_session=True)
    try:
        wait_until(ready.exists, 30, "the trainer has its workers")
        yield process
    finally:
        os.killpg(process.pid, 9)
        process.wait()


def capture(pid: int, folder: pathlib.Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([TOOLS / "capture_host", str(pid), str(folder)], capture_output=True, text=True, timeout=120)


def everything_in(folder: pathlib.Path) -> bytes:
    parts = []
    for path in folder.rglob("*"):
        parts.append(str(path.relative_to(folder)).encode())
        parts.append(os.readlink(path).encode() if path.is_symlink() else path.read_bytes() if path.is_file() else b"")
    return b"\n".join(parts)


def test_nothing_private_is_in_the_tree(trainer: subprocess.Popen[bytes], tmp_path: pathlib.Path) -> None:
    done = capture(trainer.pid, tmp_path / "host")
    assert done.returncode == 0, done.stderr
    text = everything_in(tmp_path / "host")
    assert f"proc/{trainer.pid}/stat".encode() in text, "the trainer is in it"
    assert os.readlink(tmp_path / f"host/proc/{trainer.pid}/exe") == "/programs/1/python3"
    assert (tmp_path / f"host/proc/{trainer.pid}/stat").read_text().startswith(f"{trainer.pid} (python3) ")
    private = [*SECRETS.values(), str(tmp_path), "train.py", "HF_TOKEN"]
    if len(socket.gethostname()) > 3:
        private.append(socket.gethostname())
    assert [word for word in private if word.encode() in text] == []
    assert b"CUDA_VISIBLE_DEVICES=0,1\0" in text, "positions are what the GPUs of a run are told by"
    assert b"ROCR_VISIBLE_DEVICES" not in text, "a UUID is not"
    for owner in (b"\nUid:", b"\nGid:", b"\nGroups:"):
        assert owner not in text


def test_the_tree_is_a_host_as_it_is(trainer: subprocess.Popen[bytes], tmp_path: pathlib.Path) -> None:
    if not SENSING_TEST.exists():
        pytest.skip(f"{SENSING_TEST} is not built")
    folder = tmp_path / "host"
    assert capture(trainer.pid, folder).returncode == 0
    start_ticks = (folder / f"proc/{trainer.pid}/stat").read_text().rpartition(")")[2].split()[19]
    meminfo = dict(line.split(":") for line in (folder / "proc/meminfo").read_text().splitlines())
    done = subprocess.run([SENSING_TEST, "--gtest_filter=CapturedHost.*"], capture_output=True, text=True, timeout=120,
                          env=dict(os.environ, TIDEMARK_CAPTURED_HOST=str(folder),
                                   TIDEMARK_CAPTURED_PID=str(trainer.pid), TIDEMARK_CAPTURED_START=start_ticks,
                                   TIDEMARK_CAPTURED_TOTAL_KIB=meminfo["MemTotal"].split()[0]))
    assert done.returncode == 0, done.stdout
    assert "[  PASSED  ] 1 test" in done.stdout, done.stdout


def test_a_tree_that_would_hold_a_secret_is_not_written(tmp_path: pathlib.Path) -> None:
    tree = Tree(files={"proc/1/stat": b"1 (abc) S", "proc/1/x": b"... hf-argument-9f31c ..."})
    words = [leaks.PrivateWord("an argument", SECRETS["argument"]), leaks.PrivateWord("the user's name", "somebody")]
    assert leaks.find_leaks(tree, words) == ["an argument would be in proc/1/x"]
    assert leaks.find_leaks(Tree(links={"proc/1/exe": "/home/somebody/python3"}), words) == [
        "the user's name would be in proc/1/exe"]


def test_arguments_and_values_of_the_environment_are_private_words(trainer: subprocess.Popen[bytes]) -> None:
    words = {word.word for word in leaks.private_words([trainer.pid], "root", "host", "/root")}
    assert {SECRETS["argument"], SECRETS["environment"], SECRETS["gpu"]} <= words
    assert "root" not in words and "0,1" not in words


def test_names_become_stand_ins_that_stay_the_same_everywhere() -> None:
    names = redact.Redactor()
    assert names.program("/usr/bin/python3.11") == "/usr/bin/python3.11"
    assert names.program("/home/alice/venv/bin/python3.11") == "/programs/1/python3.11"
    assert names.program("/opt/acme/bin/acme-train") == "/programs/2/program"
    assert names.program("/home/alice/venv/bin/python3.11") == "/programs/1/python3.11"
    own = "/user.slice/user-1000.slice/session-3.scope"
    assert names.group_path(own.replace("1000", "4711")) == own
    assert names.group_path("/system.slice/acme.service") == "/system.slice/group-1.service"
    assert names.group_path("/docker/0123abc/init.scope") == "/docker/group-2/init.scope"
    assert names.group_path("/") == "/"
    assert names.device(SECRETS["gpu"]) == "GPU-00000000-0000-4000-8000-000000000001"
    assert redact.kernel_release(b"6.18.0-acme-build7\n") == b"6.18.0\n"


def test_nvidia_smis_answer_without_its_uuids(tmp_path: pathlib.Path) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text(f"""#!/bin/sh
case "$1" in
  --query-gpu=*) echo '{SECRETS["gpu"]}, 00000000:01:00.0, 0, 512, 24564, 380, 7, NVIDIA GeForce RTX 4090' ;;
  *) echo '{SECRETS["gpu"]}, 4242, 500' ;;
esac
""")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    tree = Tree()
    gpus.keep_nvidia_smi(tree, redact.Redactor(), str(program))
    device = "GPU-00000000-0000-4000-8000-000000000001"
    assert tree.files == {
        "commands/nvidia-smi.gpus.txt":
            f"{device}, 00000000:01:00.0, 0, 512, 24564, 380, 7, NVIDIA GeForce RTX 4090\n".encode(),
        "commands/nvidia-smi.processes.txt": f"{device}, 4242, 500\n".encode()}
    nothing = Tree()
    gpus.keep_nvidia_smi(nothing, redact.Redactor(), str(tmp_path / "missing"))
    assert nothing.files == {}


def test_nvmls_answers_and_refusals() -> None:
    if not STAND_IN.exists():
        pytest.skip(f"{STAND_IN} is not built")
    script = ("import sys; sys.dont_write_bytecode = True; sys.path.insert(0, sys.argv[1])\n"
              "from capture.gpus import keep_nvml; from capture.tree import Tree\n"
              "tree = Tree(); keep_nvml(tree, sys.argv[2]); print(tree.files['commands/nvml.txt'].decode())")

    def answers(scenario: str) -> str:
        return subprocess.run([sys.executable, "-c", script, str(TOOLS), str(STAND_IN)], capture_output=True, text=True,
                              check=True, env=dict(os.environ, FAKE_NVML_SCENARIO=scenario)).stdout
    card = answers("rtx4090")
    assert "0 nvmlDeviceGetName 0 NVIDIA GeForce RTX 4090" in card
    assert f"0 nvmlDeviceGetMemoryInfo_v2 0 total={24564 << 20} reserved={380 << 20}" in card
    assert "0 nvmlDeviceGetMemoryInfo_v2 3\n" in answers("gb10"), "a refusal is kept with its code"


def test_a_macs_table_shows_no_programs_of_others() -> None:
    table = "    1     0  12416 /sbin/launchd\n80490     1   3072 /Users/alice/bin/acme\n" \
            "80512     1 629145 /Users/alice/venv/bin/python3.12\n80530 80512 720896 /Users/alice/venv/bin/python3.12\n"
    assert mac.run_rows(table, 80512, redact.Redactor()).split("\n") == [
        "    1     0  12416 /other", "80490     1   3072 /other",
        "80512     1 629145 /programs/1/python3.12", "80530 80512 720896 /programs/1/python3.12", ""]


def test_bad_calls_say_what_to_do(tmp_path: pathlib.Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "file").write_text("kept")
    done = capture(os.getpid(), tmp_path / "there")
    assert done.returncode == 1 and "missing or empty" in done.stderr
    assert (tmp_path / "there" / "file").read_text() == "kept"
    assert capture(1 << 30, tmp_path / "new").returncode == 1
    assert not (tmp_path / "new").exists()
    assert subprocess.run([TOOLS / "capture_host"], capture_output=True).returncode == 2
