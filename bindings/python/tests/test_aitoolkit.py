"""The hook under a stand-in for ai-toolkit: what it records, and that a job never notices it."""
from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from conftest import journals
from journal_reader import Journal

REPOSITORY = Path(__file__).resolve().parents[3]
EXTENSION = REPOSITORY / "integrations/ai-toolkit/extension"
# Every method that the hook is around.
PLACES = ["__init__", "run", "hook_before_model_load", "hook_after_sd_init_before_load", "hook_after_model_load",
          "hook_add_extra_train_params", "setup_ema", "before_dataset_load", "cache_latents_all_latents",
          "cache_text_embeddings", "cache_clip_vision_to_disk", "setup_controls", "hook_before_train_loop", "sample",
          "hook_train_loop", "validate", "save", "end_step_hook", "done_hook"]


class Checkout:
    def __init__(self, root: Path, runtime: Path) -> None:
        self.root, self.runtime = root, runtime
        shutil.copytree(REPOSITORY / "tests/support/aitk_stand_in/checkout", root)
        shutil.copytree(EXTENSION, root / "extensions/tidemark_monitor", ignore=shutil.ignore_patterns("__pycache__"))

    def run(self, train: dict | None = None, flags: tuple[str, ...] = (), variables: dict[str, str] | None = None,
            **stand_in: object) -> subprocess.CompletedProcess[str]:
        process = {"type": "diffusion_trainer", "train": train or {}, "stand_in": stand_in}
        config = self.root / "config.json"
        config.write_text(json.dumps({"job": "extension", "config": {"name": "a_job", "process": [process]}}))
        return subprocess.run([sys.executable, *flags, "run.py", str(config)], cwd=self.root, capture_output=True,
                              text=True, timeout=60, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **(variables or {})})

    def without_hook(self) -> Checkout:
        shutil.rmtree(self.root / "extensions")
        return self

    def journal(self) -> Journal:
        path, = journals(self.runtime)
        return Journal(path)


@pytest.fixture
def checkout(tmp_path: Path, own_folders: Path, program) -> Checkout:
    return Checkout(tmp_path / "ai-toolkit", own_folders)


def told(journal: Journal, kind: str) -> list[dict]:
    return [event.details for event in journal.events(kind)]


def phases(journal: Journal) -> list[str]:
    return [record.name if record.kind == "phase_start" else f"/{record.name}"
            for record in journal.of("phase_start", "phase_end")]


def test_steps_carry_what_the_trainer_shows(checkout: Checkout) -> None:
    done = checkout.run({"steps": 3, "gradient_accumulation": 2}, waiting_seconds=0.02, step_seconds=0.01, groups=2)
    assert done.returncode == 0, done.stderr
    steps = checkout.journal().steps()
    assert [step.step for step in steps] == [0, 1, 2]
    assert [step.loss for step in steps] == [1.0, 0.5, 1 / 3]
    assert [step.batch_size for step in steps] == [4, 4, 4]  # two batches of two
    # Two groups of one parameter each, of norm 3 each.
    assert [step.gradient_norm for step in steps] == pytest.approx([18**0.5] * 3)
    assert [step.learning_rate for step in steps] == [1e-4] * 3
    assert all(step.data_wait_seconds >= 0.04 for step in steps)
    assert all(step.step_time_seconds >= 0.05 for step in steps[1:])


def test_phases_follow_the_job(checkout: Checkout) -> None:
    done = checkout.run({"steps": 3, "save_every": 2, "validate_every": 2})
    assert done.returncode == 0, done.stderr
    assert phases(checkout.journal()) == [
        "model_load", "/model_load", "dataset_load", "/dataset_load", "latent_caching", "/latent_caching",
        "text_embedding_caching", "/text_embedding_caching", "vision_embedding_caching", "/vision_embedding_caching",
        "control_images", "/control_images", "train_preparation", "/train_preparation", "sampling", "/sampling",
        "validation", "/validation", "validation", "/validation", "checkpoint_save", "/checkpoint_save",
        "checkpoint_save", "/checkpoint_save"]


def test_sampling_and_saving_are_in_no_steps_time(checkout: Checkout) -> None:
    checkout.run({"steps": 4, "save_every": 2, "sample_every": 2}, saving_seconds=0.3, sampling_seconds=0.3)
    assert max(step.step_time_seconds for step in checkout.journal().steps()[1:]) < 0.25


def test_the_job_is_known_by_ai_toolkits_id_and_whole_config(checkout: Checkout, program) -> None:
    checkout.run(variables={"AITK_JOB_ID": "f00d"})
    call, = program.calls()
    assert call["job-id"] == "f00d" and call["name"] == "a_job"
    assert call["config"]["config"]["process"][0]["type"] == "diffusion_trainer"


