"""top: the live view, on real runs, in a real terminal."""
from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import signal
import sqlite3
import struct
import subprocess
import termios
import time
from collections.abc import Iterator

import pytest
from conftest import TIDEMARK, Bench, wait_until

# A bar as tqdm draws it is where these runs' steps come from.
TRAINER = """
    import sys, time
    end = time.monotonic() + {seconds}
    step = 0
    while time.monotonic() < end:
        step += 1
        print(f"\\rtrain: {{step // 50}}%|#    | {{step}}/5000 [00:01<01:00, 20.0it/s, lr: 1e-4 loss: 5.0e-01]",
              end="", file=sys.stderr, flush=True)
        time.sleep(0.05)
"""


class Terminal:
    """`tidemark` in a pseudo-terminal, and what its screen shows, as far as this program draws."""

    def __init__(self, bench: Bench, *words: str, columns: int = 100, rows: int = 30, **extra: str) -> None:
        self.master, slave = pty.openpty()
        self.resize(columns, rows)
        self.settings = termios.tcgetattr(slave)
        environment = bench.environment() | {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "NO_COLOR": ""} | extra
        self.process = subprocess.Popen([str(TIDEMARK), *words], cwd=bench.folder, env=environment,
                                        stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                                        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        self.slave = slave
        self.written = b""

    def resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def take(self, seconds: float = 0.1) -> bytes:
        """What is written within that time."""
        taken = b""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self.master], [], [], left)[0]:
                taken += os.read(self.master, 65536)
        self.written += taken
        return taken

    def text(self) -> str:
        """All that was ever written, without what moves the cursor or inks; blanks count as one."""
        drawn = re.sub(r"\x1b(\[[0-9;?]*[a-zA-Z]|\([A-Z0-9]|[=>78])", " ", self.written.decode(errors="replace"))
        return re.sub(r"\s+", " ", drawn)

    def wait_for(self, text: str) -> None:
        def seen() -> bool:
            self.take()
            return text in self.text()
        try:
            wait_until(seen, 30, text)
        except AssertionError as error:
            raise AssertionError(f"{error}; the terminal has\n{self.text()[-4000:]}") from None

    def press(self, keys: bytes) -> None:
        os.write(self.master, keys)

    def end(self) -> int:
        """Waits for the program's end; its exit code."""
        def over() -> bool:
            self.take()
            return self.process.poll() is not None
        wait_until(over, 20, "tidemark top has ended")
        self.take()
        return self.process.returncode

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.slave)
        os.close(self.master)


def row_count(bench: Bench, table: str) -> int:
    """0 also where the monitor has not made the table yet."""
    try:
        return bench.rows(f"SELECT count(*) FROM {table}")[0][0]
    except sqlite3.OperationalError:
        return 0


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    opened: list[Terminal] = []
    yield opened
    for terminal in opened:
        terminal.close()


@pytest.fixture
def running(bench: Bench) -> Iterator[subprocess.Popen[str]]:
    """A run that goes on and has been sampled."""
    run = bench.start(TRAINER.format(seconds=120), "--name", "live_lora")
    wait_until(lambda: row_count(bench, "StepMetric") > 3, 60, "steps are stored")
    yield run
    run.send_signal(signal.SIGTERM)
    run.communicate(timeout=60)


def open_top(bench: Bench, terminals: list[Terminal], *words: str, **options: object) -> Terminal:
    terminals.append(Terminal(bench, "top", *words, **options))  # type: ignore[arg-type]
    return terminals[-1]


def test_a_live_run_is_shown_until_q(bench: Bench, running: subprocess.Popen[str], terminals: list[Terminal]) -> None:
    top = open_top(bench, terminals)
    for text in ("live_lora", "running", "machine memory", "step", "of 5000", "Memory, last", "q quit"):
        top.wait_for(text)
    top.wait_for("Still running")
    assert b"\x1b[?1049h" in top.written  # on a screen of its own
    top.press(b"q")
    assert top.end() == 0
    assert b"\x1b[?1049l" in top.written  # and what was there before is shown again
    assert termios.tcgetattr(top.slave)[3] == top.settings[3]  # echo and line mode as they were
    assert running.poll() is None  # the run was not touched


def test_steps_move(bench: Bench, running: subprocess.Popen[str], terminals: list[Terminal]) -> None:
    top = open_top(bench, terminals)
    top.wait_for("of 5000")
    before = json.loads(bench.tidemark("top", "--json").stdout)["steps"]["last_step"]
    wait_until(lambda: json.loads(bench.tidemark("top", "--json").stdout)["steps"]["last_step"] > before + 5, 30)
    already = len(top.written)
    top.take(5)
    assert len(top.written) > already  # it was drawn anew by itself


def test_only_what_changes_is_drawn(bench: Bench, running: subprocess.Popen[str], terminals: list[Terminal]) -> None:
    top = open_top(bench, terminals, columns=120, rows=40)
    top.wait_for("Still running")
    top.take(2)
    whole = 120 * 40
    quiet = top.take(3)
    assert b"\x1b[2J" not in quiet and b"\x1b[H\x1b[J" not in quiet  # never cleared: no flicker
    assert len(quiet) < 3 * whole / 2


def test_keys_pause_help_and_the_chart(bench: Bench, running: subprocess.Popen[str], terminals: list[Terminal]) -> None:
    top = open_top(bench, terminals)
    top.wait_for("Still running")
    top.press(b"?")
    top.wait_for("the run is not touched")
    top.press(b"\x1bOD")  # left, as a terminal in application mode sends it
    top.press(b"?")  # all of the page is drawn anew
    top.wait_for("last 30m")
    top.press(b"p")
    top.wait_for("PAUSED")
    top.take(1)
    assert top.take(3) == b""  # nothing moves
    top.press(b"p")
    assert top.take(4) != b""


