"""Disabled, a run does nothing, makes nothing and starts nothing."""
from __future__ import annotations

import pytest

import tidemark
from conftest import journals

ON = {"config": {"process": [{"monitoring": {"enabled": True}}]}}
OFF = {"config": {"process": [{"monitoring": {"enabled": False}}]}}


def check_disabled(run, program, own_folders):
    loader = [1, 2]
    with run:
        assert not run.active
        assert run.step(1, loss=0.5) is False
        assert run.step("nonsense", unheard_of=object()) is False
        assert run.event("e", a=1) is False
        assert run.parameters(trainable=1) is False
        assert run.batches(loader) is loader
        with run.phase("sampling"):
            pass
        assert run.phase("a") is run.phase("b"), "not even an object is made"
    run.close()
    assert run.counts() == {"values_unusable": 0, "values_given_up": 0}
    assert program.calls() == []
    assert journals(own_folders) == []


def test_by_the_call(program, own_folders):
    check_disabled(tidemark.monitor(enabled=False), program, own_folders)


@pytest.mark.parametrize("name, value", [
    ("TIDEMARK_DISABLED", "1"), ("TIDEMARK_DISABLED", "True"), ("TIDEMARK_ENABLED", "0"), ("TIDEMARK_ENABLED", "off"),
])
def test_by_the_environment(program, own_folders, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    check_disabled(tidemark.monitor(), program, own_folders)


def test_by_the_config(program, own_folders):
    check_disabled(tidemark.monitor(OFF), program, own_folders)


@pytest.mark.parametrize("config", [
    None, {}, ON, {"config": None}, {"config": {"process": []}}, {"config": {"process": [None]}},
    {"config": {"process": [{"monitoring": {"enabled": None}}]}}, {"config": {"process": "text"}},
])
def test_nothing_else_disables(program, monkeypatch, config):
    monkeypatch.setenv("TIDEMARK_DISABLED", "0")
    with tidemark.monitor(config) as run:
        assert run.active


def test_the_environment_comes_before_the_config(program, monkeypatch):
    monkeypatch.setenv("TIDEMARK_ENABLED", "1")
    with tidemark.monitor(OFF) as run:
        assert run.active


def test_an_exception_passes_through_a_disabled_run(program):
    error = ValueError()
    with pytest.raises(ValueError) as caught, tidemark.monitor(enabled=False):
        raise error
    assert caught.value is error


def test_a_wrong_argument_raises_also_when_disabled(program):
    with pytest.raises(TypeError):
        tidemark.monitor(name=5, enabled=False)
