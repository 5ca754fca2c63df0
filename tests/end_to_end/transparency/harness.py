"""Terminals, shells and waiting, for tests that look at a command from outside."""

import fcntl
import os
import re
import select
import shlex
import signal
import struct
import subprocess
import sys
import termios
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PATIENCE = 40.0  # a deadline on a loaded machine, never a measurement

if os.environ.get("TIDEMARK_RUN_PREFIX"):
    PREFIX = shlex.split(os.environ["TIDEMARK_RUN_PREFIX"])
    REPORTS = True  # `tidemark run` prints its report on stderr after the trainer's end
else:
    PREFIX = [os.path.abspath(os.environ["LAUNCHER_PROBE"]), "--"]
    REPORTS = False


def with_options(*options):
    assert PREFIX[-1] == "--"
    return [*PREFIX[:-1], *options, "--"]


def trainer(*words):
    return [sys.executable, "-B", os.path.join(HERE, "trainer.py"), *words]


def environment(**extra):
    env = {k: v for k, v in os.environ.items() if k not in ("PS1", "PROMPT_COMMAND", "BASH_ENV")}
    return {**env, "TERM": "dumb", "LC_ALL": "C", "HISTFILE": "/dev/null", **extra}


def same(seen, expected):
    """Equal; with a report after it where the run prints one."""
    return seen.startswith(expected) if REPORTS else seen == expected


def wait_until(what, condition):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        result = condition()
        if result:
            return result
        time.sleep(0.01)
    raise AssertionError(f"not so after {PATIENCE} s: {what}")


def process_state(pid):
    """The letter of /proc/PID/stat; empty when there is no such process."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def parent_of(pid):
    with open(f"/proc/{pid}/stat") as stat:
        return int(stat.read().rpartition(")")[2].split()[1])


def run_piped(argv, data=None, **options):
    """Through pipes: (returncode, stdout, stderr)."""
    done = subprocess.run(argv, input=data, stdin=None if data is not None else subprocess.DEVNULL,
                          capture_output=True, timeout=PATIENCE, env=environment(), **options)
    return done.returncode, done.stdout, done.stderr


class Terminal:
    """A program as the leader of a session on a pty of its own."""

    def __init__(self, argv, rows=24, columns=80, **extra):
        self.master, slave = os.openpty()
        self.resize(rows, columns)
        self.process = subprocess.Popen(
            argv, stdin=slave, stdout=slave, stderr=slave, env=environment(**extra),
            start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        self.device = os.ttyname(slave)
        os.close(slave)
        self.seen = b""
        self.position = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.hang_up()
        self.process.wait()

    def hang_up(self):
        if self.master >= 0:
            os.close(self.master)
        self.master = -1

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text):
        os.write(self.master, text.encode())

    def take(self, seconds):
        """Takes what comes within so long; False at the terminal's end."""
        if not select.select([self.master], [], [], seconds)[0]:
            return True
        try:
            piece = os.read(self.master, 65536)
        except OSError:
            return False
        self.seen += piece
        return bool(piece)

    def expect(self, pattern):
        """Waits for a match after the last one and returns it."""
        deadline = time.monotonic() + PATIENCE
        while True:
            match = re.compile(pattern.encode()).search(self.seen, self.position)
            if match:
                self.position = match.end()
                return match
            if time.monotonic() > deadline:
                raise AssertionError(f"no {pattern!r} in {self.seen[self.position:]!r}")
            if not self.take(0.2) and not re.compile(pattern.encode()).search(
                    self.seen, self.position):
                raise AssertionError(f"ended without {pattern!r}: {self.seen!r}")

    def read_to_end(self):
        deadline = time.monotonic() + PATIENCE
        while self.take(0.2):
            assert time.monotonic() < deadline, self.seen
        return self.process.wait(PATIENCE), self.seen


def run_on_terminal(argv, **options):
    """(returncode, all that the terminal showed)."""
    with Terminal(argv, **options) as terminal:
        return terminal.read_to_end()


class Shell(Terminal):
    """bash with job control, as a user has it."""

    PROMPT = r"ready\$ "

    def __init__(self):
        super().__init__(["bash", "--norc", "--noprofile", "--noediting", "-i"], PS1="ready$ ")
        self.expect(self.PROMPT)

    def command(self, text):
        """Types a command and waits for the next prompt; what was shown in between."""
        begin = self.position
        self.start(text)
        self.expect(self.PROMPT)
        return self.seen[begin:self.position].decode(errors="replace")

    def start(self, text):
        self.type(text + "\n")
        self.expect(re.escape(text[-20:]) + r"\r\n")  # the echo

    def foreground(self):
        """fg; a key typed after it is not for the shell any more."""
        self.start("fg")
        wait_until("a job has the terminal",
                   lambda: os.tcgetpgrp(self.master) != self.process.pid)

    def status(self):
        return int(re.search(r"status=(\d+)", self.command('echo "status"=$?'))[1])


def kill(pid, name):
    os.kill(int(pid), getattr(signal, name))
