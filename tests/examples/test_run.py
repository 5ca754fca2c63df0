"""A run of the example trainer from its header to how it ends, and its faults on purpose."""
from __future__ import annotations

import json
import os
import pathlib
import re
import signal
import sys
from typing import Any

import pytest
from trainer_run import MIB, REPOSITORY, Trainer, merged, train

sys.path.insert(0, str(REPOSITORY / "examples"))


def start(folder: pathlib.Path, **changes: Any) -> Trainer:
    folder.mkdir(parents=True, exist_ok=True)
    return Trainer(folder, changes)


LONG: dict[str, Any] = {"dataset": {"num_workers": 2}, "train": {"steps": 100000, "skip_first_sample": True}}


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """All that a run does, once."""
    return train(
        tmp_path_factory.mktemp("whole"), performance_log_every=10,
        dataset={"num_workers": 1, "flip_x": True, "num_repeats": 2, "cache_latents_to_disk": True,
                 "cache_text_embeddings": True, "max_images": 10},
        save={"save_every": 10, "max_step_saves_to_keep": 1}, sample={"sample_every": 20},
        train={"steps": 25, "disable_sampling": False, "optimizer": "adamw8bit", "ema_config": {"use_ema": True}})


def test_prints_what_ai_toolkit_prints_in_its_order(whole_run: Any) -> None:
    expected = [
        "Running 1 job", "{", "}", "Using EMA", "#" * 45, "# Running job: tiny", "#" * 45, "Running  1 process",
        "Loading transformer", "Model Loaded", "create LoRA network. base dim (rank): 4, alpha: 4",
        "create LoRA for U-Net: 26 modules.", "Dataset: digits", "  -  Found 10 images", "64x64: 10 files",
        "Caching latents for digits", " - Saving latents to disk", "Caching text_embeddings for digits",
        "***** UNLOADING TEXT ENCODER *****", "Generating baseline samples before training", "Timer 'tiny Timer':",
        "Saving at step 10", f"Saved checkpoint to {whole_run.root}/tiny_000000010.pt", "Saving at step 20",
        f"Removing old save: {whole_run.root}/tiny_000000010.pt", "Saving at step 25",
        f"Saved checkpoint to {whole_run.root}/tiny.pt", f"Saved optimizer to {whole_run.root}/optimizer.pt",
        "=" * 40, "Result:", " - 1 completed job", "=" * 40]
    lines = iter(whole_run.stdout.splitlines())
    for line in expected:
        assert line in lines, f"no {line!r} where it belongs"


def test_draws_tqdm_like_bars(whole_run: Any) -> None:
    parts = re.split(r"[\r\n]+", whole_run.stderr)
    training = re.compile(r"tiny: +\d+%\|[█▏▎▍▌▋▊▉ ]{10}\| \d+/25 \[\d\d:\d\d<(\?|\d\d:\d\d), "
                          r"+[\d.?]+(it/s|s/it), lr: 1\.0e-03 loss: \d\.\d{3}e[+-]\d\d\]")
    drawn = [part for part in parts if training.fullmatch(part)]
    assert drawn[0].startswith("tiny:   0%|          | 0/25 [00:00<?, ?it/s, lr: 1.0e-03 loss: ")
    assert any(part.startswith("tiny: 100%|██████████| 25/25 [") for part in drawn)
    for title in ("Caching latents to disk", "Caching text embeddings to disk", "Generating Samples"):
        assert any(part.startswith(f"{title}: 100%|") for part in parts)


def test_a_saved_checkpoint_can_be_loaded(whole_run: Any, tmp_path: pathlib.Path) -> None:
    import torch

    checkpoint = torch.load(whole_run.root / "tiny.pt")
    assert checkpoint["step"] == 25
    assert {weight.dtype for weight in checkpoint["weights"].values()} == {torch.bfloat16}
    again = train(tmp_path, network={"pretrained_lora_path": str(whole_run.root / "tiny.pt")})
    assert "Loaded weights from" in again.stdout


def test_previews_are_pictures(whole_run: Any) -> None:
    previews = sorted((whole_run.root / "samples").iterdir())
    assert [file.name for file in previews] == ["000000000_0.png", "000000020_0.png", "000000025_0.png"]
    assert all(file.read_bytes().startswith(b"\x89PNG\r\n\x1a\n") for file in previews)


@pytest.mark.parametrize(("optimizer", "lr"), [
    ("adamw8bit", 3e-3),
    pytest.param("adamw", 3e-3, marks=pytest.mark.slow),
    pytest.param("adafactor", 3e-3, marks=pytest.mark.slow),
    pytest.param("lion8bit", 1e-3, marks=pytest.mark.slow)])
def test_the_loss_falls(tmp_path: pathlib.Path, optimizer: str, lr: float) -> None:
    run = train(tmp_path, network={"linear": 16, "linear_alpha": 16}, dataset={"cache_latents": True},
                train={"steps": 100, "batch_size": 4, "optimizer": optimizer, "lr": lr},
                model={"model_kwargs": {"hidden": 128}})
    losses = run.losses
    assert sum(losses[-10:]) < 0.7 * sum(losses[:10])


