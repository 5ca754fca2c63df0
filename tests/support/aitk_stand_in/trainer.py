"""A trainer as ai-toolkit's job process looks from outside; README.md beside this file says more."""
from __future__ import annotations

import json
import os
import pathlib
import signal
import sqlite3
import sys
import time
from collections.abc import Callable


class Row:
    """The job's row: one short connection for each operation."""

    def __init__(self, database: str, job_id: str) -> None:
        self.database, self.job_id = database, job_id

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.database, timeout=30)
        db.isolation_level = None
        return db

    def set(self, **values: object) -> None:
        columns = ", ".join(f"{name} = ?" for name in values)
        db = self._connect()
        try:
            db.execute("BEGIN IMMEDIATE")
            db.execute(f"UPDATE Job SET {columns} WHERE id = ?", (*values.values(), self.job_id))
            db.execute("COMMIT")
        finally:
            db.close()

    def flag(self, name: str) -> bool:
        db = self._connect()
        try:
            row = db.execute(f"SELECT {name} FROM Job WHERE id = ?", (self.job_id,)).fetchone()
            return bool(row and row[0] == 1)
        finally:
            db.close()


class LossLog:
    def __init__(self, file: pathlib.Path) -> None:
        self.db = sqlite3.connect(file, timeout=30, isolation_level=None)
        for sql in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL", "PRAGMA foreign_keys = ON",
                    "CREATE TABLE IF NOT EXISTS steps (step INTEGER PRIMARY KEY, wall_time REAL NOT NULL)",
                    "CREATE TABLE IF NOT EXISTS metric_keys (key TEXT PRIMARY KEY, first_seen_step INTEGER, "
                    "last_seen_step INTEGER)",
                    "CREATE TABLE IF NOT EXISTS metrics (step INTEGER NOT NULL, key TEXT NOT NULL, value_real REAL, "
                    "value_text TEXT, PRIMARY KEY (step, key), "
                    "FOREIGN KEY (step) REFERENCES steps (step) ON DELETE CASCADE)"):
            self.db.execute(sql)
        self.first = True

    def commit(self, step: int, values: dict[str, float]) -> None:
        self.db.execute("BEGIN")
        if self.first:  # what an earlier run logged behind the step it is resumed at
            self.db.execute("DELETE FROM steps WHERE step > ?", (step,))
            self.first = False
        self.db.execute("INSERT INTO steps VALUES (?, ?) ON CONFLICT (step) DO UPDATE SET wall_time = "
                        "excluded.wall_time", (step, time.time()))
        self.db.executemany("INSERT INTO metrics VALUES (?, ?, ?, NULL) ON CONFLICT (step, key) DO UPDATE SET "
                            "value_real = excluded.value_real", [(step, k, v) for k, v in values.items()])
        self.db.execute("COMMIT")


