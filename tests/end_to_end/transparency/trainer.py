"""A trainer that says what reaches it. Every line is one write, so nothing is lost in a buffer."""

import errno
import os
import select
import signal
import sys
import termios
import time
import tty

WATCHED = ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGQUIT", "SIGALRM", "SIGWINCH", "SIGCONT"]


DEADLINE = time.monotonic() + 120  # whatever becomes of its test, nothing is left behind


def say(text, fd=1):
    os.write(fd, text.encode())


def count_signals():
    """Counts what comes until SIGUSR2 asks for the counts."""
    counts = dict.fromkeys(WATCHED, 0)
    counts["RT"] = 0
    over = []

    def count(number, _frame):
        name = "RT" if number >= signal.SIGRTMIN else signal.Signals(number).name
        counts[name] += 1
        say(f"got {name}\n")

    for name in WATCHED:
        signal.signal(getattr(signal, name), count)
    signal.signal(signal.SIGRTMIN + 3, count)
    signal.signal(signal.SIGUSR2, lambda *_: over.append(True))
    say(f"up {os.getpid()}\n")
    while not over and time.monotonic() < DEADLINE:
        time.sleep(0.02)
    say("counts " + " ".join(f"{name}={n}" for name, n in counts.items() if n) + " end\n")


def lines():
    """Answers every line of standard input."""
    say(f"up {os.getpid()}\n")
    for line in sys.stdin:
        say(f"answer {line.strip()}\n")


def ask_terminal():
    """Reads a line from /dev/tty, whatever standard input is."""
    fd = os.open("/dev/tty", os.O_RDWR)
    say("question?\n")
    say(f"answer {os.read(fd, 100).decode().strip()}\n")


def one_key():
    """What curses does: the terminal's mode is set by way of standard output."""
    before = termios.tcgetattr(1)
    tty.setcbreak(1)
    say("press\n")
    say(f"key {os.read(0, 1).decode()}\n")
    termios.tcsetattr(1, termios.TCSADRAIN, before)


def show_size():
    """Shows the window's size again at every SIGWINCH, until SIGUSR2."""
    over = []

    def show(*_):
        size = os.get_terminal_size(1)
        say(f"size {size.lines}x{size.columns} up {os.getpid()}\n")

    signal.signal(signal.SIGWINCH, show)
    signal.signal(signal.SIGUSR2, lambda *_: over.append(True))
    show()
    while not over and time.monotonic() < DEADLINE:
        time.sleep(0.02)


def progress():
    """A progress bar as tqdm draws one: carriage returns on stderr, colours where it is a terminal."""
    colour = "\x1b[32m" if sys.stderr.isatty() else ""
    say(f"isatty {[os.isatty(fd) for fd in (0, 1, 2)]}\n")
    for percent in range(0, 101, 5):
        say(f"\r{colour}{percent:3}%|{'#' * (percent // 5):20}|", 2)
    say("\n", 2)
    say("tab\there \x07\x00\xff\n")


def note_closed_reader():
    """Notices, without writing, that nobody reads its standard output any more."""
    say("one\n")
    poll = select.poll()
    poll.register(1, 0)
    seen = poll.poll(20_000)
    say("reader gone\n" if seen else "reader never went\n", 2)


def write_until_error(file):
    """Writes until that fails, and leaves the reason in a file."""
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    say(f"up {os.getpid()}\n")
    try:
        while time.monotonic() < DEADLINE:
            say("x\n")
            time.sleep(0.02)
    except OSError as error:
        with open(file + ".part", "w") as out:
            out.write(errno.errorcode[error.errno])
        os.rename(file + ".part", file)


def write_lines(letter):
    for number in range(4000):
        say(f"{letter * 60} {number}\n")


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
