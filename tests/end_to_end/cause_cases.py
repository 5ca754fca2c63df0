"""The causes, each made large enough to kill: of the example trainer (real tensors) and of the hollow one (any size)."""
from __future__ import annotations

import random
import sys
from dataclasses import dataclass, field, replace
from typing import Any

from cause_runs import Client
from conftest import REPOSITORY

sys.path.insert(0, str(REPOSITORY / "tests/examples"))
import trainer_run  # noqa: E402: the configs of the example trainer's own tests
from trainer_run import TRAINER, merged  # noqa: E402

# Small, quiet, and quick; each case makes large what it is about.
EXAMPLE = Client(TRAINER, merged(trainer_run.BASE, {"train": {
    "batch_size": 1, "steps": 12, "optimizer": "adafactor", "gradient_checkpointing": True}}),
    {"OPENBLAS_NUM_THREADS": "1"})
HOLLOW = Client(REPOSITORY / "tests/end_to_end/hollow_trainer.py", {
    "type": "diffusion_trainer", "device": "cpu", "network": {"type": "lora", "linear": 16},
    "save": {"dtype": "float16", "save_every": 1000},
    "datasets": [{"folder_path": "none", "resolution": 512, "num_workers": 0}],
    "train": {"batch_size": 1, "steps": 16, "optimizer": "adafactor", "disable_sampling": True},
    "model": {"name_or_path": "hollow"}, "sample": {"width": 512, "height": 512}, "hollow": {}})


@dataclass(frozen=True)
class Case:
    """A cause, the limit at which it kills, and the change that the plan is to hold."""

    name: str
    wanted: tuple[str, ...]  # primary causes that are right
    changes: dict[str, Any] = field(default_factory=dict)
    limit: int | None = None  # MiB; None: between what it needs with `changes` and without the cause
    without: dict[str, Any] = field(default_factory=dict)
    planned: tuple[str, ...] = ()  # the ends of paths of which the plan changes one; empty: none is asked for
    has_plan: bool = True
    wrap: tuple[str, ...] = ()
    tenant_mib: int = 0
    kind: str = "oom_killed"
    client: Client = EXAMPLE
    quick: bool = False

    @property
    def process(self) -> dict[str, Any]:
        return merged(self.client.base, self.changes)


# 184 MiB of trainable fp32 on base weights of 168 MiB.
LARGE_ADAPTER: dict[str, Any] = {"network": {"linear": 512}, "model": {"model_kwargs": {"hidden": 768, "depth": 4}}}
MANY_TOKENS: dict[str, Any] = {"dataset": {"resolution": 128, "max_images": 64},
                               "model": {"model_kwargs": {"hidden": 256, "depth": 6, "patch": 1}}}
EMA: dict[str, Any] = {"train": {"ema_config": {"use_ema": True}}}
SAMPLING = {"train": {"disable_sampling": False, "skip_first_sample": False}}


def small_shm(mebibytes: int) -> tuple[str, ...]:
    """Words that give what follows a /dev/shm of this size, in a mount namespace of its own."""
    return ("unshare", "-m", "sh", "-c",
            f'mount -t tmpfs -o size={mebibytes}m tidemark-test /dev/shm && exec "$@"', "sh")


def address_space(mebibytes: int) -> tuple[str, ...]:
    return ("sh", "-c", f'ulimit -v {mebibytes << 10} && exec "$@"', "sh")


