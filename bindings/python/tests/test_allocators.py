"""Allocator statistics at steps and phases: what there is, rarely, and nothing of the trainer's is touched."""
from __future__ import annotations

import sys
import types

import pytest

import tidemark
from tidemark import _tidemark, allocators


def test_the_c_librarys_allocator_is_recorded_at_the_first_step_and_not_at_each(run, the_journal):
    if _tidemark.malloc_statistics() is None:
        pytest.skip("malloc here is not glibc's")
    for step in range(1, 100):
        run.step(step)
    (record,) = the_journal().of("allocator")
    assert (record.device, record.index, record.step) == ("cpu", 0, 1)
    assert 0 < record.allocated <= record.reserved
    assert (record.peak_allocated, record.peak_reserved) == (0, 0)


def test_it_sees_what_is_allocated():
    if _tidemark.malloc_statistics() is None:
        pytest.skip("malloc here is not glibc's")
    before, _, _ = _tidemark.malloc_statistics()
    block = bytearray(64 << 20)
    after, reserved, took_ns = _tidemark.malloc_statistics()
    assert after - before >= 64 << 20
    assert reserved >= after
    assert took_ns > 0
    del block


def test_a_phase_looks_too_within_the_same_limit(run, the_journal):
    with run.phase("model_load"):
        pass
    with run.phase("latent_caching"):
        pass
    assert [record.step for record in the_journal().of("allocator") if record.device == "cpu"] in ([-1], [])


class Statistics(types.ModuleType):
    """torch with two GPUs of which one is in use; everything that is not read raises."""

    def __init__(self, initialized: bool = True) -> None:
        super().__init__("torch")
        self.calls = 0
        self.broken = False
        numbers = {"current": 100, "peak": 300}
        used = {"allocated_bytes": {"all": numbers}, "reserved_bytes": {"all": {"current": 200, "peak": 400}}}

        def statistics(device):
            assert initialized, "this would initialise CUDA"
            self.calls += 1
            if self.broken:
                raise RuntimeError("CUDA error: device-side assert triggered")
            return used if device == 1 else {}

        self.cuda = types.SimpleNamespace(is_initialized=lambda: initialized, device_count=lambda: 2,
                                          memory_stats_as_nested_dict=statistics)
        self.backends = types.SimpleNamespace(mps=types.SimpleNamespace(is_available=lambda: False))


def test_cuda_devices_in_use_are_recorded(run, the_journal, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", Statistics())
    run.step(7)
    (record,) = [one for one in the_journal().of("allocator") if one.device == "cuda"]
    assert record.values == {"device": "cuda", "index": 1, "step": 7, "allocated": 100, "reserved": 200,
                             "peak_allocated": 300, "peak_reserved": 400}


def test_cuda_is_never_initialised(run, the_journal, monkeypatch):
    torch = Statistics(initialized=False)
    monkeypatch.setitem(sys.modules, "torch", torch)
    assert run.step(7)
    assert torch.calls == 0


def test_an_error_of_the_device_costs_nothing_but_the_record(run, the_journal, monkeypatch):
    torch = Statistics()
    torch.broken = True
    monkeypatch.setitem(sys.modules, "torch", torch)
    for step in range(100):
        assert run.step(step)
    assert torch.calls == 1, "it is left alone for a while"


def test_mps_is_recorded_where_it_is_in_use(run, the_journal, monkeypatch):
    torch = Statistics(initialized=False)
    torch.backends.mps.is_available = lambda: True
    torch.mps = types.SimpleNamespace(current_allocated_memory=lambda: 1000, driver_allocated_memory=lambda: 5000)
    monkeypatch.setitem(sys.modules, "torch", torch)
    run.step(7)
    (record,) = [one for one in the_journal().of("allocator") if one.device == "mps"]
    assert (record.allocated, record.reserved, record.peak_allocated) == (1000, 5000, 0)


def test_a_rank_that_leaves_steps_to_rank_0_records_its_allocators(run, the_journal, monkeypatch):
    run.step(1)
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setitem(sys.modules, "torch", Statistics())
    with tidemark.monitor() as other:
        assert other.step(7) is False
    assert [one.index for one in the_journal().of("allocator") if one.device == "cuda"] == [1]


class Taken:
    """A journal that takes notes."""

    def __init__(self) -> None:
        self.records = []

    def allocator(self, *values) -> bool:
        self.records.append(values)
        return True


def test_looking_stays_under_a_thousandth_of_the_time(monkeypatch):
    now = 10**12
    monkeypatch.setattr(allocators, "monotonic_ns", lambda: now)
    monkeypatch.setattr(allocators, "_tidemark", types.SimpleNamespace(malloc_statistics=lambda: (1, 2, 20_000_000)))
    sampler, journal = allocators.AllocatorSampler(), Taken()
    assert sampler.sample(journal, 1) == 5_000_000_000
    now += 5_000_000_000
    sampler.sample(journal, 2)
    now += 14_999_999_999
    sampler.sample(journal, 3)
    assert len(journal.records) == 1, "20 ms are looked at every 20 s at most"
    now += 1
    sampler.sample(journal, 4)
    assert len(journal.records) == 2


def test_a_forked_child_leaves_its_parents_devices_alone(run, monkeypatch):
    import os

    torch = Statistics()
    monkeypatch.setitem(sys.modules, "torch", torch)
    child = os.fork()
    if child == 0:
        run.step(1)
        os._exit(torch.calls)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    run.step(1)
    assert torch.calls == 2