def test_a_terminal_that_changes_its_size(bench: Bench, running: subprocess.Popen[str],
                                          terminals: list[Terminal]) -> None:
    top = open_top(bench, terminals, columns=120, rows=40)
    top.wait_for("Still running")
    for columns, rows in ((40, 10), (8, 3), (150, 50)):
        top.resize(columns, rows)
        top.take(2)
        assert top.process.poll() is None
    top.wait_for("? help")
    top.press(b"q")
    assert top.end() == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_gives_the_terminal_back(bench: Bench, running: subprocess.Popen[str], terminals: list[Terminal],
                                          number: signal.Signals) -> None:
    top = open_top(bench, terminals)
    top.wait_for("Still running")
    top.process.send_signal(number)
    assert top.end() == 0
    assert b"\x1b[?1049l" in top.written


def test_ctrl_c_ends_it(bench: Bench, running: subprocess.Popen[str], terminals: list[Terminal]) -> None:
    top = open_top(bench, terminals)
    top.wait_for("Still running")
    top.press(b"\x03")
    assert top.end() == 0


def test_colours_only_where_they_are_wanted(bench: Bench, running: subprocess.Popen[str],
                                            terminals: list[Terminal]) -> None:
    inked = re.compile(rb"\x1b\[[0-9;]*3[1-7]m")
    with_colour = open_top(bench, terminals)
    with_colour.wait_for("Still running")
    without = open_top(bench, terminals, NO_COLOR="1")
    without.wait_for("Still running")
    assert inked.search(with_colour.written)
    assert not inked.search(without.written)
    without.wait_for("* machine memory")  # letters stand for the lines


def test_without_utf8_it_is_ascii(bench: Bench, running: subprocess.Popen[str], terminals: list[Terminal]) -> None:
    top = open_top(bench, terminals, LC_ALL="C")
    top.wait_for("Still running")
    assert all(byte < 0x80 for byte in top.written)


def test_the_end_of_the_run_is_seen(bench: Bench, terminals: list[Terminal]) -> None:
    run = bench.start(TRAINER.format(seconds=6), "--name", "short")
    wait_until(lambda: row_count(bench, "MetricsSample") > 0, 30)
    top = open_top(bench, terminals)
    top.wait_for("running")
    run.communicate(timeout=60)
    top.wait_for("completed")
    assert top.process.poll() is None
    top.press(b"q")
    assert top.end() == 0


def test_of_two_runs_the_other_can_be_picked(bench: Bench, running: subprocess.Popen[str],
                                             terminals: list[Terminal]) -> None:
    other = bench.start(TRAINER.format(seconds=120), "--name", "other_lora")
    try:
        wait_until(lambda: len(json.loads(bench.tidemark("top", "--json").stdout)["running"]) == 2, 30)
        top = open_top(bench, terminals)
        top.wait_for("2 runs go on")
        top.wait_for("other_lora")  # the newer one
        top.press(b"j")
        top.wait_for("Runs that go on")
        top.press(b"\x1bOB\r")
        top.wait_for("live_lora run 1 running")
    finally:
        other.send_signal(signal.SIGTERM)
        other.communicate(timeout=60)


def test_once_prints_a_frame(bench: Bench) -> None:
    bench.run(TRAINER.format(seconds=2), "--name", "ended")
    frame = bench.tidemark("top", "ended", "--once", COLUMNS="120", LINES="30", LC_ALL="C.UTF-8").stdout
    assert "\x1b" not in frame
    lines = frame.splitlines()
    assert len(lines) <= 30 and max(map(len, lines)) <= 120
    assert "ended" in lines[0] and "completed" in lines[0]
    assert "machine memory" in frame and "of 5000" in frame


def test_json_prints_what_is_known(bench: Bench) -> None:
    bench.run(TRAINER.format(seconds=2), "--name", "ended")
    known = json.loads(bench.tidemark("top", "--json").stdout)
    assert known["job"]["name"] == "ended" and known["job"]["status"] == "completed"
    assert known["verdict"]["health"] in ("good", "warning", "critical")
    assert known["sample"]["used_memory_gb"] > 0
    assert known["steps"]["total_steps"] == 5000
    assert {"training_start", "training_end"} & {event["event_type"] for event in known["events"]}
    assert known["running"] == [] and known["problem"] is None


def test_without_a_terminal_it_says_what_serves(bench: Bench) -> None:
    bench.run("pass", "--name", "one")
    done = bench.tidemark("top", check=False)
    assert done.returncode == 1
    assert "--once" in done.stderr and len(done.stderr.splitlines()) == 1


def test_a_terminal_that_nobody_knows(bench: Bench, terminals: list[Terminal]) -> None:
    bench.run("pass", "--name", "one")
    terminals.append(Terminal(bench, "top", TERM="no-such-terminal"))
    assert terminals[0].end() == 1
    assert "--once" in terminals[0].text() and "no-such-terminal" in terminals[0].text()


@pytest.mark.parametrize("words", [("nobody",), ("last", "--run", "9")])
def test_what_is_not_there(bench: Bench, words: tuple[str, ...]) -> None:
    bench.run("pass", "--name", "one")
    done = bench.tidemark("top", *words, "--once", check=False)
    assert done.returncode == 1 and done.stdout == ""


@pytest.mark.parametrize("words", [("--window", "soon"), ("--window", "0s"), ("--refresh", "0")])
def test_wrong_words(bench: Bench, words: tuple[str, ...]) -> None:
    assert bench.tidemark("top", *words, check=False).returncode == 2


def test_the_store_is_only_read(bench: Bench) -> None:
    bench.run("pass", "--name", "one")
    before = bench.database.read_bytes()
    bench.tidemark("top", "--once")
    assert bench.database.read_bytes() == before
