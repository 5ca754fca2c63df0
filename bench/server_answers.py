"""GET .../analysis of a 24 h run: time to the last byte at p50 and p99, bytes; alone, and beside 1,000 connections that
never finish their request and 100 streams that are never read. Also the first answer, which nothing was kept for."""
from __future__ import annotations

import contextlib
import http.client
import json
import os
import pathlib
import re
import resource
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator

import day_of_training
from common import TIDEMARK, pss_bytes, run_time_seconds

REQUESTS = int(os.environ.get("TIDEMARK_BENCH_REQUESTS", "1000"))
PATH = "/api/jobs/day/analysis"


@contextlib.contextmanager
def serving(database: pathlib.Path, *options: str) -> Iterator[tuple[int, int]]:
    """Port and pid."""
    server = subprocess.Popen([TIDEMARK, "serve", "--db", str(database), "--port", "0", "--no-token", *options],
                              stderr=subprocess.PIPE, text=True)
    try:
        assert server.stderr is not None
        found = re.search(r"at http://127\.0\.0\.1:(\d+)", server.stderr.readline())
        assert found is not None
        yield int(found[1]), server.pid
    finally:
        server.terminate()
        server.wait()


class Client:
    """One connection that is kept; the server gives an idle one up after a while."""

    def __init__(self, port: int, encoding: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port)
        self.headers = {"Accept-Encoding": encoding}

    def ask(self, path: str = PATH, method: str = "GET", body: str | None = None) -> tuple[float, int]:
        """Milliseconds and bytes of the body as it came."""
        began = time.perf_counter()
        self.connection.request(method, path, body=body, headers=self.headers)
        answer = self.connection.getresponse()
        size = len(answer.read())
        assert answer.status == 200, answer.status
        return (time.perf_counter() - began) * 1000, size


def percentiles(client: Client) -> dict[str, float]:
    times = sorted(client.ask()[0] for _ in range(REQUESTS))
    return {"p50": times[len(times) // 2], "p99": times[len(times) * 99 // 100], "max": times[-1]}


@contextlib.contextmanager
def live_run(database: pathlib.Path) -> Iterator[None]:
    """A run of another job that goes on, for streams that do not end."""
    run = subprocess.Popen([TIDEMARK, "run", "--db", str(database), "--job-id", "live", "--name", "live", "--", "sleep", "600"],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(3)
        yield
    finally:
        run.terminate()
        run.wait()


@contextlib.contextmanager
def crowd(port: int) -> Iterator[None]:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with contextlib.ExitStack() as held:
        for number in range(1100):
            connection = held.enter_context(socket.create_connection(("127.0.0.1", port)))
            stream = number >= 1000
            path = "/api/jobs/live/stream?after=0-0-0" if stream else PATH
            end = "\r\n\r\n" if stream else ""
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost{end}".encode())
        yield


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = pathlib.Path(folder) / "day.db"
        day_of_training.make(database)
        with serving(database) as (port, pid):
            first, _ = Client(port, "gzip").ask()
            size, packed_size = (Client(port, encoding).ask()[1] for encoding in ("identity", "gzip"))
            spent = run_time_seconds(pid)
            of_plain, of_packed = (percentiles(Client(port, encoding)) for encoding in ("identity", "gzip"))
            cpu_ms = (run_time_seconds(pid) - spent) / (2 * REQUESTS) * 1000
            series = {what: Client(port, "gzip").ask(f"/api/jobs/day/{what}?points=1000")[0] for what in ("timeline", "steps")}
            with live_run(database), crowd(port):
                in_crowd = percentiles(Client(port, "gzip"))
            pss = pss_bytes(pid)
    print(f"GET {PATH} of 17,280 samples and 1,000,000 steps, {REQUESTS} requests each:")
    print(f"  first answer {first:.0f} ms; {size / 1000:.0f} kB, in gzip {packed_size / 1000:.0f} kB")
    for name, times in {"plain": of_plain, "gzip": of_packed, "gzip, beside 1,000 silent connections and 100 unread streams":
                        in_crowd}.items():
        print(f"  {name}: p50 {times['p50']:.2f} ms, p99 {times['p99']:.2f} ms, max {times['max']:.2f} ms")
    print(f"  CPU of the server for one answer that is kept: {cpu_ms:.2f} ms")
    print(f"  timeline {series['timeline']:.0f} ms, steps {series['steps']:.0f} ms; PSS of the server {pss / 2**20:.0f} MiB")
    print(json.dumps({"first_answer_ms": first, "answer_bytes": size, "answer_gzip_bytes": packed_size,
                      "analysis_cpu_ms": cpu_ms, "analysis_p99_ms": of_plain["p99"], "analysis_gzip_p99_ms": of_packed["p99"],
                      "analysis_crowded_p99_ms": in_crowd["p99"], "server_pss_bytes": pss}))


if __name__ == "__main__":
    main()
