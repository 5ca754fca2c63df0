"""ai-toolkit's checkout, database, UI and worker, as far as a watcher sees them; README.md says more."""
from __future__ import annotations

import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import uuid

HERE = pathlib.Path(__file__).resolve().parent

# The columns of its tables as Prisma makes them in SQLite.
TABLES = """
CREATE TABLE Settings (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, value TEXT NOT NULL);
CREATE TABLE Queue (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, gpu_ids TEXT NOT NULL,
  is_running BOOLEAN NOT NULL DEFAULT false);
CREATE TABLE Job (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, gpu_ids TEXT NOT NULL, job_config TEXT NOT NULL,
  created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, updated_at DATETIME NOT NULL,
  status TEXT NOT NULL DEFAULT 'stopped', stop BOOLEAN NOT NULL DEFAULT false,
  return_to_queue BOOLEAN NOT NULL DEFAULT false, step INTEGER NOT NULL DEFAULT 0, total_steps INTEGER,
  info TEXT NOT NULL DEFAULT '', speed_string TEXT NOT NULL DEFAULT '', queue_position INTEGER NOT NULL DEFAULT 0,
  pid INTEGER, job_type TEXT NOT NULL DEFAULT 'train', job_ref TEXT, save_now BOOLEAN NOT NULL DEFAULT false,
  sample_now BOOLEAN NOT NULL DEFAULT false);
CREATE UNIQUE INDEX Job_name_key ON Job(name);
CREATE INDEX Job_status_idx ON Job(status);
"""


class Toolkit:
    def __init__(self, root: pathlib.Path, journal_mode: str = "WAL") -> None:
        self.root, self.database, self.output = root, root / "aitk_db.db", root / "output"
        for folder in ("toolkit", "extensions_built_in", "ui/prisma", "output"):
            (root / folder).mkdir(parents=True, exist_ok=True)
        (root / "ui/prisma/schema.prisma").write_text("model Job {\n}\n")
        shutil.copy(HERE / "trainer.py", root / "run.py")
        with sqlite3.connect(self.database) as db:
            db.execute(f"PRAGMA journal_mode = {journal_mode}")
            db.executescript(TABLES)
        self.worker_lives = True
        self.trainers: dict[str, subprocess.Popen[bytes]] = {}
        self.reapers: list[threading.Thread] = []

    # --- the table, as Prisma writes it

    def execute(self, sql: str, *values: object) -> list[tuple]:
        db = sqlite3.connect(self.database, timeout=30)
        try:
            with db:
                return db.execute(sql, values).fetchall()
        finally:
            db.close()

    def update(self, job: str, **values: object) -> None:
        values["updated_at"] = int(time.time() * 1000)
        columns = ", ".join(f"{name} = ?" for name in values)
        self.execute(f"UPDATE Job SET {columns} WHERE id = ?", *values.values(), job)

    def row(self, job: str, *columns: str) -> tuple:
        return self.execute(f"SELECT {', '.join(columns)} FROM Job WHERE id = ?", job)[0]

    # --- the UI

    def add_job(self, name: str, steps: int = 20, gpu_ids: str = "0", job_type: str = "train",
                monitoring: dict | None = None, **stand_in: object) -> str:
        job = str(uuid.uuid4())
        process: dict[str, object] = {
            "type": "diffusion_trainer", "training_folder": str(self.output), "device": "cuda",
            "performance_log_every": 10, "stand_in": stand_in, "train": {"steps": steps, "batch_size": 1},
            "datasets": [{"folder_path": "/data", "num_workers": 2}], "logging": {"log_every": 1}}
        if monitoring is not None:
            process["monitoring"] = monitoring
        config = {"job": "extension", "config": {"name": name, "process": [process]}, "meta": {}}
        now = int(time.time() * 1000)
        self.execute("INSERT INTO Job (id, name, gpu_ids, job_config, created_at, updated_at, job_type) "
                     "VALUES (?, ?, ?, ?, ?, ?, ?)", job, name, gpu_ids, json.dumps(config), now, now, job_type)
        return job

    def stop(self, job: str) -> None:
        self.update(job, stop=1, info="Stopping job...")
        os.kill(self.row(job, "pid")[0], signal.SIGINT)
        self.update(job, status="stopped", info="Job stopped")

    def delete(self, job: str) -> None:
        shutil.rmtree(self.output / self.row(job, "name")[0], ignore_errors=True)
        self.execute("DELETE FROM Job WHERE id = ?", job)

    # --- the worker

    def start(self, job: str, wrap: tuple[str, ...] = ()) -> int:
        """As its worker does: the row first (with the last run's pid still in it), then the process."""
        self.update(job, status="running", stop=0, return_to_queue=0, info="Starting job...")
        name, config_text = self.row(job, "name", "job_config")
        folder = self.output / name
        folder.mkdir(parents=True, exist_ok=True)
        log = folder / "log.txt"
        if log.exists():
            (folder / "logs").mkdir(exist_ok=True)
            number = len(list((folder / "logs").iterdir()))
            log.rename(folder / "logs" / f"{number}_log.txt")
        config = json.loads(config_text)
        config["config"]["process"][0]["sqlite_db_path"] = str(self.database)
        (folder / ".job_config.json").write_text(json.dumps(config, indent=2))
        environment = {k: v for k, v in os.environ.items() if not k.startswith("TIDEMARK")} | {
            "AITK_JOB_ID": job, "IS_AI_TOOLKIT_UI": "1", "PYTHONUNBUFFERED": "1", "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
            "CUDA_VISIBLE_DEVICES": str(self.row(job, "gpu_ids")[0])}
        command = [*wrap, "/usr/bin/python3", str(self.root / "run.py"), str(folder / ".job_config.json")]
        with log.open("ab") as output:
            if self.worker_lives:
                pid = self._start_as_child(job, command, environment, output, log)
            else:
                pid = self._start_as_orphan(command, environment, output)
        self.update(job, pid=pid)
        (folder / "pid.txt").write_text(str(pid))
        return pid

    def _start_as_child(self, job: str, command: list[str], environment: dict, output, log: pathlib.Path) -> int:
        trainer = subprocess.Popen(command, env=environment, cwd=self.root, stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=output, start_new_session=True)
        self.trainers[job] = trainer
        reaper = threading.Thread(target=self._reap, args=(job, trainer, log), daemon=True)
        reaper.start()
        self.reapers.append(reaper)
        return trainer.pid

    def _start_as_orphan(self, command: list[str], environment: dict, output) -> int:
        """The worker is gone when it ends: nobody of ai-toolkit's sees that."""
        starter = ("import subprocess, sys; print(subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, "
                   "stdout=sys.stderr, start_new_session=True).pid)")
        done = subprocess.run([sys.executable, "-c", starter, *command], env=environment, cwd=self.root,
                              stdout=subprocess.PIPE, stderr=output, check=True)
        return int(done.stdout)

    def _reap(self, job: str, trainer: subprocess.Popen[bytes], log: pathlib.Path) -> None:
        code = trainer.wait()
        if code == 0 or not self.worker_lives:
            return
        result = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        message = f"Job process terminated with {result}."
        try:
            with log.open("a") as file:
                file.write(f"\n{message}\n")
        except FileNotFoundError:
            pass
        self.execute("UPDATE Job SET status = 'error', info = ?, pid = NULL, updated_at = ? "
                     "WHERE id = ? AND status = 'running'", message, int(time.time() * 1000), job)

    def close(self) -> None:
        for trainer in self.trainers.values():
            if trainer.poll() is None:
                trainer.kill()
        for reaper in self.reapers:
            reaper.join(10)
