"""Each setting of the example trainer really does to memory what it says: measured, with and without.

Margins are wide, but each fails when the setting does nothing. Peak is the kernel's VmHWM of the trainer's
main process; USS is what ending a worker would give back.
"""
from __future__ import annotations

import pathlib
from typing import Any

import pytest
from trainer_run import MIB, merged, train

# A large adapter on a middling model: 46 MiB of trainable fp32.
LARGE_ADAPTER: dict[str, Any] = {
    "network": {"linear": 128}, "train": {"steps": 2}, "model": {"model_kwargs": {"hidden": 768, "depth": 4}}}
# Base weights of 250 MiB in fp32.
LARGE_BASE: dict[str, Any] = {"train": {"steps": 2}, "model": {"model_kwargs": {"hidden": 768, "depth": 6}}}
# Activations that outweigh all else: every latent pixel is a token.
LARGE_ACTIVATIONS: dict[str, Any] = {
    "dataset": {"resolution": 128},
    "train": {"batch_size": 2, "steps": 2, "gradient_checkpointing": False},
    "model": {"model_kwargs": {"hidden": 128, "depth": 6, "patch": 1}}}
# Light steps on pictures of 0.75 MiB.
LARGE_PICTURES: dict[str, Any] = {
    "dataset": {"resolution": 256, "max_images": 60, "num_workers": 2}, "train": {"batch_size": 4, "steps": 30},
    "model": {"model_kwargs": {"depth": 1}}}


def mib(size: float) -> float:
    return round(size / MIB, 1)


def test_ema_is_one_more_copy_of_the_adapter(tmp_path: pathlib.Path) -> None:
    without = train(tmp_path / "without", **LARGE_ADAPTER)
    with_ema = train(tmp_path / "with", **merged(LARGE_ADAPTER, {"train": {"ema_config": {"use_ema": True}}}))
    assert mib(with_ema.component("ema")) == mib(with_ema.component("adapter_weights")) == 46.0
    assert 38 <= mib(with_ema.report["highest_rss_at_step_end"] - without.report["highest_rss_at_step_end"]) <= 64


@pytest.mark.parametrize(("optimizer", "lowest", "highest"), [
    ("adamw", 8.0, 8.01), ("adamw8bit", 2.0, 2.1), ("lion", 4.0, 4.01), ("lion8bit", 1.0, 1.1),
    ("adafactor", 0.01, 0.1), ("sgd", 0, 0)])
def test_optimizer_state_per_trainable_number(tmp_path: pathlib.Path, optimizer: str, lowest: float,
                                              highest: float) -> None:
    run = train(tmp_path, network={"linear": 64}, train={"optimizer": optimizer},
                model={"model_kwargs": {"hidden": 256}})
    trainable = run.component("adapter_weights") / 4
    assert lowest <= run.component("optimizer_state") / trainable <= highest


@pytest.mark.slow
def test_states_in_8_bits_lower_the_peak(tmp_path: pathlib.Path) -> None:
    fp32 = train(tmp_path / "fp32", **LARGE_ADAPTER)
    bits8 = train(tmp_path / "bits8", **merged(LARGE_ADAPTER, {"train": {"optimizer": "adamw8bit"}}))
    assert 4 * bits8.component("optimizer_state") == pytest.approx(fp32.component("optimizer_state"), rel=0.05)
    # 92 MiB of states become 23; what dequantizing one parameter takes for a moment comes off that.
    assert 40 <= mib(fp32.peak - bits8.peak) <= 85


def test_quantized_base_weights_are_a_quarter(tmp_path: pathlib.Path) -> None:
    fp32 = train(tmp_path / "fp32", **LARGE_BASE)
    int8 = train(tmp_path / "int8", **merged(LARGE_BASE, {"model": {"quantize": True}}))
    assert 3.5 <= fp32.component("model_weights") / int8.component("model_weights") <= 4.1
    # 250 MiB become 67, and they do so in RSS, while training too.
    assert 150 <= mib(fp32.report["highest_rss_at_step_end"] - int8.report["highest_rss_at_step_end"]) <= 230


