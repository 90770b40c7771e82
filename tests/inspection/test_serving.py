"""Web and tick live and end together, and the log keeps no secret."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask, request

from bench.memory import asked, free_port, tree
from inspection.serving import spoken_path

ROOT = Path(__file__).parents[2]


class Served:
    """`serve` as a real process, without the demo."""

    def __init__(self, data: Path) -> None:
        self.port, self.data = free_port(), data
        self.log = data / "serve.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "flask", "--app", "app", "serve"],
                cwd=ROOT,
                env={
                    **os.environ,
                    "TANDEM_DATA": str(data),
                    "TANDEM_PORT": str(self.port),
                    "TANDEM_DEMO": "0",
                },
                stdout=log,
                stderr=log,
            )

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def children(self) -> list[int]:
        """Every process below the supervisor that lives."""
        return [pid for pid in list(tree(self.process.pid))[1:] if alive(pid)]

    def tick(self) -> int:
        """The child that is not a web worker."""
        return self._the_one(False)

    def worker(self) -> int:
        """The child that answers requests."""
        return self._the_one(True)

    def _the_one(self, listens: bool) -> int:
        """The child that holds the port as the supervisor does, or not; tick lets go of it soon."""
        found: list[int] = []

        def alone() -> bool:
            port = sockets(self.process.pid)
            found[:] = [pid for pid in self.children() if bool(sockets(pid) & port) == listens]
            return len(found) == 1

        until(alone)
        return found[0]


def sockets(pid: int) -> set[str]:
    """The sockets that a process holds."""
    held = set()
    with contextlib.suppress(FileNotFoundError):  # the process has ended meanwhile
        for one in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):  # it has closed this one meanwhile
                held.add(os.readlink(one))
    return {name for name in held if name.startswith("socket:")}


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    serving = Served(tmp_path)
    until(lambda: asked(serving.url("/healthz")) == 200 and len(serving.children()) == 2)
    yield serving
    if serving.process.poll() is None:
        serving.process.send_signal(signal.SIGTERM)
        serving.process.wait(40)


def test_it_answers_ticks_and_ends_in_order_without_leaving_a_child(served: Served) -> None:
    until(lambda: asked(served.url("/readyz")) == 200)
    children = served.children()
    assert len(children) == 2  # a worker and tick
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(20) == 0
    assert not any(alive(child) for child in children)
    said = served.log.read_text()
    assert f"Tandem is open at http://localhost:{served.port}" in said
    assert "new-contract" in said
    assert "Traceback" not in said


def test_a_tick_that_was_killed_comes_back(served: Served) -> None:
    first = served.tick()
    os.kill(first, signal.SIGKILL)
    until(lambda: not alive(first) and len(served.children()) == 2)
    assert served.tick() != first
    assert asked(served.url("/healthz")) == 200
    assert "tick has ended; started again in 2 s" in served.log.read_text()


def test_a_worker_that_was_killed_comes_back(served: Served) -> None:
    first = served.worker()
    os.kill(first, signal.SIGKILL)
    until(lambda: not alive(first) and asked(served.url("/healthz")) == 200)


def test_no_child_outlives_a_master_that_was_killed(served: Served) -> None:
    children = served.children()
    served.process.kill()
    served.process.wait()
    until(lambda: not any(alive(child) for child in children))


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_request_in_flight_is_finished_before_it_ends(
    served: Served, how: signal.Signals
) -> None:
    """The head is sent, then the signal, then the body: the answer still comes."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as line:
        body = b"email=nobody@example.org&submission_key=0123456789abcdef"
        head = (
            f"POST /sign-in/code HTTP/1.1\r\nHost: localhost:{served.port}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        line.sendall(head.encode() + body[:10])
        time.sleep(0.5)
        served.process.send_signal(how)
        time.sleep(0.5)
        line.sendall(body[10:])
        assert line.recv(4096).startswith(b"HTTP/1.1 303 ")
    assert served.process.wait(20) == 0


def test_a_port_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "app", "serve"],
            cwd=ROOT,
            env={**os.environ, "TANDEM_DATA": str(tmp_path), "TANDEM_PORT": str(port)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == (
        f"Error: TANDEM_HOST=127.0.0.1 TANDEM_PORT={port}: another program listens there already\n"
    )


def test_the_log_says_what_was_asked_for_but_no_secret(served: Served) -> None:
    for path in (
        "/Q/7KX2M9QF4TDH?lang=da",
        "/r/receiptsecret",
        "/invitations/tokensecret?x=secret",
    ):
        asked(served.url(path))
    asked(served.url("/r/mistypedsecret/"))
    with urllib.request.urlopen(served.url("/sign-in?next=/nextsecret")):
        pass
    until(lambda: "GET /sign-in 200" in served.log.read_text())
    said = served.log.read_text()
    assert "GET /Q/… " in said
    assert "secret" not in said
    assert "7KX2" not in said


@pytest.mark.parametrize(
    ("path", "spoken"),
    [
        ("/static/css/tokens.css", "/static/css/tokens.css"),
        ("/invitations/abc", "/invitations/…"),
        ("/nothing/here", "-"),
    ],
)
def test_only_harmless_parts_of_an_address_are_written(app: Flask, path: str, spoken: str) -> None:
    with app.test_request_context(path):
        assert spoken_path(request) == spoken
