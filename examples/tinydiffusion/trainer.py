"""The run from loading to the last save, in ai-toolkit's order."""
from __future__ import annotations

import contextlib
import pathlib
import time
from collections.abc import Iterator

import torch

from .caching import cache_latents, cache_text_embeddings, latents_in_memory_bytes
from .config import JobOptions
from .console import ProgressBar, Timer, print_out_of_memory
from .data import Batch, PictureDataset, endless, make_loader
from .ema import Ema
from .encoders import Encoders
from .faults import ProcessFaults, WorkerFaults
from .images import open_images
from .lora import inject_lora, trainable_parameters
from .memory import give_back_at_once, module_bytes, optimizer_bytes, release_memory, tensor_bytes
from .model import Denoiser
from .observer import Observer
from .optimizers import learning_rate_at, make_optimizer
from .quantization import quantize_linears
from .sampling import generate_all
from .saving import Saver, load_weights
from .stopping import stop_if_asked
from .training_step import StepResult, TrainingStep, is_out_of_memory

MAX_CONSECUTIVE_OOM = 3


class Trainer:
    def __init__(self, options: JobOptions, observer: Observer) -> None:
        self._options = options
        self._observer = observer
        self._report = observer.report
        self._faults = ProcessFaults(options.faults)
        self._timer = Timer(options.name)
        self._dtype = torch.bfloat16 if options.train.dtype in ("bf16", "bfloat16") else torch.float32
        self._saver = Saver(options.save_root, options.name, options.save.dtype, options.save.max_step_saves_to_keep)

    def run(self) -> None:
        options = self._options
        if options.give_back_from_kib:
            give_back_at_once(options.give_back_from_kib)
        torch.set_num_threads(options.torch_threads)
        torch.manual_seed(options.training_seed)
        self._faults.start()
        with self._observer.phase("model_load"):
            self._load_model()
        self._make_trainable()
        self._datasets = self._open_datasets()
        self._cache()
        self._report_components()
        if options.train.skip_first_sample or options.train.disable_sampling:
            print("Skipping first sample due to config setting")
        else:
            print("Generating baseline samples before training")
            self._sample(0)
        with self._observer.phase("train"):
            self._train()
        self._save(None, options.train.steps)
        if not options.train.disable_sampling:
            self._sample(options.train.steps)

    def _load_model(self) -> None:
        model = self._options.model
        print("Loading transformer")
        if model.quantize and model.low_vram:
            print("Quantizing transformer")
            print(f" - quantizing {model.depth} transformer blocks")
            self._denoiser = Denoiser(model, self._dtype, lambda block: quantize_linears(block, model.qtype))
        else:
            self._denoiser = Denoiser(model, self._dtype)
            if model.quantize:
                print("Quantizing transformer")
                print(f" - quantizing {model.depth} transformer blocks")
                quantize_linears(self._denoiser.blocks, model.qtype)
        self._denoiser.gradient_checkpointing = self._options.train.gradient_checkpointing
        release_memory()
        self._encoders = Encoders(self._options, self._dtype)
        self._encoders.encode_prompts(self._options.sample.prompts)
        print("Model Loaded")

    def _make_trainable(self) -> None:
        network, train = self._options.network, self._options.train
        frozen = module_bytes(self._denoiser)
        if network is not None:
            print(f"create LoRA network. base dim (rank): {network.rank}, alpha: {network.alpha:g}")
            count = inject_lora(self._denoiser, network.rank, network.alpha)
            print(f"create LoRA for U-Net: {count} modules.")
            self._report.component("model_weights", frozen)
        self._parameters = trainable_parameters(self._denoiser)
        if network is not None and network.pretrained_lora_path:
            load_weights(self._parameters, pathlib.Path(network.pretrained_lora_path))
            print(f"Loaded weights from {network.pretrained_lora_path}")
        trainable = tensor_bytes(self._parameters.values())
        self._report.component("adapter_weights" if network else "model_weights", trainable)
        self._optimizer = make_optimizer(train.optimizer, self._parameters.values(), train.lr)
        self._ema = Ema(self._parameters, train.ema_decay) if train.use_ema else None
        self._report.component("ema", tensor_bytes(self._ema.shadow.values()) if self._ema else 0)
        self._observer.telemetry.parameters(
            trainable=sum(parameter.numel() for parameter in self._parameters.values()),
            frozen=sum(p.numel() for p in self._denoiser.parameters() if not p.requires_grad), dtype=train.dtype)

    def _open_datasets(self) -> list[PictureDataset]:
        datasets = []
        for dataset in self._options.datasets:
            images = open_images(dataset.folder_path)
            for resolution in dataset.resolutions:
                opened = PictureDataset(dataset, images, resolution)
                print(f"Dataset: {dataset.folder_path}")
                print("  -  Preprocessing image dimensions")
                print(f"  -  Found {opened.count} images")
                print(f"Bucket sizes for {dataset.folder_path}:")
                print(f"{resolution}x{resolution}: {opened.count} files")
                print("1 buckets made")
                datasets.append(opened)
        return datasets

    def _cache(self) -> None:
        options, encoders = self._options, self._encoders
        to_cache = [dataset for dataset in self._datasets if dataset.options.latents_are_cached]
        if to_cache:
            with self._observer.phase("latent_caching"):
                self._cache_latents(to_cache)
        if len(to_cache) == len(self._datasets):
            encoders.drop_vae()
        if self._datasets[0].options.cache_text_embeddings:
            assert encoders.text_encoder is not None
            with self._observer.phase("text_embedding_caching"):
                for dataset in self._datasets:
                    cache_text_embeddings(dataset, encoders.text_encoder, options.save_root)
            encoders.drop_text_encoder()
        elif options.train.unload_text_encoder:
            encoders.drop_text_encoder(only_caption=options.trigger_word)

    def _cache_latents(self, datasets: list[PictureDataset]) -> None:
        with self._encoders.vae() as vae:
            for dataset in datasets:
                cache_latents(dataset, vae, self._options.save_root)
                dataset.forget_decoded()

    def _report_components(self) -> None:
        for name, size in self._encoders.bytes_of().items():
            self._report.component(name, size)
        self._report.component("latent_cache", latents_in_memory_bytes(self._datasets))

    def _train(self) -> None:
        options = self._options
        loader = make_loader(self._datasets, options.train.batch_size, options.training_seed,
                             WorkerFaults(options.faults))
        batches = self._observer.telemetry.batches(endless(loader))
        step_of = TrainingStep(self._denoiser, self._encoders, self._parameters, self._optimizer, self._ema,
                               options.train, self._faults, self._timer)
        out_of_memory_in_a_row = 0
        with ProgressBar(options.name, options.train.steps, smoothing=0.7) as bar:
            for step in range(options.train.steps):
                stop_if_asked()
                self._faults.before_step(step)
                started = time.monotonic()
                with self._timer("train_loop"):
                    with self._timer("get_batch"):
                        micro_batches = [next(batches) for _ in range(options.train.gradient_accumulation)]
                    waited = time.monotonic() - started
                    rate = learning_rate_at(options.train.lr_scheduler, options.train.lr, step, options.train.steps)
                    result = self._forgiving(step_of, step, micro_batches, rate)
                out_of_memory_in_a_row = out_of_memory_in_a_row + 1 if result is None else 0
                if result is None:
                    self._skip(out_of_memory_in_a_row, step)
                    bar.set_postfix("lr: 0.0e+00")
                else:
                    self._tell(step, result, micro_batches, rate, time.monotonic() - started, waited)
                    loss = 0.0 if result.loss != result.loss else result.loss  # ai-toolkit shows 0 for it
                    bar.set_postfix(f"lr: {rate:.1e} loss: {loss:.3e}")
                bar.pause()
                self._between_steps(step)
                bar.unpause()
                bar.update(1)

    def _forgiving(self, step_of: TrainingStep, step: int, batches: list[Batch], rate: float) -> StepResult | None:
        """The step's result, or None when memory did not suffice for it."""
        try:
            return step_of.run(step, batches, rate)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
        step_of.abandon()  # outside of the handler: the error keeps the step's tensors alive until here
        release_memory()
        return None

    def _skip(self, attempt: int, step: int) -> None:
        if attempt > MAX_CONSECUTIVE_OOM:
            raise RuntimeError(f"OOM during training step {MAX_CONSECUTIVE_OOM} times in a row, aborting training")
        self._observer.telemetry.event("oom_error", step=step)
        print_out_of_memory(attempt, MAX_CONSECUTIVE_OOM)

    def _tell(self, step: int, result: StepResult, batches: list[Batch], rate: float, seconds: float,
              waited: float) -> None:
        if step == 0:
            self._report.component("optimizer_state", optimizer_bytes(self._optimizer))
            self._report.component("gradients", tensor_bytes(self._parameters.values()))
        batch_size = sum(len(batch) for batch in batches)
        self._observer.telemetry.step(step, result.loss, batch_size, result.gradient_norm, rate)
        self._report.step(seconds, waited)

    def _between_steps(self, step: int) -> None:
        options = self._options
        if step > 0 and step % options.save.save_every == 0:
            self._save(step, step)
        if step > 0 and step % options.sample.sample_every == 0 and not options.train.disable_sampling:
            self._sample(step)
        if options.performance_log_every and (step + 1) % options.performance_log_every == 0:
            self._timer.print_and_reset()

    def _save(self, step: int | None, steps_done: int) -> None:
        with self._observer.phase("checkpoint_save"), self._averaged_weights():
            self._saver.save(self._parameters, self._optimizer, step, steps_done)

    def _sample(self, step: int) -> None:
        with self._observer.phase("sampling"), self._averaged_weights(), self._encoders.vae() as vae:
            unconditional = self._encoders.unconditional
            assert unconditional is not None
            generate_all(self._denoiser, vae, self._encoders.prompts, unconditional, self._options.sample,
                         self._options.save_root / "samples", step)

    @contextlib.contextmanager
    def _averaged_weights(self) -> Iterator[None]:
        with self._ema.applied() if self._ema is not None else contextlib.nullcontext():
            yield