EXAMPLE_CASES = [
    # The main process is the largest, so it is the kernel's victim: a trainer whose workers are killed may hang.
    Case("workers", ("dataloader_workers",),
         merged(LARGE_ADAPTER, {"dataset": {"num_workers": 4}, "faults": {"worker_hold_mb": 50}}), 860,
         planned=("num_workers",), quick=True),
    Case("ema", ("ema",), merged(LARGE_ADAPTER, EMA), 840, planned=("use_ema",), quick=True),
    Case("optimizer", ("optimizer_state",), merged(LARGE_ADAPTER, {"train": {"optimizer": "adamw"}}), 950,
         planned=("optimizer",)),
    Case("weights", ("unquantized_weights",), {"model": {"model_kwargs": {"hidden": 768, "depth": 8}}}, 500,
         planned=("quantize", "dtype")),
    Case("checkpointing", ("gradient_checkpointing_off",),
         {"dataset": {"resolution": 128}, "train": {"batch_size": 8, "gradient_checkpointing": False},
          "model": {"model_kwargs": {"hidden": 128, "depth": 6, "patch": 1}}}, 330,
         planned=("gradient_checkpointing", "batch_size"), quick=True),
    Case("batch", ("batch_size",), merged(MANY_TOKENS, {"train": {"batch_size": 16}}), 310,
         planned=("batch_size",), quick=True),
    Case("resolution", ("resolution",),
         {"dataset": {"resolution": 384}, "train": {"steps": 4}, "model": {"model_kwargs": {"patch": 1}}}, None,
         {"dataset": {"resolution": 192}}, planned=("resolution",)),
    Case("latents", ("latent_cache",),
         {"dataset": {"resolution": 128, "cache_latents": True, "max_images": 1797},
          "model": {"model_kwargs": {"latent_channels": 64, "vae_channels": 8}}}, 320,
         planned=("cache_latents_to_disk",)),
    Case("text_encoder", ("text_encoder_kept",),
         merged(LARGE_ADAPTER, {"model": {"model_kwargs": {"text_hidden": 768, "text_layers": 10}}}), None,
         {"train": {"cache_text_embeddings": True}}, planned=("cache_text_embeddings",)),
    Case("sampling", ("sampling_spike",),
         merged(SAMPLING, {"sample": {"width": 512, "height": 512}, "train": {"skip_first_sample": True},
                           "model": {"model_kwargs": {"patch": 1}}}), 400,
         planned=("width", "disable_sampling")),
    Case("saving", ("checkpoint_save_spike", "ema"),
         merged(LARGE_ADAPTER, merged(EMA, {"save": {"dtype": "fp32", "save_every": 4}})), 1040),
    Case("leak", ("memory_leak",), {"train": {"steps": 2000}, "faults": {"leak_mb_per_step": 0.8}}, 340,
         has_plan=False),
    Case("worker_leak", ("worker_memory_leak",),
         {"train": {"steps": 2000}, "dataset": {"num_workers": 2}, "faults": {"worker_leak_mb_per_batch": 1}}, 400,
         has_plan=False),
    Case("other_process", ("other_process",), {}, 320, tenant_mib=160, has_plan=False, quick=True),
    Case("container", ("container_limit",), {}, 150, has_plan=False),
    Case("shm", ("shm_too_small",),
         {"dataset": {"num_workers": 2, "resolution": 512}, "train": {"batch_size": 8}}, 2000, wrap=small_shm(8),
         kind="oom_exception", has_plan=False, quick=True),
    Case("process_limit", ("process_limit",), {"model": {"model_kwargs": {"hidden": 1024, "depth": 12}}}, 2000,
         wrap=address_space(1200), kind="oom_exception", has_plan=False, quick=True),
    # Neither alone suffices: then it is the limit, or one of the two.
    Case("two_causes", ("container_limit", "ema", "optimizer_state"),
         merged(LARGE_ADAPTER, merged(EMA, {"train": {"optimizer": "adamw"}})), 870,
         planned=("use_ema",)),
]


def hollow(name: str, wanted: str | tuple[str, ...], changes: dict[str, Any], without: dict[str, Any],
           planned: tuple[str, ...] = (), **more: Any) -> Case:
    return Case(f"hollow {name}", (wanted,) if isinstance(wanted, str) else wanted, changes, None, without, planned,
                client=HOLLOW, **more)


