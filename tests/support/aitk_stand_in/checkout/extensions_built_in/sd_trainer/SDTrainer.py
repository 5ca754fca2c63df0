from __future__ import annotations

from collections import OrderedDict

from jobs.process.BaseSDTrainProcess import BaseSDTrainProcess


class SDTrainer(BaseSDTrainProcess):
    def before_dataset_load(self):  # calls no super, as the one it stands for
        self.plan.reaches("before_dataset_load")

    def hook_train_loop(self, batch):
        self.plan.reaches("hook_train_loop")
        if self.step_num in self.plan.told.get("oom_at", ()):
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
        self.plan.takes("step_seconds")
        for group in self.params:
            self.accelerator.clip_grad_norm_(group["params"], 1.0)
        return OrderedDict({"loss": 1.0 / (self.step_num + 1)})
