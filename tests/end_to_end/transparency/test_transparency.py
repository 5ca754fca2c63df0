"""`tidemark run -- CMD` is transparent to CMD, to the shell and to the user.

One table for the launcher alone (LAUNCHER_PROBE, the default) and for the whole product
(TIDEMARK_RUN_PREFIX="path/tidemark run --"). Most cases run twice, bare and launched, or compare the
two byte for byte, so that the table itself is checked against what it claims.
"""

import json
import os
import shlex
import signal
import stat
import subprocess
import sys

import pytest

from harness import (PATIENCE, PREFIX, REPORTS, Shell, Terminal, kill, parent_of, process_state,
                     run_on_terminal, run_piped, same, trainer, wait_until, with_options)

both = pytest.mark.parametrize("prefix", [[], PREFIX], ids=["bare", "launched"])
sh = ["sh", "-c"]


def line_of(prefix, *argv):
    return shlex.join([*prefix, *argv])


# --- output ---------------------------------------------------------------------------------------

def test_terminal_output_is_the_same_bytes():
    bare = run_on_terminal(trainer("progress"))
    launched = run_on_terminal([*PREFIX, *trainer("progress")])
    assert b"isatty [True, True, True]\r\n" in bare[1]
    assert b"\r\x1b[32m 50%|" in bare[1]
    assert same(launched[1], bare[1])
    assert launched[0] == bare[0] == 0


def test_piped_output_is_the_same_bytes():
    bare = run_piped(trainer("progress"))
    launched = run_piped([*PREFIX, *trainer("progress")])
    assert b"isatty [False, False, False]\n" in bare[1]
    assert (launched[0], launched[1]) == (0, bare[1])
    assert same(launched[2], bare[2])


INTERLEAVED = [*sh, "for i in $(seq 300); do echo out $i; echo err $i >&2; done"]


def test_order_of_stdout_and_stderr_is_kept_on_a_terminal():
    assert same(run_on_terminal([*PREFIX, *INTERLEAVED])[1], run_on_terminal(INTERLEAVED)[1])


def test_order_of_stdout_and_stderr_is_kept_in_one_pipe():
    def read(argv):
        return subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=PATIENCE).stdout
    expected = "".join(f"out {i}\nerr {i}\n" for i in range(1, 301)).encode()
    assert read(INTERLEAVED) == expected
    assert same(read([*PREFIX, *INTERLEAVED]), expected)


def test_ten_megabytes_of_any_bytes_pass_both_ways():
    data = os.urandom(10 << 20)
    code, out, _ = run_piped([*PREFIX, "cat"], data)
    assert code == 0
    assert out == data


def test_lines_of_two_runs_in_one_pipe_stay_whole():
    script = (f"{line_of(PREFIX, *trainer('write_lines', 'a'))} 2>/dev/null & "
              f"{line_of(PREFIX, *trainer('write_lines', 'b'))} 2>/dev/null; wait")
    done = subprocess.run([*sh, script], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          timeout=PATIENCE)
    lines = done.stdout.decode().splitlines()
    expected = [f"{letter * 60} {number}" for letter in "ab" for number in range(4000)]
    assert sorted(lines) == sorted(expected)


@both
def test_a_reader_that_leaves_ends_the_writer_by_sigpipe(prefix):
    script = f"{line_of(prefix, 'yes')} 2>/dev/null | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, timeout=PATIENCE,
                          restore_signals=True)
    assert done.stdout == b"y\n141\n"


@both
def test_a_writer_sees_that_its_reader_left_before_it_writes(prefix):
    script = f"{line_of(prefix, *trainer('note_closed_reader'))} | head -1"
    code, out, err = run_piped([*sh, script])
    assert (code, out) == (0, b"one\n")
    assert err.startswith(b"reader gone\n")


