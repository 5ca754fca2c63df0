"""Tensors: those in memory are read at once, those on a device when they are ready, and nothing waits."""
from __future__ import annotations

import math
import os
import subprocess
import sys
import types

import pytest

import tidemark


@pytest.fixture
def torch():
    return pytest.importorskip("torch")


def test_the_package_imports_neither_torch_nor_much_else():
    script = ("import sys, time; before = set(sys.modules); import tidemark; new = set(sys.modules) - before;"
              "print(sorted(name for name in new if name.split('.')[0] in ('torch', 'numpy', 'json', 'subprocess', 'logging')))")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_tensor_in_memory_is_read_at_once(run, the_journal, torch):
    weight = torch.tensor(2.0, requires_grad=True)
    assert run.step(torch.tensor(3), loss=weight * 2, batch_size=torch.tensor(4), gradient_norm=torch.tensor([1.5]),
                    learning_rate=torch.tensor(0.5, dtype=torch.bfloat16))
    journal = the_journal()
    (step,) = journal.steps()
    assert (step.step, step.loss, step.batch_size, step.gradient_norm, step.learning_rate) == (3, 4.0, 4, 1.5, 0.5)
    assert journal.of("completion") == []


def test_nan_of_a_tensor_is_nan(run, the_journal, torch):
    run.step(1, loss=torch.tensor(math.nan))
    assert math.isnan(the_journal().steps()[0].loss)


@pytest.mark.parametrize("make", [
    lambda torch: torch.ones(3), lambda torch: torch.empty(0), lambda torch: torch.tensor(1j),
    lambda torch: torch.empty((), device="meta"), lambda torch: torch.nn.Linear(1, 1),
])
def test_a_tensor_that_is_no_number_is_left_out(run, the_journal, torch, make):
    assert run.step(1, loss=make(torch), gradient_norm=1.0)
    assert the_journal().steps()[0].values == {"step": 1, "gradient_norm": 1.0}
    assert run.counts()["values_unusable"] == 1


def test_a_tensor_that_stands_for_something_else_is_not_read(run, the_journal, torch):
    class Distributed(torch.Tensor):
        @classmethod
        def __torch_dispatch__(cls, function, types, args=(), kwargs=None):
            raise AssertionError("reading it would talk to other ranks")

    assert run.step(1, loss=torch.Tensor._make_subclass(Distributed, torch.tensor(1.0)))
    assert "loss" not in the_journal().steps()[0].values


def test_parameters_are_tensors_too(run, the_journal, torch):
    assert run.step(1, loss=torch.nn.Parameter(torch.tensor(0.5)))
    assert the_journal().steps()[0].loss == 0.5


# --- a device that is not there ---


class Device:
    def __init__(self, type: str, index: int = 0) -> None:
        self.type, self.index = type, index


class FakeTensor:
    """A scalar whose value arrives when its stream says so. `item` is what must never be called on it."""

    def __init__(self, value: float, device: Device, host=None) -> None:
        self._value, self.device, self.dtype, self._host = value, device, "float32", host

    def numel(self) -> int:
        return 1

    def detach(self):
        return self

    def reshape(self, shape):
        return self

    def item(self):
        assert self.device.type == "cpu", "a read that waits for the device"
        return self._value

    def copy_(self, source, non_blocking):
        assert non_blocking
        self._value = source._value

    def __float__(self):
        return self.item()


class FakeTorch(types.ModuleType):
    """What the package uses of torch, with events that are ready when the test says so."""

    def __init__(self) -> None:
        super().__init__("torch")
        self.Tensor = FakeTensor
        self.arrived: set[int] = set()
        self.all_arrived = False
        self.capturing = False
        self.recorded = 0
        self.pinned = 0
        outer = self

        class Event:
            def record(self, stream=None):
                outer.recorded += 1
                self.number = outer.recorded

            def query(self):
                return outer.all_arrived or self.number in outer.arrived

            def synchronize(self):
                raise AssertionError("a wait")

        self.cuda = types.SimpleNamespace(
            Event=Event, current_stream=lambda device: ("stream", device.index), is_initialized=lambda: False,
            is_current_stream_capturing=lambda: self.capturing, synchronize=Event.synchronize)
        self.mps = types.SimpleNamespace(event=types.SimpleNamespace(Event=Event))
        self.backends = types.SimpleNamespace(mps=types.SimpleNamespace(is_available=lambda: False))

    def empty(self, count, dtype, device, pin_memory):
        assert device == "cpu"
        self.pinned += pin_memory
        return [FakeTensor(0.0, Device("cpu")) for _ in range(count)]

    def scalar(self, value: float, kind: str = "cuda", index: int = 0) -> FakeTensor:
        return FakeTensor(value, Device(kind, index))


@pytest.fixture
def device(monkeypatch):
    fake = FakeTorch()
    monkeypatch.setitem(sys.modules, "torch", fake)
    return fake


@pytest.mark.parametrize("kind", ["cuda", "mps"])
def test_a_devices_tensor_is_read_at_the_next_step(run, the_journal, device, kind):
    assert run.step(1, loss=device.scalar(0.5, kind), learning_rate=1e-4)
    assert "loss" not in the_journal().steps()[0].values
    device.all_arrived = True
    assert run.step(2)
    journal = the_journal()
    (late,) = journal.of("completion")
    assert late.values == {"step": 1, "loss": 0.5}
    assert late.time_ns == journal.steps()[0].time_ns
    assert device.pinned == (kind == "cuda")