def test_model_optimizer_and_ema_are_counted(checkout: Checkout) -> None:
    checkout.run({"use_ema": True})
    journal = checkout.journal()
    parameters, = told(journal, "parameters")
    assert parameters == {"trainable": 100, "frozen": 6000, "dtype": "bf16"}
    parts, = told(journal, "model_parts")
    assert parts["unet"] == {"count": 5000, "dtypes": {"bf16": 5000}, "devices": {"cpu": 5000}, "bytes": 10000}
    assert sorted(parts) == ["network", "text_encoder_1", "text_encoder_2", "unet", "vae"]
    optimizer, = told(journal, "optimizer_created")
    assert optimizer["trained"]["bytes"] == 400 and optimizer["trained"]["dtypes"] == {"fp32": 100}
    ema, = told(journal, "ema_created")
    assert ema["averages"]["count"] == 100
    assert [stage["stage"] for stage in told(journal, "model_load_stage")] == \
        ["Loading transformer", "quantizing 3 transformer blocks", "Model Loaded"]


def test_without_ema_none_is_told(checkout: Checkout) -> None:
    checkout.run()
    assert told(checkout.journal(), "ema_created") == []


def test_resolutions_are_told_once_and_a_batch_size_when_it_changes(checkout: Checkout) -> None:
    checkout.run({"steps": 8}, batch_sizes=[2, 2, 3, 3])
    journal = checkout.journal()
    assert [(shape["width"], shape["height"], shape["batch_size"]) for shape in told(journal, "training_shape")] == \
        [(512, 512, 2), (512, 768, 2), (512, 512, 3), (512, 768, 3)]
    assert [(change["old"], change["new"]) for change in told(journal, "batch_size_change")] == [(2, 3), (3, 2), (2, 3)]


def test_a_batch_that_was_skipped_is_told_and_ends_nothing(checkout: Checkout) -> None:
    done = checkout.run({"steps": 4}, oom_at=[1])
    assert done.returncode == 0, done.stderr
    journal = checkout.journal()
    oom, = told(journal, "oom_error")
    assert oom["caught"] is True and oom["step"] == 1 and "Tried to allocate 2.00 GiB" in oom["message"]
    assert [step.step for step in journal.steps()] == [0, 2, 3]
    assert told(journal, "monitoring_end")[-1]["completed"] is True


def test_a_job_given_up_after_running_out_of_memory_ended_by_that(checkout: Checkout) -> None:
    done = checkout.run({"steps": 9}, oom_at=[2, 3, 4, 5])
    assert done.returncode == 1 and "aborting training" in done.stderr
    journal = checkout.journal()
    errors = told(journal, "oom_error")
    assert [error.get("caught") for error in errors] == [True] * 4 + [None]
    assert errors[-1]["step"] == 5 and "aborting training" in errors[-1]["aborted_with"]
    assert told(journal, "exception") == [] and told(journal, "monitoring_end")[-1]["completed"] is False


def test_a_stop_is_no_failure(checkout: Checkout) -> None:
    done = checkout.run({"steps": 9}, stop_at=3)
    assert done.returncode == 1
    journal = checkout.journal()
    assert len(told(journal, "keyboard_interrupt")) == 1 and told(journal, "exception") == []
    assert told(journal, "monitoring_end")[-1]["completed"] is False


def test_another_rank_records_no_steps(checkout: Checkout) -> None:
    """It finds no monitor here, and starts none."""
    done = checkout.run(variables={"RANK": "1"})
    assert done.returncode == 0, done.stderr
    assert journals(checkout.runtime) == []


def test_an_exception_passes_unchanged_wherever_it_comes_from(checkout: Checkout) -> None:
    """One process, a job for each place: as `run.py` does with several configs."""
    script = checkout.root / "all.py"
    script.write_text(textwrap.dedent(f"""
        from toolkit.job import get_job
        for place in {PLACES!r}:
            process = {{"type": "diffusion_trainer", "train": {{"steps": 2, "validate_every": 1}},
                       "stand_in": {{"raises_in": place}}}}
            try:
                get_job({{"job": "extension", "config": {{"name": place, "process": [process]}}}}).run()
            except RuntimeError as error:
                print(error, error.__cause__, error.__context__)
    """))
    done = subprocess.run([sys.executable, str(script)], cwd=checkout.root, capture_output=True, text=True, timeout=120,
                          env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"raised in {place} None None" for place in PLACES]
    found = [Journal(path) for path in journals(checkout.runtime)]
    errors = [error["message"] for journal in found for error in told(journal, "exception")]
    assert sorted(errors) == sorted(f"raised in {place}" for place in PLACES if place != "__init__")
    assert not any(end["completed"] for journal in found for end in told(journal, "monitoring_end"))


def test_the_job_calls_the_same_with_the_hook_as_without(checkout: Checkout) -> None:
    train = {"steps": 5, "save_every": 2, "sample_every": 2, "validate_every": 2, "use_ema": True}
    hooked = checkout.run(train, oom_at=[1])
    assert hooked.returncode == 0 and len(checkout.journal().steps()) == 4
    assert hooked.stdout == checkout.without_hook().run(train, oom_at=[1]).stdout


