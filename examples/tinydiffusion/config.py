"""The job's config: ai-toolkit's shape, keys and defaults, as far as this trainer has the parts."""
from __future__ import annotations

import pathlib
from dataclasses import dataclass
from typing import Any

import yaml

from .config_reader import ConfigError, Section
from .faults import Faults, read_faults
from .optimizers import OPTIMIZERS
from .quantization import BITS_OF_QTYPE


@dataclass(frozen=True)
class NetworkOptions:
    rank: int
    alpha: float
    pretrained_lora_path: str


@dataclass(frozen=True)
class SaveOptions:
    dtype: str
    save_every: int
    max_step_saves_to_keep: int


@dataclass(frozen=True)
class DatasetOptions:
    folder_path: str  # 'digits', or a folder of images
    resolutions: tuple[int, ...]
    batch_size: int | None
    num_workers: int
    prefetch_factor: int
    cache_latents: bool
    cache_latents_to_disk: bool
    cache_text_embeddings: bool
    num_repeats: int
    flip_x: bool
    max_images: int
    worker_image_cache: bool

    @property
    def latents_are_cached(self) -> bool:
        return self.cache_latents or self.cache_latents_to_disk


@dataclass(frozen=True)
class TrainOptions:
    batch_size: int
    steps: int
    gradient_accumulation: int
    gradient_checkpointing: bool
    optimizer: str
    lr: float
    lr_scheduler: str
    dtype: str
    max_grad_norm: float
    use_ema: bool
    ema_decay: float
    unload_text_encoder: bool
    disable_sampling: bool
    skip_first_sample: bool


@dataclass(frozen=True)
class ModelOptions:
    quantize: bool
    qtype: str
    quantize_te: bool
    qtype_te: str
    low_vram: bool
    hidden: int
    depth: int
    heads: int
    patch: int
    latent_channels: int
    vae_channels: int
    text_hidden: int
    text_layers: int
    text_vocabulary: int
    seed: int


@dataclass(frozen=True)
class SampleOptions:
    sample_every: int
    width: int
    height: int
    sample_steps: int
    guidance_scale: float
    seed: int
    prompts: tuple[str, ...]


@dataclass(frozen=True)
class JobOptions:
    name: str
    training_folder: pathlib.Path
    trigger_word: str
    training_seed: int
    performance_log_every: int
    torch_threads: int
    telemetry: bool
    give_back_from_kib: int  # 0: as the C library does
    network: NetworkOptions | None  # None: full fine-tune
    save: SaveOptions
    datasets: tuple[DatasetOptions, ...]
    train: TrainOptions
    model: ModelOptions
    sample: SampleOptions
    faults: Faults
    whole_config: dict[str, Any]
    process_config: dict[str, Any]

    @property
    def save_root(self) -> pathlib.Path:
        return self.training_folder / self.name


def load_config(file: pathlib.Path) -> JobOptions:
    """The job that `file` describes. Raises ConfigError."""
    try:
        tree = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: not YAML: {' '.join(str(error).split())}") from None
    return read_job(tree)


def read_job(tree: Any) -> JobOptions:
    config = Section(tree, "").section("config")
    processes = config.sections("process")
    if not processes:
        raise ConfigError("config.process: nothing to run")
    process = processes[0]
    process.text("type", "diffusion_trainer", ("diffusion_trainer", "sd_trainer"))
    device = process.text("device", "cpu")
    if device != "cpu":
        raise ConfigError(f"{process.path}.device: {device!r} is not 'cpu', and this trainer knows no other")
    train = process.section("train")
    datasets = tuple(_read_dataset(entry, train) for entry in process.sections("datasets"))
    if not datasets:
        raise ConfigError(f"{process.path}.datasets: no dataset")
    if len({dataset.cache_text_embeddings for dataset in datasets}) > 1:
        raise ConfigError(f"{process.path}.datasets: cache_text_embeddings must be on for all of them or for none")
    model = _read_model(process.section("model"))
    options = _read_train(train)
    if not process.has("network") and (model.quantize or options.dtype not in ("fp32", "float32")):
        raise ConfigError(f"{process.path}.network: without it all weights train, which needs fp32 and no quantize")
    return JobOptions(
        name=config.text("name", "tiny_digits"),
        training_folder=pathlib.Path(process.text("training_folder", "output")),
        trigger_word=process.text("trigger_word", ""),
        training_seed=process.whole("training_seed", 0),
        performance_log_every=process.whole("performance_log_every", 0, 0),
        torch_threads=process.whole("torch_threads", 1, 1),
        telemetry=process.flag("telemetry", True),
        give_back_from_kib=process.whole("give_back_from_kib", 256, 0),
        network=_read_network(process.section("network")) if process.has("network") else None,
        save=_read_save(process.section("save")),
        datasets=datasets,
        train=options,
        model=model,
        sample=_read_sample(process.section("sample")),
        faults=read_faults(process.section("faults")),
        whole_config=tree,
        process_config=process.values,
    )


def _read_network(section: Section) -> NetworkOptions:
    section.text("type", "lora", ("lora",))
    rank = section.whole("linear", section.whole("rank", 4, 1), 1)
    return NetworkOptions(rank, section.number("linear_alpha", 1.0), section.text("pretrained_lora_path", ""))


