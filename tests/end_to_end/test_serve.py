"""`tidemark serve`: a real server over a database that a real run made."""
from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import jsonschema
import pytest

TIDEMARK = os.environ["TIDEMARK"]
SCHEMA = pathlib.Path(__file__).resolve().parents[2] / "docs/contract/analysis.schema.json"
TRAINER = """
import sys, time
for step in range(30):
    print(f"step {step + 1}/30 loss: 0.5", flush=True)
    time.sleep(0.01)
"""


class Server:
    def __init__(self, process: subprocess.Popen[str], port: int, ticket: str, token: str) -> None:
        self.process, self.port, self.ticket, self.token = process, port, ticket, token

    def ask(self, path: str, method: str = "GET", body: str | None = None, **headers: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        sent = {"Authorization": f"Bearer {self.token}", **{name.replace("_", "-"): value for name, value in headers.items()}}
        connection.request(method, path, body=body, headers={name: value for name, value in sent.items() if value})
        return connection.getresponse()


@contextlib.contextmanager
def serving(home: pathlib.Path, *words: str) -> Iterator[Server]:
    environment = {**os.environ, "HOME": str(home), "XDG_DATA_HOME": str(home / "data")}
    process = subprocess.Popen([TIDEMARK, "serve", "--port", "0", *words], stderr=subprocess.PIPE, text=True, env=environment)
    assert process.stderr is not None
    try:
        where = process.stderr.readline()
        found = re.search(r"at http://127\.0\.0\.1:(\d+)", where)
        assert found, where
        said = process.stderr.readline()
        ticket = re.search(r"ticket=(\w+)", said)
        token = home / "data/tidemark/token"
        yield Server(process, int(found[1]), ticket[1] if ticket else "", token.read_text().strip() if token.exists() else "")
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0, "SIGTERM is a clean end"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    file = tmp_path_factory.mktemp("serve") / "m.db"
    subprocess.run([TIDEMARK, "run", "--db", str(file), "--name", "served", "--job-id", "served-id", "--", sys.executable,
                    "-c", TRAINER], check=True, capture_output=True, timeout=60)
    return file


@contextlib.contextmanager
def live_run(folder: pathlib.Path) -> Iterator[subprocess.Popen[bytes]]:
    """A run of the job `live` that goes on, in `live.db`."""
    trainer = "import time\nfor i in range(6000):\n print(f'step {i + 1}/6000 loss: 0.5', flush=True)\n time.sleep(0.05)"
    with open(folder / "log.txt", "wb") as log:
        run = subprocess.Popen([TIDEMARK, "run", "--db", str(folder / "live.db"), "--name", "live", "--job-id", "live", "--",
                                sys.executable, "-c", trainer], stdout=log, stderr=subprocess.DEVNULL)
    try:
        yield run
    finally:
        run.terminate()
        run.wait()


def wait_for_steps(server: Server) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        jobs = server.ask("/api/jobs")
        if jobs.status == 200 and (told := json.loads(jobs.read())) and told[0]["steps_completed"]:
            assert told[0]["status"] == "running"
            return
        time.sleep(0.2)
    raise AssertionError("no step of the live run was stored")


@pytest.fixture
def server(database: pathlib.Path, tmp_path: pathlib.Path) -> Iterator[Server]:
    with serving(tmp_path, "--db", str(database)) as running:
        yield running


def test_the_analysis_is_the_contracts(server: Server) -> None:
    answer = server.ask("/api/jobs/served-id/analysis")
    assert answer.status == 200 and answer.headers["Content-Type"] == "application/json"
    told = json.loads(answer.read())
    jsonschema.validate(told, json.loads(SCHEMA.read_text()))
    assert told["job"]["status"] == "completed"


def test_jobs_runs_timeline_and_steps(server: Server) -> None:
    (job,) = json.loads(server.ask("/api/jobs").read())
    assert (job["id"], job["status"]) == ("served-id", "completed")
    (run,) = json.loads(server.ask("/api/jobs/served-id/runs").read())
    assert run["run"] == 1
    steps = json.loads(server.ask("/api/jobs/served-id/steps?points=100").read())["columns"]
    assert steps["step"][-1] == 30 and set(steps["loss"]) == {0.5}
    timeline = json.loads(server.ask("/api/jobs/served-id/timeline").read())["columns"]
    assert len(timeline["timestamp"]) == len(timeline["used_memory_gb"]) >= 2


def test_the_printed_address_opens_the_page_once(server: Server) -> None:
    opened = server.ask(f"/open?ticket={server.ticket}", Authorization="")
    assert opened.status == 303 and opened.headers["Location"] == "/jobs"
    cookie = opened.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    page = server.ask("/jobs/served-id", Authorization="", Cookie=cookie.split(";")[0])
    assert page.status == 200 and b"<!doctype html>" in page.read()
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert server.ask(f"/open?ticket={server.ticket}", Authorization="").status == 401


def test_who_may_not_ask(server: Server) -> None:
    assert server.ask("/api/jobs", Authorization="").status == 401
    assert server.ask("/api/jobs", Authorization="Bearer wrong").status == 401
    assert server.ask("/api/jobs", Host="evil.example").status == 403
    assert server.ask("/api/jobs/served-id/analysis", "POST", Origin="http://evil.example").status == 403
    assert server.ask("/api/jobs", "DELETE").status == 405


def test_paths_that_climb_are_names_that_are_unknown(server: Server) -> None:
    for path in ("/api/jobs/..%2f..%2fetc%2fpasswd/analysis", "/../../etc/passwd", "/jobs/..%2f..%2fetc%2fpasswd/report"):
        assert server.ask(path).status == 404, path


def test_what_is_too_large(server: Server) -> None:
    assert server.ask("/api/jobs", X_Long="x" * 20_000).status == 431
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(b"POST /api/jobs/served-id/analysis HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000000\r\n\r\n")
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(b"x" * 2_000_000)
        assert connection.recv(64).startswith(b"HTTP/1.1 413")


def test_what_is_no_http(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(b"\x16\x03\x01 this is no request\r\n\r\n")
        assert connection.recv(64).startswith(b"HTTP/1.1 400")


def test_connections_that_say_nothing_and_streams_that_are_not_read_keep_nobody_waiting(tmp_path: pathlib.Path) -> None:
    with live_run(tmp_path), serving(tmp_path, "--db", str(tmp_path / "live.db")) as server, contextlib.ExitStack() as held:
        wait_for_steps(server)
        for number in range(1100):
            connection = held.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=10))
            end = f"\r\nAuthorization: Bearer {server.token}\r\n\r\n" if number >= 1000 else ""
            path = "/api/jobs/live/stream?after=0-0-0" if end else "/api/jobs"
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost{end}".encode())
        for _ in range(5):
            answer = server.ask("/api/jobs/live/analysis")
            assert answer.status == 200 and answer.read()
        refused = [server.ask("/api/jobs/live/stream") for _ in range(40)]
        assert [stream.status for stream in refused].count(503) == 12, "128 streams are carried, 100 are held"