@both
def test_a_reader_sees_that_the_writer_closed_its_output(prefix, tmp_path):
    go = tmp_path / "go"
    script = f"echo out; exec >&-; while [ ! -e {go} ]; do sleep 0.02; done"
    process = subprocess.Popen([*prefix, *sh, script], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout.read() == b"out\n"  # to the end, while the command goes on
    assert process.poll() is None
    go.touch()
    assert process.wait(PATIENCE) == 0


@both
def test_a_regular_file_is_the_trainers_own(prefix, tmp_path):
    file = tmp_path / "out"
    file.write_text("before\n")
    with open(file, "ab") as out:
        code = subprocess.run([*prefix, "stat", "-L", "-c", "%i", "/proc/self/fd/1"], stdout=out,
                              stderr=subprocess.DEVNULL, timeout=PATIENCE).returncode
    assert code == 0
    assert file.read_text() == f"before\n{file.stat().st_ino}\n"


@both
def test_dev_null_is_the_trainers_own(prefix):
    command = [*sh, "out=$(readlink /proc/$$/fd/1); echo $out >&2"]
    done = subprocess.run([*prefix, *command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          stdin=subprocess.DEVNULL, timeout=PATIENCE)
    assert same(done.stderr, b"/dev/null\n")


def test_no_capture_leaves_the_real_terminal():
    with Terminal([*with_options("--no-capture"), *sh, "tty; tty <&1; tty <&2"]) as terminal:
        name = terminal.device.encode()
        code, seen = terminal.read_to_end()
    assert code == 0
    assert same(seen, b"\r\n".join([name] * 3) + b"\r\n")


def test_a_log_is_one_more_copy_of_both_streams(tmp_path):
    log = tmp_path / "log"
    code, out, err = run_piped([*with_options("--log", str(log)), *sh, "echo out; echo err >&2"])
    assert (code, out) == (0, b"out\n")
    assert same(err, b"err\n")
    assert sorted(log.read_bytes().splitlines()) == [b"err", b"out"]
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_log_takes_a_copy_of_what_goes_into_a_file(tmp_path):
    log, out = tmp_path / "log", tmp_path / "out"
    log.write_bytes(b"before\n")
    with open(out, "wb") as file:
        subprocess.run([*with_options("--log", str(log)), "echo", "text"], stdout=file,
                       stderr=subprocess.DEVNULL, timeout=PATIENCE, check=True)
    assert out.read_bytes() == b"text\n"
    assert log.read_bytes() == b"before\ntext\n"


def test_a_log_that_cannot_be_opened_is_said_before_the_start(tmp_path):
    code, out, err = run_piped([*with_options("--log", str(tmp_path / "no" / "log")), "echo", "ran"])
    assert code not in (0, 126, 127)
    assert out == b""
    assert b"No such file or directory" in err


def test_a_log_on_a_full_disk_leaves_the_output_whole():
    code, out, err = run_piped([*with_options("--log", "/dev/full"), "seq", "20000"])
    assert code == 0
    assert out == "".join(f"{n}\n" for n in range(1, 20001)).encode()
    assert b"No space left on device" in err


# --- input ----------------------------------------------------------------------------------------

@both
def test_input_from_a_file(prefix, tmp_path):
    file = tmp_path / "in"
    file.write_text("first\nsecond\n")
    with open(file, "rb") as source:
        out = subprocess.run([*prefix, *sh, "read a; read b; echo $b $a"], stdin=source,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=PATIENCE)
    assert out.stdout == b"second first\n"


@both
def test_a_writer_sees_that_the_trainer_closed_its_input(prefix, tmp_path):
    go = tmp_path / "go"
    script = f"exec <&-; while [ ! -e {go} ]; do sleep 0.02; done"
    process = subprocess.Popen([*prefix, *sh, script], stdin=subprocess.PIPE,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def refused():
        try:
            os.write(process.stdin.fileno(), b"x")
        except BrokenPipeError:
            return True
        return False
    wait_until("the pipe has no reader", refused)
    go.touch()
    assert process.wait(PATIENCE) == 0


@both
def test_a_line_typed_at_the_terminal(prefix):
    with Terminal([*prefix, *trainer("lines")]) as terminal:
        terminal.expect(r"up \d+\r\n")
        terminal.type("hello\n")
        terminal.expect(r"hello\r\nanswer hello\r\n")
        terminal.type("\x04")
        code, _ = terminal.read_to_end()
    assert code == 0


@both
def test_a_question_to_dev_tty_behind_a_pipe(prefix):
    with Shell() as shell:
        shell.start(f"echo piped | {line_of(prefix, *trainer('ask_terminal'))}")
        shell.expect(r"question\?")
        shell.type("typed\n")
        shell.expect(r"answer typed\r\n")
        shell.expect(Shell.PROMPT)
        assert shell.status() == 0


@both
def test_a_key_without_return_where_the_mode_is_set_by_stdout(prefix):
    with Terminal([*prefix, *trainer("one_key")]) as terminal:
        terminal.expect("press")
        terminal.type("k")
        terminal.expect(r"key k\r\n")
        code, _ = terminal.read_to_end()
    assert code == 0


# --- how it ends ----------------------------------------------------------------------------------

@pytest.mark.parametrize("code", [0, 1, 77, 255])
def test_exit_code(code):
    assert run_piped([*PREFIX, *sh, f"exit {code}"])[0] == code


@pytest.mark.parametrize("name", ["KILL", "SEGV", "TERM", "INT", "HUP", "ABRT"])
def test_death_by_a_signal_is_128_and_its_number(name):
    script = f"ulimit -c 0; kill -{name} $$"
    number = getattr(signal, "SIG" + name)
    assert run_piped([*sh, script])[0] == -number
    assert run_piped([*PREFIX, *sh, script])[0] == 128 + number


def test_a_command_that_is_not_there_is_127():
    code, out, err = run_piped([*PREFIX, "no-such-command-here"])
    assert (code, out) == (127, b"")
    assert b"no-such-command-here: command not found" in err
    assert run_piped([*PREFIX, "/no/such/file"])[0] == 127


def test_a_file_that_is_not_executable_is_126(tmp_path):
    file = tmp_path / "plain"
    file.write_text("text\n")
    code, _, err = run_piped([*PREFIX, str(file)])
    assert code == 126
    assert b"Permission denied" in err
    assert run_piped([*PREFIX, str(tmp_path)])[0] == 126


def test_a_script_whose_interpreter_is_missing_is_127(tmp_path):
    file = tmp_path / "script"
    file.write_text("#!/no/such/interpreter\n")
    file.chmod(0o755)
    assert run_piped([*PREFIX, str(file)])[0] == 127


def test_a_script_without_an_interpreter_line_runs(tmp_path):
    file = tmp_path / "script"
    file.write_text("echo by sh\n")
    file.chmod(0o755)
    assert run_piped([*PREFIX, str(file)])[:2] == (0, b"by sh\n")


def test_exec_of_another_program():
    script = f"exec {shlex.quote(sys.executable)} -c 'print(6 * 7); raise SystemExit(9)'"
    assert run_piped([*PREFIX, *sh, script])[:2] == (9, b"42\n")


def test_runs_of_milliseconds_lose_nothing():
    for number in range(int(os.environ.get("TIDEMARK_SHORT_RUNS", 20 if REPORTS else 200))):
        code, out, err = run_piped([*PREFIX, *sh, f"echo out; echo err >&2; exit {number % 3}"])
        assert (code, out) == (number % 3, b"out\n")
        assert same(err, b"err\n")


def test_short_runs_on_a_terminal_lose_nothing():
    for _ in range(10):
        assert same(run_on_terminal([*PREFIX, "seq", "2000"])[1],
                    "".join(f"{n}\r\n" for n in range(1, 2001)).encode())


@pytest.mark.parametrize("starter", ["", "setsid "], ids=["child", "daemon"])
def test_output_of_a_child_left_behind_still_arrives_in_a_pipe(starter, tmp_path):
    go = tmp_path / "go"
    later = f"while [ ! -e {go} ]; do sleep 0.02; done; seq 50000; echo late"
    process = subprocess.Popen([*PREFIX, *sh, f"{starter}sh -c '{later}' & echo first"],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL)
    assert process.wait(PATIENCE) == 0  # with its trainer, not with the child
    go.touch()
    expected = "first\n" + "".join(f"{n}\n" for n in range(1, 50001)) + "late\n"
    assert process.stdout.read() == expected.encode()


@both
@pytest.mark.parametrize("starter", ["", "setsid "], ids=["child", "daemon"])
def test_output_of_a_child_left_behind_still_arrives_at_a_terminal(prefix, starter, tmp_path):
    go = tmp_path / "go"
    later = f"while [ ! -e {go} ]; do sleep 0.02; done; echo la''te"
    with Shell() as shell:
        shell.command(line_of(prefix, *sh, f'{starter}sh -c "{later}" & echo first'))
        assert shell.status() == 0
        go.touch()
        shell.expect(r"late\r\n")


def test_a_signal_ends_the_wait_for_a_slow_reader_and_loses_nothing():
    process = subprocess.Popen([*PREFIX, *sh, "seq 20000; echo $$ >&2"],  # between one pipe and two
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    pid = int(process.stderr.readline())
    wait_until("the trainer is reaped", lambda: not process_state(pid))
    assert process.poll() is None
    kill(process.pid, "SIGINT")
    assert process.wait(PATIENCE) == 0
    assert process.stdout.read() == "".join(f"{n}\n" for n in range(1, 20001)).encode()


def test_a_reader_of_substituted_output_waits_for_the_child_as_without_us(tmp_path):
    script = f"x=$({line_of(PREFIX, *sh, '(sleep 0.3; echo late) & echo first')} 2>/dev/null); echo $x"
    assert run_piped(["bash", "-c", script])[1] == b"first late\n"


# --- signals --------------------------------------------------------------------------------------

def start_counting(prefix, **options):
    process = subprocess.Popen([*prefix, *trainer("count_signals")], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **options)
    return process, int(process.stdout.readline().split()[1])


@both
def test_each_signal_sent_to_it_reaches_the_trainer_once(prefix):
    process, _ = start_counting(prefix)
    names = ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGQUIT", "SIGALRM", "SIGWINCH", "SIGCONT"]
    for name in names:
        kill(process.pid, name)
        assert process.stdout.readline() == f"got {name}\n".encode()
    os.kill(process.pid, signal.SIGRTMIN + 3)
    assert process.stdout.readline() == b"got RT\n"
    kill(process.pid, "SIGUSR2")
    counts = " ".join(f"{name}=1" for name in names)
    assert process.stdout.read() == f"counts {counts} RT=1 end\n".encode()
    assert process.wait(PATIENCE) == 0


def test_a_signal_sent_to_the_launcher_ends_the_trainer():
    for name in ("SIGTERM", "SIGHUP", "SIGUSR1"):
        process = subprocess.Popen([*PREFIX, *sh, "echo up; exec sleep 100"],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL)
        assert process.stdout.readline() == b"up\n"
        kill(process.pid, name)
        assert process.wait(PATIENCE) == 128 + getattr(signal, name)


@both
def test_stop_and_continue_sent_to_the_trainer(prefix):
    process, pid = start_counting(prefix)
    kill(pid, "SIGSTOP")
    wait_until("the trainer is stopped", lambda: process_state(pid) == "T")
    kill(pid, "SIGCONT")
    assert process.stdout.readline() == b"got SIGCONT\n"
    kill(process.pid, "SIGUSR2")
    assert process.stdout.read() == b"counts SIGCONT=1 end\n"
    assert process.wait(PATIENCE) == 0


def test_the_launchers_death_is_that_of_a_pipes_reader(tmp_path):
    file = tmp_path / "why"
    process = subprocess.Popen([*PREFIX, *trainer("write_until_error", str(file))],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL)
    process.stdout.readline()
    process.kill()
    wait_until("the trainer's write failed", file.exists)
    assert file.read_text() == "EPIPE"
    process.stdout.close()
    process.wait(PATIENCE)


def test_the_launchers_death_is_that_of_a_terminal(tmp_path):
    file = tmp_path / "why"
    with Shell() as shell:
        shell.start(line_of(PREFIX, *trainer("write_until_error", str(file))))
        pid = int(shell.expect(r"up (\d+)\r\n")[1])
        kill(parent_of(pid), "SIGKILL")
        wait_until("the trainer's write failed", file.exists)
        assert file.read_text() == "EIO"
        shell.expect(Shell.PROMPT)  # and the terminal is the shell's again
        assert shell.status() == 137


@both
def test_nohup(prefix, tmp_path):
    process, pid = start_counting(["nohup", *prefix])
    kill(process.pid, "SIGUSR2")
    process.wait(PATIENCE)
    status = ["grep", "^Sig[BIC]", "/proc/self/status"]
    assert (run_piped(["nohup", *prefix, *status])[1]
            == run_piped(["nohup", *status])[1])


@both
def test_dispositions_and_mask_are_inherited(prefix):
    def prepare():
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        signal.signal(signal.SIGUSR2, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    code, out, _ = run_piped([*prefix, "grep", "^Sig[BI]", "/proc/self/status"], preexec_fn=prepare)
    masks = {line.split()[0]: int(line.split()[1], 16) for line in out.decode().splitlines()}
    assert code == 0
    assert masks["SigBlk:"] == 1 << (signal.SIGUSR1 - 1)
    assert masks["SigIgn:"] == 1 << (signal.SIGCHLD - 1) | 1 << (signal.SIGUSR2 - 1)


@both
def test_timeout(prefix):
    assert run_piped(["timeout", "0.5", *prefix, "sleep", "100"])[0] == 124


# --- descriptors ----------------------------------------------------------------------------------

OPEN_STANDARD = "s=; for f in 0 1 2; do [ -e /proc/$$/fd/$f ] && s=$s$f; done; echo \"$s.\" >{}"


@both
@pytest.mark.parametrize("closing,left", [("<&-", "12."), (">&-", "02."), ("2>&-", "01."),
                                          ("<&- >&-", "2."), ("<&- >&- 2>&-", ".")])
def test_closed_standard_streams_stay_closed(prefix, closing, left, tmp_path):
    file = tmp_path / "open"
    command = line_of(prefix, *sh, OPEN_STANDARD.format(file))
    code, out, _ = run_piped([*sh, f"{command} {closing}"])
    assert (code, file.read_text(), out) == (0, left + "\n", b"")


@both
def test_no_descriptor_is_added_or_taken(prefix, tmp_path):
    listing = [sys.executable, "-S", "-c", "import os; print(sorted(os.listdir('/proc/self/fd')))"]
    code, out, _ = run_piped([*sh, f"{line_of(prefix, *listing)} 7>{tmp_path / 'extra'}"])
    assert (code, out) == (0, b"['0', '1', '2', '3', '7']\n")  # 3 is the listing's own


def test_two_runs_in_a_pipeline():
    first, second = line_of(PREFIX, "seq", "100000"), line_of(PREFIX, "wc", "-l")
    assert run_piped([*sh, f"{first} | {second}"])[:2] == (0, b"100000\n")


# --- the keyboard and the shell's jobs ------------------------------------------------------------

def end_of_count(shell, pid):
    kill(pid, "SIGUSR2")
    return shell.expect(r"counts (.*?) ?end\r\n")[1].decode()


def start_on(shell, command):
    shell.start(command)
    return int(shell.expect(r"up (\d+)\r\n")[1])


@both
@pytest.mark.parametrize("behind", ["", " | (trap '' INT QUIT; cat)"], ids=["terminal", "pipeline"])
def test_ctrl_c_reaches_the_trainer_once(prefix, behind):
    with Shell() as shell:
        pid = start_on(shell, line_of(prefix, *trainer("count_signals")) + behind)
        shell.type("\x03")
        shell.expect("got SIGINT")
        shell.type("\x1c")
        shell.expect("got SIGQUIT")
        assert end_of_count(shell, pid) == "SIGINT=1 SIGQUIT=1"
        shell.expect(Shell.PROMPT)


@both
@pytest.mark.parametrize("before", ["", "cat | "], ids=["terminal", "pipeline"])
def test_ctrl_c_ends_it_with_130(prefix, before):
    with Shell() as shell:
        shell.start(before + line_of(prefix, *sh, "echo u''p; exec sleep 100"))
        shell.expect(r"up\r\n")
        shell.type("\x03")
        shell.expect(Shell.PROMPT)
        assert shell.status() == 130


@both
def test_ctrl_c_ends_a_loop_around_it(prefix):
    with Shell() as shell:
        once = line_of(prefix, *sh, "echo u''p; exec sleep 100")
        shell.start(f"for i in 1 2 3; do {once}; done")
        shell.expect(r"up\r\n")
        shell.type("\x03")
        shell.expect(Shell.PROMPT)
        assert shell.status() == 130
        assert shell.seen.count(b"up\r\n") == 1


@both
def test_the_trainer_has_the_foreground_from_its_first_instruction(prefix):
    ask = [sys.executable, "-c", "import os; print('own', os.tcgetpgrp(0) == os.getpgrp())"]
    with Shell() as shell:
        assert "own True" in shell.command(line_of(prefix, *ask))


@both
def test_what_comes_after_it_in_a_script_has_the_terminal(prefix, tmp_path):
    script = tmp_path / "script"
    script.write_text(line_of(prefix, "true") + "\nread line\necho read $line\n")
    with Shell() as shell:
        shell.start(f"bash {script}")
        shell.type("typed\n")
        shell.expect(r"read typed\r\n")
        shell.expect(Shell.PROMPT)


@both
def test_ctrl_c_ends_a_script_around_it(prefix, tmp_path):
    script = tmp_path / "script"
    script.write_text(line_of(prefix, *sh, "echo u''p; exec sleep 100") + "\necho went on\n")
    with Shell() as shell:
        shell.start(f"bash {script}")
        shell.expect(r"up\r\n")
        shell.type("\x03")
        shell.expect(Shell.PROMPT)
        assert shell.status() == 130
        assert b"went on" not in shell.seen


@both
@pytest.mark.parametrize("behind", ["", " | (trap '' INT; cat)"], ids=["terminal", "pipeline"])
def test_ctrl_z_and_fg(prefix, behind):
    with Shell() as shell:
        pid = start_on(shell, line_of(prefix, *trainer("count_signals")) + behind)
        for _ in range(2):
            shell.type("\x1a")
            shell.expect("Stopped")
            shell.expect(Shell.PROMPT)
            wait_until("the trainer is stopped", lambda: process_state(pid) == "T")
            shell.foreground()
            shell.expect("got SIGCONT")
        shell.type("\x03")
        shell.expect("got SIGINT")
        assert end_of_count(shell, pid) == "SIGINT=1 SIGCONT=2"
        shell.expect(Shell.PROMPT)
        assert shell.status() == 0


@both
def test_ctrl_z_and_fg_give_the_keyboard_back(prefix):
    with Shell() as shell:
        start_on(shell, line_of(prefix, *trainer("lines")))
        shell.type("one\n")
        shell.expect("answer one")
        shell.type("\x1a")
        shell.expect("Stopped")
        shell.expect(Shell.PROMPT)
        shell.foreground()
        shell.type("two\n")
        shell.expect("answer two")
        shell.type("\x04")
        shell.expect(Shell.PROMPT)
        assert shell.status() == 0


@both
def test_ctrl_z_and_bg(prefix):
    with Shell() as shell:
        pid = start_on(shell, line_of(prefix, *trainer("count_signals")))
        shell.type("\x1a")
        shell.expect("Stopped")
        shell.expect(Shell.PROMPT)
        shell.start("bg")
        shell.expect("got SIGCONT")
        shell.type("\x03")  # the shell's now
        shell.expect(Shell.PROMPT)
        assert end_of_count(shell, pid) == "SIGCONT=1"
        wait_until("the job is done", lambda: "Done" in shell.command("jobs; true"))


@both
def test_a_background_job_that_reads_the_terminal_stops_until_fg(prefix):
    with Shell() as shell:
        shell.command(line_of(prefix, *trainer("lines")) + " &")
        wait_until("it is stopped", lambda: "Stopped" in shell.command("jobs; true"))
        shell.foreground()
        shell.type("typed\n")
        shell.expect("answer typed")
        shell.type("\x04")
        shell.expect(Shell.PROMPT)
        assert shell.status() == 0


@both
def test_a_background_job_that_writes_stops_where_the_terminal_says_so(prefix, tmp_path):
    go = tmp_path / "go"
    script = f"while [ ! -e {go} ]; do sleep 0.02; done; echo ou''tput; echo mo''re"
    with Shell() as shell:
        shell.command("stty tostop")
        shell.command(line_of(prefix, *sh, script) + " &")
        go.touch()
        wait_until("it is stopped", lambda: "Stopped" in shell.command("jobs; true"))
        assert b"output\r\n" not in shell.seen
        shell.start("fg")
        shell.expect(r"output\r\nmore\r\n")
        shell.expect(Shell.PROMPT)
        assert shell.status() == 0


@both
def test_a_background_job_that_may_write_despite_tostop(prefix, tmp_path):
    go = tmp_path / "go"
    script = (f"trap '' TTOU; while [ ! -e {go} ]; do sleep 0.02; done; echo ou''tput; "
              f"while [ -e {go} ]; do sleep 0.02; done")
    with Shell() as shell:
        shell.command("stty tostop")
        shell.command(line_of(prefix, *sh, script) + " &")
        go.touch()
        shell.expect(r"output\r\n")
        assert "Running" in shell.command("jobs; true")
        go.unlink()


@both
def test_a_job_brought_to_the_foreground_has_ctrl_c(prefix):
    with Shell() as shell:
        shell.type(line_of(prefix, *trainer("count_signals")) + " &\n")
        pid = int(shell.expect(r"up (\d+)\r\n")[1])
        shell.foreground()
        shell.type("\x03")
        shell.expect("got SIGINT")
        assert end_of_count(shell, pid) == "SIGINT=1"
        shell.expect(Shell.PROMPT)


@both
def test_sigstop_in_the_foreground_gives_the_prompt_back(prefix):
    with Shell() as shell:
        pid = start_on(shell, line_of(prefix, *trainer("count_signals")))
        kill(pid, "SIGSTOP")
        shell.expect("Stopped")
        shell.expect(Shell.PROMPT)
        shell.foreground()
        shell.expect("got SIGCONT")
        assert end_of_count(shell, pid) == "SIGCONT=1"
        shell.expect(Shell.PROMPT)


@both
def test_kill_of_a_stopped_job(prefix):
    with Shell() as shell:
        pid = start_on(shell, line_of(prefix, *sh, "echo up $$; exec sleep 100"))
        launcher = parent_of(pid)
        shell.type("\x1a")
        shell.expect("Stopped")
        shell.expect(Shell.PROMPT)
        shell.command("kill %1")
        wait_until("the trainer is gone", lambda: process_state(pid) in ("", "Z"))
        # (bash's own `jobs` may go on showing a stopped job that was killed.)
        wait_until("the launcher is gone", lambda: process_state(launcher) in ("", "Z") or not prefix)


def test_ctrl_z_where_no_shell_could_continue_it():
    with Terminal([*PREFIX, *trainer("count_signals")]) as terminal:  # a session's only group
        pid = int(terminal.expect(r"up (\d+)\r\n")[1])
        terminal.type("\x1a")
        terminal.expect("got SIGCONT")
        wait_until("the trainer runs", lambda: process_state(pid) in "RS")
        terminal.type("\x03")
        terminal.expect("got SIGINT")
        kill(pid, "SIGUSR2")
        assert terminal.read_to_end()[0] == 0


# bash takes the terminal for its jobs from stderr, which has to be the real one then.
@pytest.mark.parametrize("prefix", [[], with_options("--no-capture")], ids=["bare", "launched"])
def test_a_shell_inside_has_its_own_job_control(prefix):
    inner = ["env", "PS1=inner$ ", "bash", "--norc", "--noprofile", "--noediting", "-i"]
    with Shell() as shell:
        shell.start(line_of(prefix, *inner))
        shell.expect(r"inner\$ ")
        shell.type("sh -c 'echo u''p; exec sleep 100'\n")
        shell.expect(r"up\r\n")
        shell.type("\x1a")
        shell.expect("Stopped")
        shell.expect(r"inner\$ ")
        shell.type("kill -KILL %1; fg; exit 5\n")
        shell.expect(Shell.PROMPT)
        assert shell.status() == 5


# --- the window -----------------------------------------------------------------------------------

@both
@pytest.mark.parametrize("behind", ["", "echo | "], ids=["terminal", "pipeline"])
def test_window_size_and_its_change(prefix, behind):
    with Shell() as shell:
        shell.start(behind + line_of(prefix, *trainer("show_size")))
        pid = int(shell.expect(r"size 24x80 up (\d+)\r\n")[1])
        shell.resize(40, 100)
        shell.expect("size 40x100 ")
        shell.resize(41, 33)
        shell.expect("size 41x33 ")
        kill(pid, "SIGUSR2")
        shell.expect(Shell.PROMPT)


@both
def test_a_terminal_that_hangs_up_takes_the_trainer_along(prefix):
    with Shell() as shell:
        pid = start_on(shell, line_of(prefix, *sh, "echo up $$; exec sleep 1000"))
        shell.hang_up()
        wait_until("the trainer is gone", lambda: process_state(pid) in ("", "Z"))


# --- what the launcher says of it (launcher_probe alone leaves an outcome) --------------------------

@pytest.mark.skipif("launcher_probe" not in PREFIX[0], reason="another program's way to tell")
def test_the_outcome_tells_of_the_child_its_output_and_its_signals(tmp_path):
    file = tmp_path / "outcome"
    process = subprocess.Popen([*with_options("--outcome", str(file)), *trainer("count_signals")],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL)
    pid = int(process.stdout.readline().split()[1])
    with open(f"/proc/{pid}/stat") as text:
        start_ticks = int(text.read().rpartition(")")[2].split()[19])
    for name in ("SIGUSR1", "SIGTERM"):
        kill(process.pid, name)
        assert process.stdout.readline() == f"got {name}\n".encode()
    kill(process.pid, "SIGUSR2")
    rest = process.stdout.read()
    assert process.wait(PATIENCE) == 0
    outcome = json.loads(file.read_text())
    assert (outcome["pid"], outcome["start_ticks"]) == (pid, start_ticks)
    assert outcome["signals_sent"] == [signal.SIGUSR1, signal.SIGTERM, signal.SIGUSR2]
    assert outcome["output_bytes"] == len(f"up {pid}\ngot SIGUSR1\ngot SIGTERM\n") + len(rest)
    assert outcome["max_rss_kib"] > 4000  # a Python interpreter, not the launcher


@pytest.mark.skipif("launcher_probe" not in PREFIX[0], reason="another program's way to tell")
def test_the_outcome_names_the_file_that_takes_the_output(tmp_path):
    file, out = tmp_path / "outcome", tmp_path / "out"
    out.write_text("before\n")
    with open(out, "ab") as target:
        subprocess.run([*with_options("--outcome", str(file)), "echo", "text"], stdout=target,
                       stderr=target, timeout=PATIENCE, check=True)
    outcome = json.loads(file.read_text())
    assert (outcome["output_file"], outcome["output_file_offset"]) == (str(out), 7)
    assert outcome["output_bytes"] == 0
