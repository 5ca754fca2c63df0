"""A trainer that computes nothing: it holds what its config asks for, and for as long as a trainer would.

A second client beside the example trainer, of which nothing of that one is true: no torch, text encoder and VAE loaded
before the transformer, an adapter and activations of any size. Its config is ai-toolkit's in shape, keys and
defaults; how large things are stands under `hollow` (MiB, see `Sizes`). Memory is anonymous and touched, and goes back to
the system when it is let go, so what a setting holds is known to the page.

usage: hollow_trainer.py CONFIG.yaml. Exit codes: 0 done or stopped by SIGINT, 1 an error.
"""
from __future__ import annotations

import contextlib
import mmap
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import yaml

MIB = 1 << 20
PAGE = mmap.PAGESIZE
STATE_BYTES = {"adamw": 8, "adam": 8, "adamw8bit": 2, "adamw8": 2, "lion": 4, "adafactor": 0.05, "sgd": 0}
WIDTHS = {"fp32": 4, "bf16": 2, "float16": 2, "fp16": 2}
QUANTIZED = {"qfloat8": 1.02, "float8": 1.02, "qint8": 1.02, "uint4": 0.56, "qint4": 0.56}
BLOCKS = 16
SQUARE = 512 * 512  # pixels that `activations` and `sampling` are given for


@dataclass
class Sizes:
    """Of fp32 numbers, where they are numbers."""

    runtime: float = 30  # interpreter and libraries beside the real ones
    transformer: float = 60
    text_encoder: float = 20
    vae: float = 10
    trainable: float = 8
    activations: float = 6  # of one item of 512 x 512, checkpointed
    without_checkpointing: float = 4  # times that
    sampling: float = 8  # of 512 x 512
    picture: float = 1.5  # decoded, of 512 x 512
    worker: float = 4  # held by each worker beside its pictures
    latent: float = 0.0625  # of a picture of 512 x 512
    pictures: int = 40
    step_seconds: float = 0.03
    wait_seconds: float = 0
    leak: float = 0  # after each step
    worker_leak: float = 0  # with each batch
    raise_at_step: int = -1


