"""Runs one job: `run.py CONFIG.json`. The checkout is its folder, as ai-toolkit's."""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from toolkit.job import get_job  # noqa: E402

if __name__ == "__main__":
    job = get_job(json.loads(pathlib.Path(sys.argv[1]).read_text()))
    job.run()
    print(json.dumps([process.plan.calls for process in job.process]))
