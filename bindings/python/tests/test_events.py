"""run.event and run.parameters: what becomes of details of every kind."""
from __future__ import annotations

import math
from argparse import Namespace
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import pytest


def details_of(run, the_journal, **details):
    assert run.event("e", **details)
    return the_journal().events("e")[-1].details


def test_an_event_has_its_type_and_details(run, the_journal):
    assert run.event("batch_size_change", old=4, new=2) is True
    (event,) = the_journal().events("batch_size_change")
    assert event.details == {"old": 4, "new": 2}


def test_an_event_without_details_has_none(run, the_journal):
    assert run.event("plain")
    assert the_journal().events("plain")[0].details == {}


def test_details_may_have_any_name(run, the_journal):
    assert details_of(run, the_journal, type="x", self=1) == {"type": "x", "self": 1}


@dataclass
class Settings:
    rate: float
    where: Path


@pytest.mark.parametrize("value, stored", [
    (None, None), (True, True), (0.5, 0.5), ("text", "text"), (math.nan, "nan"), (-math.inf, "-inf"),
    (2**62, 2**62), (2**63, "9223372036854775808"), ((1, [2, {"a": 3}]), [1, [2, {"a": 3}]]), ({5}, [5]),
    (OrderedDict(a=1), {"a": 1}), ({1: 2, None: 3}, {"1": 2, "None": 3}), (Path("/a/b"), "/a/b"),
    (Namespace(x=1), {"x": 1}), (Settings(0.5, Path("w")), {"rate": 0.5, "where": "w"}), (b"raw", "b'raw'"),
    ("half \ud800", "half ?"), ("\0", "\0"), ("日本", "日本"), (Settings, f"<class '{__name__}.Settings'>"), (1j, "1j"),
])
def test_values_become_json(run, the_journal, value, stored):
    assert details_of(run, the_journal, value=value) == {"value": stored}


class Unrepresentable:
    def __repr__(self):
        raise RuntimeError("no")


class Wordy:
    def __repr__(self):
        return "w" * 10_000


def test_odd_objects_are_their_bounded_repr(run, the_journal):
    stored = details_of(run, the_journal, odd=Unrepresentable(), wordy=Wordy(), huge=10**5000)
    assert stored["odd"] == "<Unrepresentable>"
    assert stored["wordy"] == "w" * 497 + "..."
    assert len(stored["huge"]) <= 500


def test_what_contains_itself_ends(run, the_journal):
    loop: list = []
    loop.append(loop)
    assert "..." in str(details_of(run, the_journal, loop=loop))


def test_details_over_256_kib_are_replaced_by_a_note(run, the_journal):
    stored = details_of(run, the_journal, text="x" * 300_000)
    assert stored == {"left_out": "the details are larger than 256 KiB", "keys": ["text"]}
    assert details_of(run, the_journal, many=list(range(10**6)))["keys"] == ["many"]
    assert len(details_of(run, the_journal, text="x" * 200_000)["text"]) == 200_000


def test_tensors_are_described_and_scalars_in_memory_read(run, the_journal):
    torch = pytest.importorskip("torch")
    stored = details_of(run, the_journal, scalar=torch.tensor(0.5), many=torch.ones(2, 3), nan=torch.tensor(math.nan))
    assert stored["scalar"] == 0.5
    assert stored["many"] == "Tensor(shape=torch.Size([2, 3]), dtype=torch.float32, device=cpu)"
    assert stored["nan"].startswith("Tensor(")


def test_numpy_scalars_are_numbers(run, the_journal):
    numpy = pytest.importorskip("numpy")
    assert details_of(run, the_journal, a=numpy.float32(0.5), b=numpy.int64(3)) == {"a": 0.5, "b": 3}


def test_mappings_that_raise_cost_the_event_and_nothing_else(run, the_journal):
    class Broken(dict):
        def items(self):
            raise RuntimeError("no")

    assert run.event("e", broken=Broken(a=1)) is False
    assert run.event("e", fine=1)


@pytest.mark.parametrize("type, stored", [("", "unnamed"), ("x" * 80, "x" * 64), ("half \ud800", "half ?"), (5, "5")])
def test_any_type_of_event_will_do(run, the_journal, type, stored):
    assert run.event(type)
    assert the_journal().events()[-1].type == stored


def test_parameters_are_an_event(run, the_journal):
    assert run.parameters(trainable=100, frozen=2 * 10**10, dtype="bf16")
    assert run.parameters(trainable=5)
    first, second = the_journal().events("parameters")
    assert first.details == {"trainable": 100, "frozen": 20_000_000_000, "dtype": "bf16"}
    assert second.details == {"trainable": 5}


def test_parameters_take_torchs_type(run, the_journal):
    torch = pytest.importorskip("torch")
    run.parameters(trainable=1, dtype=torch.bfloat16)
    run.parameters(trainable=1, dtype=torch.complex64)
    assert [event.details["dtype"] for event in the_journal().events("parameters")] == ["bf16", "torch.complex64"]