def test_a_value_that_is_not_ready_is_left_for_a_later_step(run, the_journal, device):
    run.step(1, loss=device.scalar(0.5))
    run.step(2, loss=device.scalar(0.75))
    run.step(3)
    assert the_journal().of("completion") == []
    device.arrived.add(2)
    run.step(4)
    assert [late.step for late in the_journal().of("completion")] == [2]
    device.arrived.add(1)
    run.step(5)
    assert [late.step for late in the_journal().of("completion")] == [2, 1]


def test_all_values_of_a_step_that_are_ready_go_out_in_one_completion(run, the_journal, device):
    run.step(1, loss=device.scalar(0.5), gradient_norm=device.scalar(2.0), learning_rate=device.scalar(1e-4),
             batch_size=device.scalar(8.0))
    device.all_arrived = True
    run.step(2)
    (late,) = the_journal().of("completion")
    assert late.values == {"step": 1, "loss": 0.5, "gradient_norm": 2.0, "learning_rate": 1e-4, "batch_size": 8}


def test_values_are_completed_at_a_phase_and_at_the_end(program, the_journal, device):
    with tidemark.monitor() as run:
        run.step(1, loss=device.scalar(0.5))
        device.arrived.add(1)
        with run.phase("sampling"):
            assert [late.step for late in the_journal().of("completion")] == [1]
        run.step(2, loss=device.scalar(0.75))
        device.arrived.add(2)
    assert [late.loss for late in the_journal().of("completion")] == [0.5, 0.75]


def test_at_the_end_nothing_is_waited_for_and_what_is_missing_is_counted(program, the_journal, device):
    with tidemark.monitor() as run:
        run.step(1, loss=device.scalar(0.5))
    journal = the_journal()
    assert journal.of("completion") == []
    assert journal.events("monitoring_end")[0].details == {"completed": True, "pid": os.getpid(), "values_given_up": 1}


def test_a_device_that_hangs_costs_a_bounded_number_of_values(run, the_journal, device):
    for step in range(200):
        assert run.step(step, loss=device.scalar(float(step)))
    assert len(the_journal().steps()) == 200
    counts = run.counts()
    assert counts["values_given_up"] + counts["values_unusable"] == 200 - 32
    assert device.recorded <= 64, "memory that a copy may still write to is not used again"
    device.all_arrived = True
    run.step(200, loss=device.scalar(200.0))
    run.step(201)
    late = the_journal().of("completion")
    assert len(late) == 33
    assert all(one.loss == one.step for one in late)
    for step in range(300, 400):
        run.step(step, loss=device.scalar(float(step)))
    assert run.counts() == {**run.counts(), "values_given_up": counts["values_given_up"]}


def test_memory_is_pinned_once_for_each_device_and_type(run, device):
    device.all_arrived = True
    for step in range(300):
        run.step(step, loss=device.scalar(1.0), gradient_norm=device.scalar(1.0, index=1))
    assert device.pinned == 2


def test_nothing_is_copied_into_a_graph_that_is_being_captured(run, the_journal, device):
    device.capturing = True
    assert run.step(1, loss=device.scalar(0.5))
    assert device.recorded == 0
    assert run.counts()["values_unusable"] == 1


@pytest.mark.parametrize("kind", ["xpu", "hpu", "meta"])
def test_devices_without_events_are_left_alone(run, the_journal, device, kind):
    assert run.step(1, loss=device.scalar(0.5, kind))
    assert "loss" not in the_journal().steps()[0].values


def test_a_step_number_on_a_device_is_not_waited_for(run, device):
    assert run.step(device.scalar(1.0), loss=0.5) is False


def test_an_error_of_the_device_stays_the_trainers_to_meet(run, the_journal, device):
    run.step(1, loss=device.scalar(0.5))
    device.cuda.Event.query = lambda self: (_ for _ in ()).throw(RuntimeError("CUDA error: an illegal memory access"))
    assert run.step(2)
    assert run.step(3)
    assert run.counts()["values_unusable"] == 1


class ArrayOfAnotherLibrary:
    """JAX's way: a blocking float, and is_ready."""

    def __init__(self) -> None:
        self.done = False

    def is_ready(self):
        return self.done

    def __dlpack_device__(self):
        return (2, 0)

    def __float__(self):
        assert self.done, "a read that waits"
        return 0.5


def test_arrays_that_tell_when_they_are_ready_are_read_then(run, the_journal):
    loss = ArrayOfAnotherLibrary()
    assert run.step(1, loss=loss)
    run.step(2)
    assert the_journal().of("completion") == []
    loss.done = True
    run.step(3)
    assert the_journal().of("completion")[0].values == {"step": 1, "loss": 0.5}


class ArrayOnAGpu:
    __cuda_array_interface__ = {}

    def __float__(self):
        raise AssertionError("a read that waits")


def test_arrays_that_do_not_tell_are_not_read(run, the_journal):
    assert run.step(1, loss=ArrayOnAGpu())
    assert "loss" not in the_journal().steps()[0].values