HOLLOW_CASES = [
    hollow("workers", "dataloader_workers", {"dataset": {"num_workers": 4}, "hollow": {"worker": 30}},
           {"dataset": {"num_workers": 0}}, ("num_workers",), quick=True),
    hollow("prefetch", "dataloader_workers",
           {"dataset": {"num_workers": 3, "prefetch_factor": 8}, "train": {"batch_size": 4}},
           {"dataset": {"num_workers": 0}}, ("num_workers", "prefetch_factor")),
    hollow("ema", "ema", merged(EMA, {"hollow": {"trainable": 90}}), {"train": {"ema_config": {"use_ema": False}}},
           ("use_ema",), quick=True),
    hollow("optimizer", "optimizer_state", {"train": {"optimizer": "adamw"}, "hollow": {"trainable": 70}},
           {"train": {"optimizer": "adafactor"}}, ("optimizer",)),
    hollow("weights", "unquantized_weights", {"hollow": {"transformer": 240}},
           {"model": {"quantize": True, "low_vram": True}}, ("quantize", "dtype"), quick=True),
    hollow("checkpointing", "gradient_checkpointing_off",
           {"train": {"gradient_checkpointing": False}, "hollow": {"activations": 40}},
           {"train": {"gradient_checkpointing": True}}, ("gradient_checkpointing",), quick=True),
    hollow("batch", "batch_size", {"train": {"batch_size": 12}, "hollow": {"activations": 14}},
           {"train": {"batch_size": 1}}, ("batch_size",)),
    hollow("own batch", "batch_size", {"dataset": {"batch_size": 12}, "hollow": {"activations": 14}},
           {"dataset": {"batch_size": 1}}, ("batch_size",)),
    hollow("resolution", "resolution", {"dataset": {"resolution": [512, 1024]}, "hollow": {"activations": 50}},
           {"dataset": {"resolution": 512}}, ("resolution[1]", "resolution")),
    hollow("latents", "latent_cache", {"dataset": {"cache_latents": True}, "hollow": {"latent": 4}},
           {"dataset": {"cache_latents_to_disk": True}}, ("cache_latents_to_disk",), quick=True),
    hollow("text encoder", "text_encoder_kept", {"hollow": {"text_encoder": 120, "activations": 60}},
           {"train": {"cache_text_embeddings": True}}, ("cache_text_embeddings",), quick=True),
    hollow("sampling", "sampling_spike",
           merged(SAMPLING, {"train": {"skip_first_sample": True}, "sample": {"sample_every": 6},
                             "hollow": {"sampling": 140}}),
           {"train": {"disable_sampling": True}}, ("width", "disable_sampling"), quick=True),
    hollow("first sample", "sampling_spike", merged(SAMPLING, {"hollow": {"sampling": 140}}),
           {"train": {"disable_sampling": True}}, ("width", "disable_sampling")),
    hollow("leak", "memory_leak", {"train": {"steps": 400}, "hollow": {"leak": 2}},
           {"train": {"steps": 10}}, has_plan=False, quick=True),
    hollow("other process", "other_process", {}, {}, has_plan=False, tenant_mib=120),
    hollow("two", ("container_limit", "ema", "latent_cache"),
           merged(EMA, {"dataset": {"cache_latents": True}, "hollow": {"trainable": 70, "latent": 1.6}}),
           {"train": {"ema_config": {"use_ema": False}}, "dataset": {"cache_latents_to_disk": True}},
           ("use_ema", "cache_latents_to_disk")),
]

CASES = EXAMPLE_CASES + HOLLOW_CASES
QUICK_CASES = [case for case in CASES if case.quick]


def varied(case: Case, seed: int) -> Case:
    """The same cause in a run of other sizes: what is beside it, and how large it is, by a seeded chance."""
    chance = random.Random(f"{case.name} {seed}")
    sizes = dict(case.changes.get("hollow", {}))
    beside = {"runtime": 30, "transformer": 60, "text_encoder": 20, "vae": 10, "trainable": 8, "activations": 6}
    for name, usual in beside.items():
        sizes.setdefault(name, usual * chance.uniform(0.6, 1.2))
    for name in case.changes.get("hollow", {}):
        sizes[name] *= chance.uniform(1.0, 1.4)
    sizes["step_seconds"] = chance.choice([0.02, 0.05, 0.1])
    return replace(case, name=f"{case.name} {seed}", changes=merged(case.changes, {"hollow": sizes}))
