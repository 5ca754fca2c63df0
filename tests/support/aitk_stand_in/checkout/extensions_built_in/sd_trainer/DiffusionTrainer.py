from __future__ import annotations

from extensions_built_in.sd_trainer.SDTrainer import SDTrainer


class DiffusionTrainer(SDTrainer):
    def maybe_stop(self):
        if self.step_num == self.plan.told.get("stop_at"):
            raise Exception("Job stopped")

    def before_dataset_load(self):
        super().before_dataset_load()
        self.maybe_stop()

    def sample(self, step=None, is_first=False):
        super().sample(step, is_first)

    def end_step_hook(self):
        super().end_step_hook()
        self.maybe_stop()