def test_a_rebound_name_and_a_foreign_page_get_nothing_anywhere(server: Server) -> None:
    paths = ("/", "/jobs", "/jobs/served-id", "/metrics", "/api/jobs", "/api/diff?a=served-id&b=served-id",
             *(f"/api/jobs/served-id/{what}" for what in ("analysis", "timeline", "steps", "runs", "stream", "config")),
             f"/open?ticket={server.ticket}")
    for path in paths:
        assert server.ask(path, Host="evil.example:8676").status == 403, path
        if not path.startswith("/open"):
            assert server.ask(path, Origin="http://evil.example").status == 403, path
            assert server.ask(path, Authorization="").status == 401, path
    for what in ("analysis", "whatif", "config"):
        posted = server.ask(f"/api/jobs/served-id/{what}", "POST", "{}", Origin="https://evil.example")
        assert posted.status == 403, what
        assert server.ask(f"/api/jobs/served-id/{what}", "POST", "{}", Authorization="Bearer no").status == 401, what
    assert server.ask(f"/open?ticket={server.ticket}", Authorization="").status == 303, "nobody has used it up"


def events_of(stream: http.client.HTTPResponse) -> Iterator[tuple[str, dict[str, str]]]:
    """Each event's name and its fields, as they come."""
    fields: dict[str, str] = {}
    for raw in stream:
        line = raw.decode().rstrip("\n")
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif fields:
            yield fields.get("event", ""), fields
            fields = {}