def test_a_full_fine_tune_trains_the_base(tmp_path: pathlib.Path) -> None:
    run = train(tmp_path, network=None)
    assert "adapter_weights" not in run.report["components"]
    assert run.component("gradients") == run.component("model_weights")


@pytest.mark.parametrize(("changes", "message"), [
    ({"train": {"optimizer": "adamwww"}}, "config.process[0].train.optimizer: 'adamwww' is unknown"),
    ({"train": {"batch_size": "many"}}, "config.process[0].train.batch_size: 'many' is not a number"),
    ({"dataset": {"num_workers": -1}}, "config.process[0].datasets[0].num_workers: -1 is below 0"),
    ({"device": "cuda"}, "config.process[0].device: 'cuda' is not 'cpu'"),
    ({"dataset": {"folder_path": "/no/such"}}, "/no/such: neither a folder nor the built-in 'digits'"),
])
def test_a_bad_config_is_one_line_and_2(tmp_path: pathlib.Path, changes: dict[str, Any], message: str) -> None:
    run = start(tmp_path, **changes).wait()
    assert run.exit_code == 2
    assert len(run.stderr.splitlines()) == 1
    assert message in run.stderr


def test_unknown_keys_are_harmless(tmp_path: pathlib.Path) -> None:
    train(tmp_path, monitoring={"enabled": True}, logging={"log_every": 1}, train={"xformers": True, "steps": 1})


def test_sigint_ends_with_a_block_and_0(tmp_path: pathlib.Path) -> None:
    trainer = start(tmp_path, **LONG)
    trainer.wait_for(trainer.trains)
    workers = trainer.workers()
    trainer.interrupt()
    run = trainer.wait(60)
    assert run.exit_code == 0
    assert run.stdout.endswith(f"\n{'=' * 40}\nJob stopped\n{'=' * 40}\n")
    assert not any(pathlib.Path(f"/proc/{worker}").exists() for worker in workers)


def test_an_error_ends_with_the_result_and_a_traceback(tmp_path: pathlib.Path) -> None:
    run = start(tmp_path, faults={"raise_at_step": 1, "raise_message": "a broken thing"}).wait()
    assert run.exit_code == 1
    assert run.stdout.endswith("Error running job: a broken thing\n\n" + "=" * 40
                               + "\nResult:\n - 0 completed jobs\n - 1 failure\n" + "=" * 40 + "\n")
    assert run.stderr.endswith("RuntimeError: a broken thing\n")


def test_a_caught_out_of_memory_is_skipped_with_a_banner(tmp_path: pathlib.Path) -> None:
    run = train(tmp_path, faults={"memory_error_at_step": [1, 2]}, train={"steps": 5})
    line = "#" * 48
    for attempt in (1, 2):
        assert f"\n{line}\n# OOM during training step, skipping batch {attempt}/3 #\n{line}\n\n" in run.stdout
    assert "lr: 0.0e+00" in run.stderr
    assert len(run.losses) == 3


def test_the_fourth_out_of_memory_in_a_row_is_fatal(tmp_path: pathlib.Path) -> None:
    run = start(tmp_path, faults={"memory_error_at_step": [0, 1, 2, 3]}).wait()
    assert run.exit_code == 1
    assert "Error running job: OOM during training step 3 times in a row, aborting training" in run.stdout


def test_a_killed_worker_ends_the_run_with_torchs_words(tmp_path: pathlib.Path) -> None:
    trainer = start(tmp_path, **LONG)
    trainer.wait_for(trainer.trains)
    worker = trainer.workers()[0]
    os.kill(worker, signal.SIGKILL)
    run = trainer.wait(60)
    assert run.exit_code == 1
    # The second form where the worker was not known yet to the watch that torch keeps.
    assert re.search(rf"Error running job: DataLoader worker \(pid {worker}\) is killed by signal: Killed|"
                     rf"Error running job: DataLoader worker \(pid\(s\) {worker}\) exited", run.stdout)


def test_leaks_of_the_main_process_add_up(tmp_path: pathlib.Path) -> None:
    plain = train(tmp_path / "plain", train={"steps": 10})
    leaking = train(tmp_path / "leaking", train={"steps": 10}, faults={"leak_mb_per_step": 5})
    assert 45 <= (leaking.report["rss"] - plain.report["rss"]) / MIB <= 58


