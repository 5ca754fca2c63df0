"""`tidemark serve`: a real server over a database that a real run made."""
from __future__ import annotations

import contextlib
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
    for path in ("/api/jobs/..%2f..%2fetc%2fpasswd/analysis", "/../../etc/passwd", "/jobs/..%2f..%2fetc%2fpasswd"):
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


def test_connections_that_say_nothing_keep_nobody_waiting(server: Server) -> None:
    server.ask("/api/jobs/served-id/analysis").read()
    silent = []
    try:
        for _ in range(800):
            connection = socket.create_connection(("127.0.0.1", server.port), timeout=10)
            connection.sendall(b"GET /api/jobs HTTP/1.1\r\nHost: loc")
            silent.append(connection)
        answer = server.ask("/api/jobs/served-id/analysis")
        assert answer.status == 200 and answer.read()
    finally:
        for connection in silent:
            connection.close()


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
    trainer = "import time\nfor i in range(600):\n print(f'step {i + 1}/600 loss: 0.5', flush=True)\n time.sleep(0.05)"
    with open(tmp_path / "log.txt", "wb") as log:
        run = subprocess.Popen([TIDEMARK, "run", "--db", str(tmp_path / "live.db"), "--name", "live", "--job-id", "live", "--",
                                sys.executable, "-c", trainer], stdout=log, stderr=subprocess.DEVNULL)
    try:
        with serving(tmp_path, "--db", str(tmp_path / "live.db")) as running:
            deadline = time.monotonic() + 30
            while time.monotonic() < deadline:
                jobs = running.ask("/api/jobs")
                if jobs.status == 200 and (told := json.loads(jobs.read())) and told[0]["steps_completed"]:
                    break
                time.sleep(0.2)
            assert told[0]["status"] == "running" and told[0]["steps_completed"]
            first = json.loads(running.ask("/api/jobs/live/steps").read())["columns"]["step"][-1]
            time.sleep(5)
            assert json.loads(running.ask("/api/jobs/live/steps").read())["columns"]["step"][-1] > first
            assert b'tidemark_step{job="live"' in running.ask("/metrics").read()
    finally:
        run.kill()
        run.wait()