class Memory:
    """Touched pages of this process's own."""

    def __init__(self, mebibytes: float) -> None:
        size = max(PAGE, int(mebibytes * MIB) // PAGE * PAGE)
        self._pages = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self._pages[::PAGE] = b"\1" * (size // PAGE)

    def free(self) -> None:
        self._pages.close()


@contextlib.contextmanager
def held(mebibytes: float) -> Iterator[None]:
    """Comes in pieces, as tensors do."""
    pieces = []
    for _ in range(8):
        pieces.append(Memory(mebibytes / 8))
        time.sleep(0.001)
    try:
        yield
    finally:
        for piece in pieces:
            piece.free()


class Silent:
    """Stands in for tidemark's run where the config says `telemetry: false`."""

    def phase(self, name: str) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()

    def parameters(self, **counts: Any) -> None:
        pass

    def step(self, step: int, **values: Any) -> None:
        pass

    def batches(self, batches: Iterator[int]) -> Iterator[int]:
        return batches


class Worker:
    """A forked process that has a batch ready for each that was asked for. Who asks a dead one hears of it."""

    def __init__(self, trainer: Trainer) -> None:
        self._near, far = socket.socketpair()
        self.pid = os.fork()
        if self.pid == 0:
            self._near.close()
            self._serve(trainer, far)
        far.close()
        for _ in range(trainer.dataset.get("prefetch_factor", 2)):
            self._near.send(b"?")

    def batch(self) -> None:
        with contextlib.suppress(OSError):
            answered = self._near.recv(1)
            self._near.send(b"?")
            if answered:
                return
        raise RuntimeError(f"DataLoader worker (pid {self.pid}) is killed by signal: Killed. ")

    @staticmethod
    def _serve(trainer: Trainer, asked: socket.socket) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        kept = [Memory(trainer.sizes.worker)]
        kept += [Memory(trainer.batch_of_pictures()) for _ in range(trainer.dataset.get("prefetch_factor", 2))]
        with contextlib.suppress(OSError):
            while asked.recv(1):
                time.sleep(trainer.sizes.wait_seconds)
                if trainer.sizes.worker_leak:
                    kept.append(Memory(trainer.sizes.worker_leak))
                asked.send(b"!")
        os._exit(0)


class Trainer:
    def __init__(self, process: dict[str, Any], run: Any) -> None:
        self._run = run
        self.train, self.model = process["train"], process.get("model", {})
        self.dataset = process["datasets"][0]
        self._sample, self._save_options = process.get("sample", {}), process.get("save", {})
        known = {field.name for field in fields(Sizes)}
        self.sizes = Sizes(**{key: value for key, value in process.get("hollow", {}).items() if key in known})
        self._width = WIDTHS[self.train.get("dtype", "fp32")] / 4  # of fp32
        self._kept: dict[str, list[Memory]] = {}

    # What is held ------------------------------------------------------------------------------

    def _keep(self, name: str, mebibytes: float, pieces: int = 8) -> None:
        for _ in range(pieces):
            self._kept.setdefault(name, []).append(Memory(mebibytes / pieces))
            time.sleep(0.002)

    def _drop(self, name: str) -> None:
        for piece in self._kept.pop(name, []):
            piece.free()

    def _squares(self) -> float:
        """Of the largest picture."""
        resolution = self.dataset.get("resolution", 512)
        side = max(resolution) if isinstance(resolution, list) else resolution
        return side * side / SQUARE

    def _items(self) -> int:
        return int(self.dataset.get("batch_size") or self.train.get("batch_size", 1))

    def batch_of_pictures(self) -> float:
        return self._items() * self.sizes.picture * self._squares()

    def _activations(self) -> float:
        each = self.sizes.activations * self._squares() * (0.4 + 0.6 * self._width)
        return self._items() * each * (1 if self.train.get("gradient_checkpointing", True)
                                       else self.sizes.without_checkpointing)

    # What happens ------------------------------------------------------------------------------

    def go(self) -> None:
        self._keep("runtime", self.sizes.runtime)
        with self._run.phase("model_load"):
            self._load()
        self._make_trainable()
        self._cache()
        sampling = not self.train.get("disable_sampling", False)
        if sampling and not self.train.get("skip_first_sample", False):
            self._sample_once()
        workers = [Worker(self) for _ in range(self.dataset.get("num_workers", 2))]
        try:
            with self._run.phase("train"):
                self._loop(workers, sampling)
        finally:
            for worker in workers:
                with contextlib.suppress(OSError):
                    os.kill(worker.pid, signal.SIGKILL)
                    os.waitpid(worker.pid, 0)
        self._save()

    def _load(self) -> None:
        self._keep("text_encoder", self.sizes.text_encoder * self._width)
        self._keep("vae", self.sizes.vae * self._width)
        block = self.sizes.transformer * self._width / BLOCKS
        quantize = self.model.get("quantize", False)
        narrow = self.sizes.transformer / 4 * QUANTIZED[self.model.get("qtype", "qfloat8")] / BLOCKS
        for _ in range(BLOCKS):
            self._keep("wide", block, 1)
            if quantize and self.model.get("low_vram", False):
                self._keep("transformer", narrow, 1)
                self._drop("wide")
        for _ in range(BLOCKS if quantize and "wide" in self._kept else 0):
            self._keep("transformer", narrow, 1)
            self._kept["wide"].pop().free()

    def _make_trainable(self) -> None:
        self._keep("adapter", self.sizes.trainable)
        if self.train.get("ema_config", {}).get("use_ema", False):
            self._keep("ema", self.sizes.trainable)
        numbers = MIB // 4
        self._run.parameters(trainable=int(self.sizes.trainable * numbers),
                             frozen=int(self.sizes.transformer * numbers), dtype=self.train.get("dtype", "fp32"))

    def _cache(self) -> None:
        to_disk = self.dataset.get("cache_latents_to_disk", False)
        if to_disk or self.dataset.get("cache_latents", False):
            with self._run.phase("latent_caching"):
                for _ in range(self.sizes.pictures):
                    with held(self.sizes.picture * self._squares()):
                        if not to_disk:
                            self._keep("latents", self.sizes.latent * self._squares(), 1)
            self._drop("vae")
        if self.dataset.get("cache_text_embeddings", False) or self.train.get("cache_text_embeddings", False):
            with self._run.phase("text_embedding_caching"):
                time.sleep(0.05)
            self._drop("text_encoder")

    def _loop(self, workers: list[Worker], sampling: bool) -> None:
        steps = int(self.train.get("steps", 20))
        for step, _ in enumerate(self._run.batches(self._batches(workers, steps))):
            if step == self.sizes.raise_at_step:
                raise ValueError("as it was told")
            for _ in range(self.train.get("gradient_accumulation", 1)):
                self._step()
            self._run.step(step, loss=1 / (step + 1), batch_size=self._items(), learning_rate=1e-4)
            if self.sizes.leak:
                self._keep("leaked", self.sizes.leak, 1)
            if sampling and step > 0 and step % self._sample.get("sample_every", 100) == 0:
                self._sample_once()
            if step > 0 and step % self._save_options.get("save_every", 1000) == 0:
                self._save()

    def _batches(self, workers: list[Worker], steps: int) -> Iterator[int]:
        for step in range(steps):
            if workers:
                workers[step % len(workers)].batch()
            else:
                time.sleep(self.sizes.wait_seconds)
            yield step

    def _step(self) -> None:
        own = 0 if workers_load(self.dataset) else self.batch_of_pictures()
        with held(own), held(self._activations()):
            time.sleep(self.sizes.step_seconds)
            gradients = Memory(self.sizes.trainable)
        if "state" not in self._kept:
            state = STATE_BYTES[self.train.get("optimizer", "adamw")]
            self._keep("state", self.sizes.trainable / 4 * state)
        gradients.free()

    def _sample_once(self) -> None:
        squares = self._sample.get("width", 512) * self._sample.get("height", 512) / SQUARE
        with self._run.phase("sampling"), held(self.sizes.sampling * squares):
            time.sleep(0.1)

    def _save(self) -> None:
        width = WIDTHS[self._save_options.get("dtype", "float16")] / 4
        with self._run.phase("checkpoint_save"), held(self.sizes.trainable * width):
            time.sleep(0.05)


def workers_load(dataset: dict[str, Any]) -> bool:
    return bool(dataset.get("num_workers", 2))


def main(file: str) -> int:
    with open(file, encoding="utf-8") as config_file:
        config = yaml.safe_load(config_file)
    process = config["config"]["process"][0]
    try:
        with contextlib.ExitStack() as stack:
            run: Any = Silent()
            if process.get("telemetry", True):
                import tidemark

                run = stack.enter_context(tidemark.monitor(config=config, name=config["config"]["name"]))
            Trainer(process, run).go()
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