@pytest.mark.slow
def test_workers_hold_and_leak_what_they_are_told(tmp_path: pathlib.Path) -> None:
    base = {"dataset": {"num_workers": 2}, "train": {"steps": 40}}
    plain = train(tmp_path / "plain", **base)
    holding = train(tmp_path / "holding", **merged(base, {"faults": {"worker_hold_mb": 50}}))
    leaking = train(tmp_path / "leaking", **merged(base, {"faults": {"worker_leak_mb_per_batch": 3}}))
    most = max(plain.worker_uss.values())
    assert 40 <= (min(holding.worker_uss.values()) - most) / MIB <= 60
    assert (min(leaking.worker_uss.values()) - most) / MIB >= 40
    cured = train(tmp_path / "cured", **merged(base, {
        "dataset": {"num_workers": 0}, "faults": {"worker_hold_mb": 50, "worker_leak_mb_per_batch": 3}}))
    assert (cured.peak - plain.peak) / MIB <= 15


def test_a_spike_is_in_the_peak_and_gone_afterwards(tmp_path: pathlib.Path) -> None:
    plain = train(tmp_path / "plain")
    spiked = train(tmp_path / "spiked", faults={"spike_mb_at_step": {2: 200}})
    assert 150 <= (spiked.peak - plain.peak) / MIB <= 215
    assert abs(spiked.report["rss"] - plain.report["rss"]) / MIB <= 10


def test_shm_is_filled_and_given_back(tmp_path: pathlib.Path) -> None:
    def used() -> float:
        shm = os.statvfs("/dev/shm")
        return (shm.f_blocks - shm.f_bfree) * shm.f_frsize / MIB

    before = used()
    trainer = start(tmp_path, **merged(LONG, {"dataset": {"num_workers": 0}, "faults": {"shm_mb": 300}}))
    trainer.wait_for(lambda: used() - before > 200)
    trainer.process.kill()
    trainer.wait(60)
    assert used() - before < 200


def test_not_a_number_is_said_and_not_learned(tmp_path: pathlib.Path) -> None:
    run = train(tmp_path, faults={"nan_at_step": 1})
    assert run.stdout.count("loss is nan") == 1
    assert run.losses[1] == 0
    assert run.losses[2] > 0


def test_kills_itself(tmp_path: pathlib.Path) -> None:
    run = start(tmp_path, faults={"sigkill_self_at_step": 2}).wait()
    assert run.exit_code == -signal.SIGKILL
    assert "Error" not in run.stdout


def test_hangs_and_ignores_sigint(tmp_path: pathlib.Path) -> None:
    trainer = start(tmp_path, faults={"hang_at_step": 0, "ignore_sigint": True})
    bar = trainer.process.pid
    trainer.wait_for(lambda: (tmp_path / "output/tiny/memory.json").exists())
    trainer.interrupt()
    with pytest.raises(Exception, match="timed out"):
        trainer.process.wait(1)
    assert pathlib.Path(f"/proc/{bar}").exists()
    trainer.process.kill()
    assert trainer.wait().exit_code == -signal.SIGKILL


def test_slow_data_is_waited_for(tmp_path: pathlib.Path) -> None:
    run = train(tmp_path, faults={"slow_data_seconds": 0.3})
    assert run.report["mean_data_wait_seconds"] >= 0.3


STAND_IN_TIDEMARK = """
import contextlib, json
class Run:
    def __init__(self, file): self.file = file
    def say(self, *what): print(json.dumps(what), file=self.file, flush=True)
    def step(self, step, **numbers): self.say("step", step, numbers)
    def event(self, kind, **details): self.say("event", kind, details)
    def parameters(self, **numbers): self.say("parameters", numbers)
    def batches(self, batches): return batches
    @contextlib.contextmanager
    def phase(self, name):
        self.say("begin", name)
        yield
        self.say("end", name)
@contextlib.contextmanager
def monitor(config, name):
    with open("told.jsonl", "w") as file:
        yield Run(file)
"""


def test_tells_tidemark_where_there_is_one(tmp_path: pathlib.Path) -> None:
    (tmp_path / "tidemark.py").write_text(STAND_IN_TIDEMARK)
    changes = {"faults": {"nan_at_step": 1, "memory_error_at_step": 2},
               "train": {"steps": 4, "disable_sampling": False}}
    assert Trainer(tmp_path, changes, {"PYTHONPATH": str(tmp_path)}).wait().exit_code == 0
    told = [json.loads(line) for line in (tmp_path / "told.jsonl").read_text().splitlines()]
    assert [what[1] for what in told if what[0] == "begin"] == [
        "model_load", "sampling", "train", "checkpoint_save", "sampling"]
    steps = {what[1]: what[2] for what in told if what[0] == "step"}
    assert steps.keys() == {0, 1, 3}
    assert steps[0]["batch_size"] == 2
    assert steps[0]["gradient_norm"] > 0
    assert steps[0]["learning_rate"] == 1e-3
    assert steps[1]["loss"] != steps[1]["loss"], "not a number is told as it is"
    assert ["event", "oom_error", {"step": 2}] in told


def test_is_the_same_run_every_time(tmp_path: pathlib.Path) -> None:
    assert train(tmp_path / "a").losses == pytest.approx(train(tmp_path / "b").losses, rel=1e-3)
