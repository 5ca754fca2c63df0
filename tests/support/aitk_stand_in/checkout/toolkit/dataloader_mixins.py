class LatentCachingMixin:
    def cache_latents_all_latents(self):
        self.plan.reaches("cache_latents_all_latents")


class TextEmbeddingCachingMixin:
    def cache_text_embeddings(self):
        self.plan.reaches("cache_text_embeddings")


class CLIPCachingMixin:
    def cache_clip_vision_to_disk(self):
        self.plan.reaches("cache_clip_vision_to_disk")


class ControlCachingMixin:
    def setup_controls(self):
        self.plan.reaches("setup_controls")


class AiToolkitDataset(LatentCachingMixin, TextEmbeddingCachingMixin, CLIPCachingMixin, ControlCachingMixin):
    def __init__(self, plan) -> None:
        self.plan = plan
        self.cache_latents_all_latents()
        self.cache_text_embeddings()
        self.cache_clip_vision_to_disk()
        self.setup_controls()
