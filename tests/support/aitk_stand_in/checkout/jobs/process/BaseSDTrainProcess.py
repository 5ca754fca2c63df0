"""The loop of a job, as far as its methods' names and order go."""
from __future__ import annotations

import os
from types import SimpleNamespace

from toolkit.dataloader_mixins import AiToolkitDataset
from toolkit.stand_in import Accelerator, Module, Plan
from toolkit.timer import Timer


class Model:
    def __init__(self) -> None:
        self.unet, self.text_encoder, self.vae = Module(4000, 1000), [Module(500), Module(300)], Module(200)
        self.hooks: list = []

    def add_status_update_hook(self, hook) -> None:
        self.hooks.append(hook)

    def load_model(self) -> None:
        for text in ("Loading transformer", " - quantizing 3 transformer blocks", "Model Loaded"):
            for hook in self.hooks:
                hook(text)


class BaseSDTrainProcess:
    def __init__(self, process_id: int, job, config: dict) -> None:
        self.process_id, self.job, self.config, self.name = process_id, job, config, job.name
        self.plan = Plan(config.get("stand_in", {}))
        self.plan.reaches("__init__")
        self.accelerator = Accelerator(os.environ.get("RANK", "0") == "0")
        self.timer = Timer()
        self.train_config = SimpleNamespace(optimizer="adamw8bit", steps=3, gradient_accumulation=1, use_ema=False,
                                            save_every=0, sample_every=0, validate_every=0, disable_sampling=False)
        vars(self.train_config).update(config.get("train", {}))
        self.network = self.ema = self.optimizer = None
        self.step_num = self.num_consecutive_oom = 0

    def hook_before_model_load(self): self.plan.reaches("hook_before_model_load")
    def hook_after_sd_init_before_load(self): self.plan.reaches("hook_after_sd_init_before_load")
    def hook_after_model_load(self): self.plan.reaches("hook_after_model_load")
    def before_dataset_load(self): self.plan.reaches("before_dataset_load")
    def hook_before_train_loop(self): self.plan.reaches("hook_before_train_loop")
    def end_step_hook(self): self.plan.reaches("end_step_hook")
    def done_hook(self): self.plan.reaches("done_hook")
    def hook_train_loop(self, batch): return 0.0

    def hook_add_extra_train_params(self, params):
        self.plan.reaches("hook_add_extra_train_params")
        return params

    def setup_ema(self):
        self.plan.reaches("setup_ema")
        if self.train_config.use_ema:
            self.ema = object()

    def sample(self, step=None, is_first=False):
        self.plan.reaches("sample")
        self.plan.takes("sampling_seconds")

    def save(self, step=None):
        self.plan.reaches("save")
        self.plan.takes("saving_seconds")

    def validate(self): self.plan.reaches("validate")

    def run(self):
        train = self.train_config
        self.plan.reaches("run")
        self.hook_before_model_load()
        self.sd = Model()
        self.hook_after_sd_init_before_load()
        self.sd.load_model()
        self.hook_after_model_load()
        self.network = Module(60, 40, dtype="torch.float32")
        groups = self.plan.told.get("groups", 1)
        self.params = self.hook_add_extra_train_params(
            [{"params": self.network.tensors[i::groups], "lr": 1e-4} for i in range(groups)])
        self.optimizer = SimpleNamespace(param_groups=self.params)
        self.setup_ema()
        self.before_dataset_load()
        AiToolkitDataset(self.plan)
        self.hook_before_train_loop()
        if not train.disable_sampling:
            self.sample(0)
        for step in range(train.steps):
            self.one_step(step)
        self.save()
        self.done_hook()

    def one_step(self, step: int) -> None:
        train = self.train_config
        self.timer.start("train_loop")
        self.step_num = step
        batches = []
        for _ in range(train.gradient_accumulation):
            with self.timer("get_batch"):
                self.plan.takes("waiting_seconds")
        batches = self.plan.batches(step, train.gradient_accumulation)
        try:
            self.hook_train_loop(batches)
            self.num_consecutive_oom = 0
        except RuntimeError as error:
            if "CUDA out of memory" not in str(error):
                raise
            self.num_consecutive_oom += 1
        if self.num_consecutive_oom > 3:
            raise RuntimeError("OOM during training step 3 times in a row, aborting training")
        self.timer.stop("train_loop")
        if train.validate_every and step % train.validate_every == 0:
            self.validate()
        if step and train.save_every and step % train.save_every == 0:
            self.save(step)
        if step and train.sample_every and step % train.sample_every == 0:
            self.sample(step)
        self.timer.reset()
        self.step_num = step + 1
        self.end_step_hook()