def _read_save(section: Section) -> SaveOptions:
    return SaveOptions(
        dtype=section.text("dtype", "float16", ("float16", "fp16", "bf16", "bfloat16", "fp32", "float32")),
        save_every=section.whole("save_every", 1000, 1),
        max_step_saves_to_keep=section.whole("max_step_saves_to_keep", 5, 0),
    )


def _read_dataset(section: Section, train: Section) -> DatasetOptions:
    resolutions = section.wholes("resolution", (512,), 16)
    if any(resolution % 16 for resolution in resolutions):
        raise ConfigError(f"{section.path}.resolution: {list(resolutions)} are not all multiples of 16")
    return DatasetOptions(
        folder_path=section.text("folder_path", "digits"),
        resolutions=resolutions,
        batch_size=section.whole_or_none("batch_size", 1),
        num_workers=section.whole("num_workers", 2, 0),
        prefetch_factor=section.whole("prefetch_factor", 2, 1),
        cache_latents=section.flag("cache_latents", False),
        cache_latents_to_disk=section.flag("cache_latents_to_disk", False),
        cache_text_embeddings=(
            section.flag("cache_text_embeddings", False) or train.flag("cache_text_embeddings", False)),
        num_repeats=section.whole("num_repeats", 1, 1),
        flip_x=section.flag("flip_x", False),
        max_images=section.whole("max_images", 1 << 31, 1),
        worker_image_cache=section.flag("worker_image_cache", False),
    )


def _read_train(section: Section) -> TrainOptions:
    ema = section.section("ema_config")
    return TrainOptions(
        batch_size=section.whole("batch_size", 1, 1),
        steps=section.whole("steps", 1000, 1),
        gradient_accumulation=section.whole("gradient_accumulation", 1, 1),
        gradient_checkpointing=section.flag("gradient_checkpointing", True),
        optimizer=section.text("optimizer", "adamw", tuple(OPTIMIZERS)),
        lr=section.number("lr", 1e-6, 0),
        lr_scheduler=section.text("lr_scheduler", "constant", ("constant", "linear", "cosine")),
        # torch has no half-precision (fp16) matrix product on the CPU in the versions we run on.
        dtype=section.text("dtype", "fp32", ("fp32", "float32", "bf16", "bfloat16")),
        max_grad_norm=section.number("max_grad_norm", 1.0, 0),
        use_ema=ema.flag("use_ema", False),
        ema_decay=ema.number("ema_decay", 0.999, 0),
        unload_text_encoder=section.flag("unload_text_encoder", False),
        disable_sampling=section.flag("disable_sampling", False),
        skip_first_sample=section.flag("skip_first_sample", False),
    )


def _read_model(section: Section) -> ModelOptions:
    section.text("name_or_path", "tiny-digits", ("tiny-digits",))
    sizes = section.section("model_kwargs")
    quantize = section.flag("quantize", False)
    model = ModelOptions(
        quantize=quantize,
        qtype=section.text("qtype", "qfloat8", tuple(BITS_OF_QTYPE)),
        quantize_te=section.flag("quantize_te", quantize),
        qtype_te=section.text("qtype_te", "qfloat8", tuple(BITS_OF_QTYPE)),
        low_vram=section.flag("low_vram", False),
        hidden=sizes.whole("hidden", 128, 16),
        depth=sizes.whole("depth", 4, 1),
        heads=sizes.whole("heads", 4, 1),
        patch=sizes.whole("patch", 2, 1),
        latent_channels=sizes.whole("latent_channels", 4, 1),
        vae_channels=sizes.whole("vae_channels", 16, 8),
        text_hidden=sizes.whole("text_hidden", 128, 16),
        text_layers=sizes.whole("text_layers", 2, 1),
        text_vocabulary=sizes.whole("text_vocabulary", 4096, 64),
        seed=sizes.whole("seed", 0),
    )
    for key, wrong in (
        ("hidden", model.hidden % model.heads or model.hidden % 4),
        ("text_hidden", model.text_hidden % 4),
        ("latent_channels", model.latent_channels > 64),
        ("vae_channels", model.vae_channels % 8),
        ("patch", model.patch not in (1, 2)),
    ):
        if wrong:
            raise ConfigError(f"{sizes.path}.{key}: {getattr(model, key)} does not fit; see examples/README.md")
    return model


def _read_sample(section: Section) -> SampleOptions:
    prompts = tuple(entry.text("prompt", "") for entry in section.sections("samples"))
    if not prompts:
        listed = section.values.get("prompts") or ["a handwritten seven", "a handwritten three"]
        prompts = tuple(str(prompt) for prompt in listed)
    width, height = section.whole("width", 512, 16), section.whole("height", 512, 16)
    if width % 16 or height % 16:
        raise ConfigError(f"{section.path}: width {width} and height {height} are not both multiples of 16")
    return SampleOptions(
        sample_every=section.whole("sample_every", 100, 1),
        width=width,
        height=height,
        sample_steps=section.whole("sample_steps", 20, 1),
        guidance_scale=section.number("guidance_scale", 7.0, 0),
        seed=section.whole("seed", 42),
        prompts=prompts,
    )