@pytest.mark.slow
def test_low_vram_quantizes_before_the_whole_model_is_loaded(tmp_path: pathlib.Path) -> None:
    whole = train(tmp_path / "whole", **merged(LARGE_BASE, {"model": {"quantize": True}}))
    blockwise = train(tmp_path / "blockwise", **merged(LARGE_BASE, {"model": {"quantize": True, "low_vram": True}}))
    assert whole.component("model_weights") == blockwise.component("model_weights")
    assert mib(whole.phase("model_load")["peak_rss"] - blockwise.phase("model_load")["peak_rss"]) >= 90


@pytest.mark.slow
def test_four_bits_are_half_of_eight(tmp_path: pathlib.Path) -> None:
    large = {"model": {"quantize": True, "model_kwargs": {"hidden": 512}}}
    bits8 = train(tmp_path / "bits8", **large)
    bits4 = train(tmp_path / "bits4", **merged(large, {"model": {"qtype": "qint4"}}))
    assert 1.6 <= bits8.component("model_weights") / bits4.component("model_weights") <= 2.01


@pytest.mark.slow
def test_bf16_halves_the_base_weights(tmp_path: pathlib.Path) -> None:
    fp32 = train(tmp_path / "fp32", **LARGE_BASE)
    bf16 = train(tmp_path / "bf16", **merged(LARGE_BASE, {"train": {"dtype": "bf16"}}))
    assert fp32.component("model_weights") == 2 * bf16.component("model_weights")
    assert fp32.component("adapter_weights") == bf16.component("adapter_weights")
    assert mib(fp32.peak - bf16.peak) >= 90


def test_without_checkpointing_activations_stay_until_the_backward_pass(tmp_path: pathlib.Path) -> None:
    kept = train(tmp_path / "kept", **merged(LARGE_ACTIVATIONS, {"train": {"batch_size": 4}}))
    recomputed = train(tmp_path / "recomputed", **merged(
        LARGE_ACTIVATIONS, {"train": {"batch_size": 4, "gradient_checkpointing": True}}))
    assert mib(kept.peak - recomputed.peak) >= 45
    assert kept.losses == pytest.approx(recomputed.losses, rel=1e-2)


def test_activations_grow_with_the_batch_and_not_with_accumulation(tmp_path: pathlib.Path) -> None:
    two = train(tmp_path / "two", **LARGE_ACTIVATIONS)
    four = train(tmp_path / "four", **merged(LARGE_ACTIVATIONS, {"train": {"batch_size": 4}}))
    twice_two = train(tmp_path / "twice_two", **merged(LARGE_ACTIVATIONS, {"train": {"gradient_accumulation": 2}}))
    assert 30 <= mib(four.peak - two.peak) <= 80
    assert mib(twice_two.peak - two.peak) <= 12


@pytest.mark.slow
def test_activations_grow_with_resolution_more_than_with_its_area(tmp_path: pathlib.Path) -> None:
    small = train(tmp_path / "small", **merged(LARGE_ACTIVATIONS, {"train": {"batch_size": 1}}))
    large = train(tmp_path / "large", **merged(LARGE_ACTIVATIONS, {
        "train": {"batch_size": 1}, "dataset": {"resolution": 256}}))
    # 25 MiB at 128; attention's share grows with the square of the area.
    assert mib(large.peak - small.peak) >= 100


@pytest.mark.slow
def test_the_largest_resolution_of_a_list_makes_the_peak(tmp_path: pathlib.Path) -> None:
    alone = train(tmp_path / "alone", **merged(LARGE_ACTIVATIONS, {"dataset": {"resolution": 192}}))
    several = train(tmp_path / "several", **merged(LARGE_ACTIVATIONS, {
        "dataset": {"resolution": [64, 192], "max_images": 4}, "train": {"steps": 5}}))
    assert abs(mib(alone.peak - several.peak)) <= 20


