"""ai-toolkit's trainer, told from inside; nothing of its source is changed.

`install()` is called by the extension that `tidemark integrate ai-toolkit` puts into its folder `extensions/`, which
every job imports before its trainer is made. From then on each trainer object is watched while it runs:

* steps: number, loss, batch size, gradient norm (before clipping), learning rate as ai-toolkit shows it, the time they
  took and the wait for data. On the main process alone; the allocators on every rank
* phases: `model_load`, `dataset_load`, `latent_caching`, `text_embedding_caching`, `vision_embedding_caching`,
  `control_images`, `train_preparation`, `sampling`, `checkpoint_save`, `validation`
* events: `model_load_stage`, `model_parts`, `optimizer_created`, `ema_created`, `training_shape` (a resolution's
  first step), `batch_size_change`, `oom_error` (with `caught` where ai-toolkit skips the batch), `exception`,
  `allocator_totals`

Without Tidemark's native module, or with TIDEMARK_DISABLED=1, nothing is wrapped at all. What goes wrong in here is one
warning of the logger `tidemark`; a job's own exceptions pass unchanged.
"""
from __future__ import annotations

import contextlib
import functools
import importlib
import os
from collections.abc import Callable
from typing import Any

from ._aitk_tap import JobTap, running_session
from ._guard import Guard

_OURS = "__tidemark__"
_CACHING = {"LatentCachingMixin": ("cache_latents_all_latents", "latent_caching"),
            "TextEmbeddingCachingMixin": ("cache_text_embeddings", "text_embedding_caching"),
            "CLIPCachingMixin": ("cache_clip_vision_to_disk", "vision_embedding_caching"),
            "ControlCachingMixin": ("setup_controls", "control_images")}
_guard = Guard("tidemark.integrations.aitoolkit")


def install() -> bool:
    """Puts the hook in place, once however often it is called. Answers whether jobs are watched. Never raises."""
    try:
        if _is_switched_off():
            return False
        importlib.import_module("tidemark._tidemark")
        return _wrap_trainer() and _wrap_caching()
    except ImportError:
        return False  # of another Python, or ai-toolkit is not what it was: then it is watched from outside
    except Exception:
        _guard.report("install")
        return False


def _is_switched_off() -> bool:
    return os.environ.get("TIDEMARK_DISABLED", "").lower() in ("1", "true", "yes", "on")


def _wrap_trainer() -> bool:
    module = importlib.import_module("jobs.process.BaseSDTrainProcess")
    return _wrap(module.BaseSDTrainProcess, "__init__", _around_init)


def _wrap_caching() -> bool:
    module = importlib.import_module("toolkit.dataloader_mixins")
    for owner, (method, phase) in _CACHING.items():
        _wrap(getattr(module, owner, None), method, functools.partial(_around_caching, phase))
    return True


def _wrap(owner: Any, name: str, make: Callable[[Any], Any]) -> bool:
    """The class's own method. Answers whether it is wrapped now."""
    original = vars(owner).get(name) if owner is not None else None
    if not callable(original):
        return False
    if not hasattr(original, _OURS):
        wrapper = functools.wraps(original)(make(original))
        setattr(wrapper, _OURS, True)
        setattr(owner, name, wrapper)
    return True


def _around_init(original: Any) -> Any:
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        _watch(self)

    return __init__


def _watch(process: Any) -> None:
    try:
        JobTap(process).attach()
    except Exception:
        _guard.report("watching a job")


def _around_caching(phase: str, original: Any) -> Any:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        with _phase(phase):
            return original(self, *args, **kwargs)

    return method


def _phase(name: str) -> contextlib.AbstractContextManager[None]:
    session = running_session()
    return contextlib.nullcontext() if session is None else session.phase(name)


__all__ = ["install"]
