"""The web UI over a run of 24 hours in headless Chromium: the first chart from a cold start, and the frames while the
run is zoomed, read and moved."""
from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import tempfile

import day_of_training
from common import REPOSITORY
from server_answers import serving

TIMES = os.environ.get("TIDEMARK_BENCH_STARTS", "5")
SCRIPT = REPOSITORY / "web/bench/page.mjs"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def what_is_missing() -> str | None:
    if not (REPOSITORY / "web/dist/index.html").exists() or not (REPOSITORY / "web/node_modules/playwright-core").exists():
        return "the web UI is not built (./do build, with node and npm)"
    if shutil.which("node") is None:
        return "node is not here"
    if "CHROMIUM" not in os.environ and not any(shutil.which(name) for name in BROWSERS):
        return "no Chromium is here (apt-get install chromium)"
    return None


def row(name: str, figures: dict[str, float]) -> str:
    return f"  {name}: p50 {figures['p50']:.0f} ms, p95 {figures['p95']:.0f} ms, longest {figures['max']:.0f} ms"


def main() -> None:
    if missing := what_is_missing():
        print(f"skipped: {missing}")
        return
    with tempfile.TemporaryDirectory() as folder:
        database = pathlib.Path(folder) / "day.db"
        day_of_training.make(database)
        with serving(database, "--web-dir", str(REPOSITORY / "web/dist")) as (port, _):
            said = subprocess.run(["node", SCRIPT, f"http://127.0.0.1:{port}/jobs/day", "day", TIMES], check=True, text=True,
                                  stdout=subprocess.PIPE).stdout
    figures = json.loads(said)
    print(f"/jobs/day, 17,280 samples and 1,000,000 steps, headless Chromium, {TIMES} cold starts:")
    print(row("first chart drawn", figures["first_chart_ms"]))
    print(row("the same, with the browser's own start", figures["with_browser_start_ms"]))
    print(f"  {figures['transferred_bytes'] / 1000:.0f} kB transferred")
    for movement, frames in figures["frames_ms"].items():
        print(row(f"frames while it is {({'zoom': 'zoomed', 'hover': 'read', 'pan': 'moved'})[movement]}", frames))
    print(json.dumps({"page_first_chart_ms": figures["first_chart_ms"]["p50"],
                      "page_zoom_frame_p95_ms": figures["frames_ms"]["zoom"]["p95"]}))


if __name__ == "__main__":
    main()