@pytest.mark.slow
def test_each_worker_has_an_image_cache_of_its_own(tmp_path: pathlib.Path) -> None:
    plain = train(tmp_path / "plain", **LARGE_PICTURES)
    cached = train(tmp_path / "cached", **merged(LARGE_PICTURES, {"dataset": {"worker_image_cache": True}}))
    assert len(plain.worker_uss) == len(cached.worker_uss) == 2
    # 15 batches a worker of 4 out of 60 pictures: most of the 45 MiB.
    assert mib(min(cached.worker_uss.values()) - max(plain.worker_uss.values())) >= 18
    assert abs(mib(cached.peak - plain.peak)) <= 15, "the main process holds none of it"


@pytest.mark.slow
def test_without_workers_the_one_image_cache_is_in_the_main_process(tmp_path: pathlib.Path) -> None:
    none = merged(LARGE_PICTURES, {"dataset": {"num_workers": 0}})
    plain = train(tmp_path / "plain", **none)
    cached = train(tmp_path / "cached", **merged(none, {"dataset": {"worker_image_cache": True}}))
    assert plain.worker_uss == {}
    assert 35 <= mib(cached.peak - plain.peak) <= 60


@pytest.mark.slow
def test_cached_latents_are_in_memory_or_on_disk(tmp_path: pathlib.Path) -> None:
    many = {"dataset": {"max_images": 400}, "model": {"model_kwargs": {"latent_channels": 64}},
            "train": {"steps": 2}}
    large = merged(many, {"dataset": {"resolution": 128}})
    neither = train(tmp_path / "neither", **large)
    memory = train(tmp_path / "memory", **merged(large, {"dataset": {"cache_latents": True}}))
    disk = train(tmp_path / "disk", **merged(large, {"dataset": {"cache_latents_to_disk": True}}))
    assert mib(memory.component("latent_cache")) == 25.0
    assert disk.component("latent_cache") == neither.component("latent_cache") == 0
    assert 18 <= mib(memory.report["rss"] - disk.report["rss"]) <= 40
    assert len(list((disk.root / "_latent_cache" / "128").iterdir())) == 400


def test_with_cached_latents_the_vae_is_given_back(tmp_path: pathlib.Path) -> None:
    large = {"model": {"model_kwargs": {"vae_channels": 96}}, "dataset": {"max_images": 8}}
    resident = train(tmp_path / "resident", **large)
    dropped = train(tmp_path / "dropped", **merged(large, {"dataset": {"cache_latents": True}}))
    assert mib(resident.component("vae")) > 40
    assert dropped.component("vae") == 0
    assert mib(resident.report["rss"] - dropped.report["rss"]) >= 30


@pytest.mark.parametrize("change", [
    {"dataset": {"cache_text_embeddings": True}},
    pytest.param({"train": {"unload_text_encoder": True}}, marks=pytest.mark.slow),
    pytest.param({"train": {"cache_text_embeddings": True}}, marks=pytest.mark.slow)])
def test_a_text_encoder_that_is_not_needed_is_given_back(tmp_path: pathlib.Path, change: dict[str, Any]) -> None:
    large = {"model": {"model_kwargs": {"text_hidden": 512, "text_layers": 6}}}
    resident = train(tmp_path / "resident", **large)
    dropped = train(tmp_path / "dropped", **merged(large, change))
    assert mib(resident.component("text_encoder")) > 75
    assert dropped.component("text_encoder") == 0
    assert "***** UNLOADING TEXT ENCODER *****" in dropped.stdout
    assert mib(resident.report["rss"] - dropped.report["rss"]) >= 60


@pytest.mark.slow
def test_large_previews_raise_the_peak(tmp_path: pathlib.Path) -> None:
    base = {"model": {"model_kwargs": {"patch": 1}}, "train": {"disable_sampling": False}}
    small = train(tmp_path / "small", **base)
    large = train(tmp_path / "large", **merged(base, {"sample": {"width": 256, "height": 256}}))
    assert mib(large.phase("sampling")["peak_rss"] - small.phase("sampling")["peak_rss"]) >= 20


def test_the_first_dataset_decides_on_workers(tmp_path: pathlib.Path) -> None:
    dataset = {"folder_path": "digits", "resolution": 64, "max_images": 8}
    run = train(tmp_path, datasets=[dataset | {"num_workers": 1}, dataset | {"num_workers": 3}], train={"steps": 12})
    assert len(run.worker_uss) == 1