class Trainer:
    def __init__(self, config: dict) -> None:
        self.name = config["config"]["name"]
        self.process = config["config"]["process"][0]
        self.plan = self.process.get("stand_in", {})
        self.steps = self.process["train"]["steps"]
        self.folder = pathlib.Path(self.process["training_folder"]) / self.name
        self.row = Row(self.process["sqlite_db_path"], os.environ["AITK_JOB_ID"])
        self.checkpoint = self.folder / "checkpoint_step"
        self.saved = int(self.checkpoint.read_text()) if self.checkpoint.exists() else 0
        self.stopping = False
        self.began = time.monotonic()
        self.skipped_in_a_row = 0

    def run(self) -> None:
        print(f'Using SQLite database at {self.process["sqlite_db_path"]}')
        print(f'Job ID: "{os.environ["AITK_JOB_ID"]}"')
        self.row.set(status="running", info="Starting")
        print(f"{'#' * 45}\n# Running job: {self.name}\n{'#' * 45}\n\nRunning  1 process")
        self.row.set(status="running", info="Loading model")
        print("Loading transformer")
        time.sleep(self.plan.get("loading_seconds", 0.2))
        if self.saved:
            print(f"#### IMPORTANT RESUMING FROM {self.folder / 'lora.safetensors'} ####")
            print(f"Found step {self.saved} in metadata, starting from there")
        self.row.set(status="running", info="Training", step=self.saved)
        loss_log = LossLog(self.folder / "loss_log.db")
        for step in range(self.saved, self.steps):
            self.one_step(step, loss_log)
        print(f"\nSaved checkpoint to {self.folder / 'lora.safetensors'}")
        self.row.set(status="completed", info="Training completed")

    def one_step(self, step: int, loss_log: LossLog) -> None:
        time.sleep(self.plan.get("seconds_per_step", 0.05))
        skipped = self.may_end(step)
        loss = 1.0 / (step + 1)
        if skipped:
            self.skipped_in_a_row += 1
            banner = f"# OOM during training step, skipping batch {self.skipped_in_a_row}/3 #"
            print(f"\n{'#' * 48}\n{banner}\n{'#' * 48}\n")
        else:
            self.skipped_in_a_row = 0
            self.draw_bar(step, loss)
        if step != self.saved:  # its loop logs and saves nothing in its first step
            values = {"learning_rate": 0.0} if skipped else {"learning_rate": 1e-4, "loss/loss": loss}
            loss_log.commit(step, values)
            every = self.plan.get("save_every", 0)
            if every and step % every == 0:
                print(f"\nSaving at step {step}\nSaved checkpoint to {self.folder / 'lora.safetensors'}")
                self.checkpoint.write_text(str(step))
        self.row.set(step=step + 1)
        self.maybe_stop()

    def draw_bar(self, step: int, loss: float) -> None:
        elapsed = time.monotonic() - self.began
        rate = (step - self.saved + 1) / max(elapsed, 1e-6)
        share = step / self.steps
        sys.stdout.write(f"\r{self.name}: {share:4.0%}|{'#' * int(share * 10):<10}| {step}/{self.steps} "
                         f"[{int(elapsed) // 60:02}:{int(elapsed) % 60:02}<00:01, {rate:5.2f}it/s, "
                         f"lr: 1.0e-04 loss: {loss:.3e}]")

    def may_end(self, step: int) -> bool:
        """True: this step is skipped. May not return."""
        ending, at = self.plan.get("ending", "completed"), self.plan.get("at", 5)
        if ending == "oom_skipped":
            return step == at
        if step < at:
            return False
        if ending == "oom_abort":
            if self.skipped_in_a_row == 3:
                raise RuntimeError("OOM during training step 3 times in a row, aborting training")
            return True
        endings: dict[str, Callable[[], None]] = {
            "exception": self.raise_something, "sigkill": lambda: os.kill(os.getpid(), signal.SIGKILL),
            "oom_kill": self.take_all_memory, "worker_killed": self.lose_worker}
        endings.get(ending, lambda: None)()
        return False

    def raise_something(self) -> None:
        raise ValueError("mat1 and mat2 shapes cannot be multiplied (77x768 and 4096x3072)")

    def take_all_memory(self) -> None:
        held = []
        while True:
            held.append(bytearray(8 << 20))
            time.sleep(0.02)

    def lose_worker(self) -> None:
        worker = os.fork()
        if worker == 0:
            time.sleep(60)
            os._exit(0)
        os.kill(worker, signal.SIGKILL)
        os.waitpid(worker, 0)
        raise RuntimeError(f"DataLoader worker (pid {worker}) is killed by signal: Killed. ")

    def maybe_stop(self) -> None:
        for flag, status, info, text in (("stop", "stopped", "Job stopped", "Job stopped"),
                                         ("return_to_queue", "queued", "Job queued", "Job returning to queue")):
            if self.row.flag(flag):
                self.row.set(status=status, info=info)
                self.stopping = True
                raise Exception(text)

    def on_error(self, error: BaseException) -> None:
        if isinstance(error, KeyboardInterrupt):
            self.row.set(status="stopped", info="Job stopped")
        elif not self.stopping:
            self.row.set(status="error", info=str(error))
        self.row.set(step=self.saved)


def main() -> None:
    config = json.loads(pathlib.Path(sys.argv[1]).read_text())
    print("Running 1 job")
    print(json.dumps(config["config"]["process"][0], indent=4))
    if config["config"]["process"][0].get("stand_in", {}).get("ending") == "dies_at_once":
        raise ModuleNotFoundError("No module named 'torch'")
    trainer = Trainer(config)
    try:
        trainer.run()
    except KeyboardInterrupt as error:
        trainer.on_error(error)
        print(f"\n{'=' * 40}\nJob stopped\n{'=' * 40}")
        sys.exit(0)
    except Exception as error:
        print(f"Error running job: {error}")
        trainer.on_error(error)
        print(f"\n{'=' * 40}\nResult:\n - 0 completed jobs\n - 1 failure\n{'=' * 40}")
        raise
    print(f"\n{'=' * 40}\nResult:\n - 1 completed job\n{'=' * 40}")


if __name__ == "__main__":
    main()