def test_without_tidemark_nothing_is_said(checkout: Checkout) -> None:
    """-S: the environment's packages are not to be found."""
    done = checkout.run(flags=("-S",))
    assert done.returncode == 0 and done.stderr == ""
    assert journals(checkout.runtime) == []


def test_the_copy_serves_where_the_environment_has_no_package(checkout: Checkout) -> None:
    import tidemark

    shutil.copytree(Path(tidemark.__file__).parent, checkout.root / "extensions/tidemark_monitor/packages/tidemark",
                    ignore=shutil.ignore_patterns("__pycache__"))
    done = checkout.run(flags=("-S",))
    assert done.returncode == 0 and done.stderr == ""
    assert len(checkout.journal().steps()) == 3


def test_a_copy_for_another_python_is_silent(checkout: Checkout) -> None:
    import tidemark

    shutil.copytree(Path(tidemark.__file__).parent, checkout.root / "extensions/tidemark_monitor/packages/tidemark",
                    ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    done = checkout.run(flags=("-S",))
    assert done.returncode == 0 and done.stderr == ""


def test_the_program_beside_the_hook_is_started(checkout: Checkout, program) -> None:
    (checkout.root / "extensions/tidemark_monitor/executable").write_text(f"{program.path}\n")
    variables = {"TIDEMARK_EXECUTABLE": ""}
    environment = {name: value for name, value in os.environ.items() if name != "TIDEMARK_EXECUTABLE"}
    config = checkout.root / "config.json"
    assert checkout.run(variables=variables).returncode == 0
    calls = len(program.calls())
    subprocess.run([sys.executable, "run.py", str(config)], cwd=checkout.root, check=True, capture_output=True,
                   timeout=60, env=environment)
    assert len(program.calls()) == calls + 1


def test_disabled_wraps_nothing(checkout: Checkout) -> None:
    done = checkout.run(variables={"TIDEMARK_DISABLED": "1"})
    assert done.returncode == 0 and done.stderr == ""
    assert journals(checkout.runtime) == []


def test_a_checkout_of_other_classes_is_left_alone(checkout: Checkout) -> None:
    file = checkout.root / "jobs/process/BaseSDTrainProcess.py"
    renamed = file.read_text().replace("class BaseSDTrainProcess", "class Renamed") + "\n"
    file.write_text(renamed)
    for user in checkout.root.glob("extensions_built_in/*/SDTrainer.py"):
        user.write_text(user.read_text().replace("import BaseSDTrainProcess", "import Renamed as BaseSDTrainProcess"))
    done = checkout.run()
    assert done.returncode == 0 and journals(checkout.runtime) == []


def test_a_run_that_somebody_else_wrapped_is_left_alone_with_all_its_methods(checkout: Checkout) -> None:
    file = checkout.root / "jobs/process/BaseSDTrainProcess.py"
    last = "        self.step_num = self.num_consecutive_oom = 0\n"
    assert last in file.read_text()
    theirs = '        self.run = lambda: print("own:", type(self).run(self), "hook_train_loop" in vars(self))\n'
    file.write_text(file.read_text().replace(last, last + theirs))
    done = checkout.run()
    assert done.returncode == 0 and "own: None False" in done.stdout, done.stdout + done.stderr
    assert journals(checkout.runtime) == []


def test_installing_twice_wraps_once(checkout: Checkout) -> None:
    second = checkout.root / "extensions/another_copy"
    shutil.copytree(EXTENSION, second, ignore=shutil.ignore_patterns("__pycache__"))
    assert checkout.run().returncode == 0
    assert [step.step for step in checkout.journal().steps()] == [0, 1, 2]


def test_a_full_journal_is_no_reason_to_stop(checkout: Checkout) -> None:
    """A lane holds 262,144 steps and nobody drains it here."""
    (checkout.root / "extensions/fill").mkdir()
    (checkout.root / "extensions/fill/__init__.py").write_text(textwrap.dedent("""
        import tidemark
        filler = tidemark.monitor(name="a_job")
        while filler.step(0, loss=1.0):
            pass
    """))
    done = checkout.run()
    assert done.returncode == 0, done.stderr
    journal = checkout.journal()
    assert journal.dropped_full > 0


@pytest.mark.parametrize("broken", ["step", "event", "phase", "parameters", "close"])
def test_a_fault_of_ours_is_one_warning(checkout: Checkout, broken: str) -> None:
    (checkout.root / "extensions/broken").mkdir()
    (checkout.root / "extensions/broken/__init__.py").write_text(textwrap.dedent(f"""
        from tidemark.run import Run
        def fail(self, *args, **kwargs):
            raise RuntimeError("a fault of ours")
        Run.{broken} = fail
    """))
    train = {"steps": 3, "save_every": 1}
    done = checkout.run(train, oom_at=[1])
    assert done.returncode == 0, done.stderr
    assert done.stdout == checkout.without_hook().run(train, oom_at=[1]).stdout