def test_a_stream_of_a_run_that_is_over_ends(server: Server) -> None:
    stream = server.ask("/api/jobs/served-id/stream?after=0-0-0")
    assert stream.status == 200 and stream.headers["Content-Type"] == "text/event-stream"
    seen = dict(events_of(stream))  # until the connection ends
    assert list(seen)[0] == "start" and list(seen)[-1] == "end"
    assert json.loads(seen["end"]["data"]) == {"status": "completed"}
    assert json.loads(seen["steps"]["data"])["columns"]["step"][-1] == 30
    assert {event["type"] for event in json.loads(seen["events"]["data"])} >= {"training_start", "training_end"}


def test_answers_are_packed_for_who_takes_it(server: Server) -> None:
    plain = server.ask("/api/jobs/served-id/analysis")
    packed = server.ask("/api/jobs/served-id/analysis", Accept_Encoding="gzip")
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"
    assert plain.headers["Content-Encoding"] is None and packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.read()) == plain.read()
    tag = packed.headers["ETag"]
    assert tag != plain.headers["ETag"]
    assert server.ask("/api/jobs/served-id/analysis", Accept_Encoding="gzip", If_None_Match=tag).status == 304


def test_two_jobs_are_compared(server: Server, database: pathlib.Path, tmp_path: pathlib.Path) -> None:
    told = json.loads(server.ask("/api/diff?a=served-id&b=served-id").read())
    assert told["a"]["steps_completed"] == told["b"]["steps_completed"] == 30
    by_command = subprocess.run([TIDEMARK, "diff", "served", "served", "--json", "--db", str(database)], check=True,
                                capture_output=True, text=True, timeout=60, env={**os.environ, "HOME": str(tmp_path)})
    assert json.loads(by_command.stdout) == told


CONFIG = """# mine
job: extension
config:
  name: lora
  process:
    - type: diffusion_trainer
      device: cpu
      network: {linear: 16}
      train:
        batch_size: 4  # as large as fits
        optimizer: adamw
      datasets:
        - resolution: 512
"""


def test_other_settings_over_http_are_those_of_the_commands(tmp_path: pathlib.Path) -> None:
    (tmp_path / "job.yaml").write_text(CONFIG)
    environment = {**os.environ, "HOME": str(tmp_path), "TIDEMARK_DB": str(tmp_path / "m.db")}

    def tidemark(*words: str) -> str:
        return subprocess.run([TIDEMARK, *words], check=True, capture_output=True, text=True, timeout=60, env=environment).stdout

    tidemark("run", "--job-id", "lora", "--config", str(tmp_path / "job.yaml"), "--", sys.executable, "-c", TRAINER)
    with serving(tmp_path, "--db", str(tmp_path / "m.db")) as running:
        asked = running.ask("/api/jobs/lora/whatif", "POST", json.dumps({"set": {"train.optimizer": "adafactor"}}))
        assert asked.status == 200
        assert json.loads(asked.read()) == json.loads(tidemark("whatif", "lora", "--set", "train.optimizer=adafactor", "--json"))
        changed = running.ask("/api/jobs/lora/config", "POST", json.dumps({"set": {"train.batch_size": 2}}))
        told = json.loads(changed.read())
        assert told["config"] == CONFIG.replace("batch_size: 4 ", "batch_size: 2 ")
        assert told["language"] == "yaml" and "-        batch_size: 4" in told["difference"]
        refused = running.ask("/api/jobs/lora/whatif", "POST", json.dumps({"set": {"train.colour": "red"}}))
        assert refused.status == 400 and "train.colour=red" in json.loads(refused.read())["error"]
        assert running.ask("/api/jobs/lora/config?apply=plan").status == 404, "memory was not pressed: there is no plan"
        assert running.ask("/api/jobs/lora/whatif", "POST", "{" * 100_000).status == 400
        assert running.ask("/api/jobs/lora/analysis").status == 200


