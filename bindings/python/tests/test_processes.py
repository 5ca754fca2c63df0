"""Forked workers, threads and sudden deaths."""
from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading

import pytest

import tidemark
from conftest import journals
from journal_reader import Journal


def in_child(body) -> int:
    """The exit code of a forked child that runs `body` and leaves without cleaning up."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            body()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_forked_child_records_in_a_lane_of_its_own(run, the_journal):
    run.step(1)

    def child():
        assert run.step(100)
        assert run.event("from_a_worker", pid=os.getpid())
        with run.phase("loading"):
            pass

    assert in_child(child) == 0
    run.step(2)
    journal = the_journal()
    steps = {step.step: step for step in journal.steps()}
    assert steps[1].lane == steps[2].lane != steps[100].lane
    assert journal.events("from_a_worker")[0].lane == steps[100].lane
    assert "step_time_seconds" not in steps[100].values, "its parent's clock is not its own"


def test_a_forked_child_that_leaves_the_block_says_nothing_for_its_parent(program, the_journal):
    def child():
        with pytest.raises(SystemExit), run:
            sys.exit(3)
        run.close()
        assert run.step(100)

    with tidemark.monitor() as run:
        assert in_child(child) == 0
        assert the_journal().events() == []
        assert run.step(1)
    assert [event.type for event in the_journal().events()] == ["monitoring_end"]


def test_a_forked_child_that_ends_as_a_program_says_nothing_for_its_parent(in_process, the_journal):
    done = in_process("""
        import os, sys, tidemark
        with tidemark.monitor() as run:
            child = os.fork()
            if child == 0:
                run.step(100)
                sys.exit(0)      # runs the interpreter's whole end
            os.waitpid(child, 0)
            run.step(1)
    """)
    assert (done.returncode, done.stderr) == (0, "")
    journal = the_journal()
    assert len(journal.events("monitoring_end")) == 1
    assert sorted(step.step for step in journal.steps()) == [1, 100]


def test_a_forked_workers_own_run_does_not_speak_for_its_parents(run, the_journal):
    def child():
        with pytest.raises(ValueError), tidemark.monitor({"config": {}}, name="of the worker") as own:
            assert own.step(100)
            raise ValueError

    assert in_child(child) == 0
    assert run.step(1)
    assert the_journal().events() == []
    assert len(the_journal().steps()) == 2


def test_a_parents_values_on_their_way_stay_the_parents(run, the_journal):
    class Late:
        done = False

        def is_ready(self):
            return self.done

        def __float__(self):
            return 0.5

    run.step(1, loss=Late())
    Late.done = True
    assert in_child(lambda: run.step(100) and run.step(101)) == 0
    assert the_journal().of("completion") == []
    run.step(2)
    assert len(the_journal().of("completion")) == 1


def test_data_loader_workers_may_record(run, the_journal):
    torch = pytest.importorskip("torch")

    class Images(torch.utils.data.Dataset):
        def __len__(self):
            return 8

        def __getitem__(self, index):
            run.event("decoded", index=index)
            return index

    loader = torch.utils.data.DataLoader(Images(), batch_size=2, num_workers=2)
    for step, batch in enumerate(run.batches(loader)):
        assert run.step(step, loss=batch.float().mean())
    journal = the_journal()
    assert sorted(event.details["index"] for event in journal.events("decoded")) == list(range(8))
    assert len({event.lane for event in journal.events("decoded")}) == 2
    assert len(journal.steps()) == 4
    assert journal.steps()[0].data_wait_seconds > 0


def worker_of_a_pool(number):
    import tidemark

    with tidemark.monitor() as run:
        return run.step(number)


def test_spawned_workers_join_their_parents_journal(run, the_journal, monkeypatch):
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert all(pool.map(worker_of_a_pool, range(4)))
    assert sorted(step.step for step in the_journal().steps()) == [0, 1, 2, 3]


def test_threads_record_side_by_side(run, the_journal):
    def record(first):
        for step in range(first, first + 500):
            assert run.step(step, loss=0.5)

    threads = [threading.Thread(target=record, args=(1000 * i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    journal = the_journal()
    assert len(journal.steps()) == 4000
    for lane in {step.lane for step in journal.steps()}:
        steps = [step.step for step in journal.steps() if step.lane == lane]
        assert steps == sorted(steps)


TRAINER = """
    import os, sys, tidemark
    run = tidemark.monitor()
    for step in range(10**9):
        taken = run.step(step, loss=step * 0.5, batch_size=4)
        if step == {last}:
            os.write(1, b"%d" % taken)
            os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize("last", [0, 1, 1000])
def test_a_step_that_was_taken_survives_sigkill(program, own_folders, last):
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(TRAINER.format(last=last))], stdout=subprocess.PIPE)
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, b"1")
    (path,) = journals(own_folders)
    steps = Journal(path).steps()
    assert [step.step for step in steps] == list(range(last + 1))
    assert steps[-1].loss == last * 0.5


def test_sigkill_at_any_moment_leaves_whole_records(program, own_folders):
    trainer = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent("""
            import tidemark
            run = tidemark.monitor()
            print("ready", flush=True)
            for step in range(10**9):
                run.step(step, loss=0.5)
                if step % 1000 == 0:
                    run.event("checkpoint", text="x" * 1000)
         """)], stdout=subprocess.PIPE)
    assert trainer.stdout.readline() == b"ready\n"
    trainer.kill()
    trainer.wait()
    trainer.stdout.close()
    (path,) = journals(own_folders)
    steps = [step.step for step in Journal(path).steps()]
    assert steps == list(range(len(steps)))


def test_signal_handlers_may_record_and_close(in_process, the_journal):
    done = in_process("""
        import os, signal, tidemark
        run = tidemark.monitor()
        def handler(*_):
            run.event("signalled")
            run.close()
        signal.signal(signal.SIGTERM, handler)
        for step in range(1000):
            run.step(step)
            if step == 500:
                os.kill(os.getpid(), signal.SIGTERM)
    """)
    assert (done.returncode, done.stderr) == (0, "")
    journal = the_journal()
    assert [event.type for event in journal.events()] == ["signalled", "monitoring_end"]
    assert len(journal.steps()) == 501


def test_an_exception_of_a_signal_handler_passes_through_a_loop_of_steps(run):
    class Alarm(Exception):
        pass

    def handler(*_):
        raise Alarm

    before = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(Alarm):
            while True:
                run.step(1, loss=0.5)
    finally:
        signal.signal(signal.SIGALRM, before)
