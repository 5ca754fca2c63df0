"""--notify: a web hook is told of the end and of the critical line, and its failure harms nothing."""
from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Iterator

import pytest
from conftest import Bench


class Hook:
    """Takes what is posted; `status` is what it answers, `pause` how long it lets one wait."""

    def __init__(self) -> None:
        self.taken: list[dict] = []
        self.headers: list[dict[str, str]] = []
        self.status, self.pause = 200, 0.0
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # noqa: N802
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.taken.append(json.loads(body))
                hook.headers.append(dict(self.headers))
                time.sleep(hook.pause)
                self.send_response(hook.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/secret-topic"


@pytest.fixture
def hook() -> Iterator[Hook]:
    hook = Hook()
    yield hook
    hook.server.shutdown()


def test_a_run_that_completes(bench: Bench, hook: Hook) -> None:
    done = bench.run("print('done')", "--notify", hook.url, "--name", "my_lora")
    assert done.returncode == 0
    [told] = hook.taken
    assert told["event"] == "completed" and told["title"] == "my_lora completed"
    assert told["content"] == told["text"] == f"{told['title']}\n{told['message']}"
    assert hook.headers[0]["Content-Type"] == "application/json"
    assert hook.headers[0]["X-Title"] == "{{.title}}"


def test_a_run_that_dies(bench: Bench, hook: Hook) -> None:
    bench.run("raise ValueError('no such layer')", "--name", "my_lora", TIDEMARK_NOTIFY=hook.url)
    [told] = hook.taken
    assert told["event"] == "died" and "no such layer" in told["message"]


def test_the_critical_line(bench: Bench, hook: Hook) -> None:
    bench.run("import time; time.sleep(1.5)", "--notify", hook.url,
              TIDEMARK_MEMORY_WARNING_THRESHOLD="0.0001", TIDEMARK_MEMORY_CRITICAL_THRESHOLD="0.0002")
    assert [told["event"] for told in hook.taken] == ["memory_critical", "completed"]
    assert "full" in hook.taken[0]["message"]


def test_a_hook_that_refuses_is_one_line_without_its_secret(bench: Bench, hook: Hook) -> None:
    hook.status = 404
    done = bench.run("print('done')", "--notify", hook.url)
    assert done.returncode == 0
    lines = [line for line in done.stderr.splitlines() if "could not be sent" in line]
    assert len(lines) == 1 and "answered 404" in lines[0]
    assert "secret-topic" not in done.stderr


def test_a_hook_that_is_not_there_is_one_line(bench: Bench, hook: Hook) -> None:
    url = hook.url
    hook.server.shutdown()
    hook.server.server_close()
    done = bench.run("print('done')", "--notify", url)
    assert done.returncode == 0
    assert done.stderr.count("could not be sent") == 1


def test_a_hook_that_does_not_answer_delays_the_end_by_its_limit_and_no_more(bench: Bench, hook: Hook) -> None:
    hook.pause = 60
    done = bench.run("print('done')", "--notify", hook.url)
    assert done.returncode == 0
    assert "Timeout" in done.stderr


def test_an_address_that_is_none(bench: Bench) -> None:
    done = bench.run("print('not started')", "--notify", "ntfy.sh/topic")
    assert done.returncode == 2
    assert "--notify" in done.stderr and "not started" not in done.stdout