@pytest.fixture
def web_folder(tmp_path: pathlib.Path) -> pathlib.Path:
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><script type=module src=/assets/app-1a2b.js></script>")
    (folder / "assets/app-1a2b.js").write_text("// " + "x" * 5000)
    (tmp_path / "beside.txt").write_text("beside the folder")
    return folder


def test_a_web_ui_is_served_under_a_strict_policy(database: pathlib.Path, tmp_path: pathlib.Path,
                                                  web_folder: pathlib.Path) -> None:
    with serving(tmp_path, "--db", str(database), "--web-dir", str(web_folder)) as running:
        for path in ("/", "/jobs", "/jobs/served-id", "/compare?a=1&b=2"):
            page = running.ask(path)
            assert page.status == 200 and b"app-1a2b.js" in page.read(), path
            policy = page.headers["Content-Security-Policy"]
            assert "default-src 'none'; script-src 'self'; style-src 'self';" in policy
            assert "unsafe-inline" not in policy.replace("style-src-attr 'unsafe-inline'", "")
            assert page.headers["Cache-Control"] == "no-cache"
        script = running.ask("/assets/app-1a2b.js", Accept_Encoding="gzip")
        assert script.headers["Content-Type"].startswith("text/javascript")
        assert "immutable" in script.headers["Cache-Control"] and script.headers["X-Content-Type-Options"] == "nosniff"
        assert gzip.decompress(script.read()) == (web_folder / "assets/app-1a2b.js").read_bytes()
        for path in ("/beside.txt", "/../beside.txt", "/assets/..%2f..%2fbeside.txt", "/assets/%2e%2e/%2e%2e/beside.txt",
                     "/..%5cbeside.txt", f"/assets/{tmp_path}/beside.txt"):
            assert running.ask(path).status == 404, path
        assert running.ask("/jobs/served-id/report").status == 200


def test_the_token_file_is_the_users_alone(server: Server, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "data/tidemark/token"
    assert file.stat().st_mode & 0o777 == 0o600 and file.parent.stat().st_mode & 0o777 == 0o700


def test_without_a_token_it_says_so(database: pathlib.Path, tmp_path: pathlib.Path) -> None:
    with serving(tmp_path, "--db", str(database), "--no-token") as running:
        assert running.ask("/api/jobs", Authorization="").status == 200
        assert running.ask("/api/jobs", Authorization="", Host="evil.example").status == 403


def test_a_port_that_is_taken(database: pathlib.Path, tmp_path: pathlib.Path, server: Server) -> None:
    done = subprocess.run([TIDEMARK, "serve", "--db", str(database), "--port", str(server.port)], capture_output=True, text=True,
                          timeout=20, env={**os.environ, "HOME": str(tmp_path)})
    assert done.returncode == 1 and "--port" in done.stderr and len(done.stderr.splitlines()) == 1


def test_a_run_that_goes_on_is_shown_as_it_goes(tmp_path: pathlib.Path) -> None:
    with live_run(tmp_path) as run:
        with serving(tmp_path, "--db", str(tmp_path / "live.db")) as running:
            wait_for_steps(running)
            stream = events_of(running.ask("/api/jobs/live/stream"))
            assert json.loads(next(stream)[1]["data"]) == {"run": 1, "status": "running"}
            first = json.loads(running.ask("/api/jobs/live/steps").read())["columns"]["step"][-1]
            batches = (json.loads(fields["data"])["columns"]["step"] for name, fields in stream if name == "steps")
            streamed = next(batches) + next(batches)
            assert streamed == list(range(streamed[0], streamed[-1] + 1)), "each step once, and none left out"
            assert json.loads(running.ask("/api/jobs/live/steps").read())["columns"]["step"][-1] > first
            assert b'tidemark_step{job="live"' in running.ask("/metrics").read()
            run.send_signal(signal.SIGTERM)
            end = next(fields for name, fields in stream if name == "end")
            assert json.loads(end["data"]) == {"status": "stopped"}
