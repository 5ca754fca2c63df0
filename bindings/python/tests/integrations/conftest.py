"""Trainings of a few seconds with tiny random models; nothing is fetched."""
from __future__ import annotations

import os
from pathlib import Path

os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1", CUDA_VISIBLE_DEVICES="",
                  TOKENIZERS_PARALLELISM="false")

import pytest
import tidemark
from recording import Recorder


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Every run that is opened meanwhile, kept instead of monitored."""
    recorder = Recorder()
    monkeypatch.setitem(vars(tidemark), "monitor", recorder.monitor)
    return recorder


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
