class DiffusionTrainerExtension:
    uid = "diffusion_trainer"

    @classmethod
    def get_process(cls):
        from .DiffusionTrainer import DiffusionTrainer

        return DiffusionTrainer


AI_TOOLKIT_EXTENSIONS = [DiffusionTrainerExtension]
