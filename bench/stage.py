"""Servers to measure, a client that weighs little, and medians of interleaved rounds."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
GUNICORN = ("--config=python:bench.gunicorn_settings", "--no-control-socket")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(factory: str, **environ: str) -> Iterator[int]:
    """Serve an app factory under gunicorn on this machine alone; the port it listens on."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", *GUNICORN, f"--bind=127.0.0.1:{port}", factory]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | environ)
    try:
        _wait_for(port)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


class Client:
    """One kept-alive connection; answers how long a request took, in seconds."""

    def __init__(self, port: int, **headers: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port)
        self.headers = {
            "Host": "localhost",
            "Sec-Fetch-Site": "same-origin",
            "Accept-Encoding": "gzip, deflate, br, zstd",  # as a phone asks an https site
        } | {name.replace("_", "-"): value for name, value in headers.items()}

    def ask(self, method: str, path: str, body: str = "", expect: int = 200) -> float:
        headers = dict(self.headers)
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        began = time.perf_counter()
        self.connection.request(method, path, body or None, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        took = time.perf_counter() - began
        if answer.status != expect:
            raise RuntimeError(f"{method} {path}: {answer.status} {content[:300]!r}")
        self.length = len(content)
        return took


def medians(
    *tasks: Callable[[], float], rounds: int = 12, each: int = 40, warm: int = 30
) -> list[float]:
    """The median time of each task, taken in turns so that a slow moment meets them all."""
    for task in tasks:
        for _ in range(warm):
            task()
    times: list[list[float]] = [[] for _ in tasks]
    for _ in range(rounds):
        for task, found in zip(tasks, times, strict=True):
            found.extend(task() for _ in range(each))
    return [statistics.median(found) for found in times]


def say(name: str, ours: float, baseline: float, goal: str) -> None:
    """One line: the ratio, both times, and what the goal is."""
    ratio = ours / baseline
    times = f"ours {ours * 1e3:7.2f} ms   baseline {baseline * 1e3:7.2f} ms"
    print(f"{name:<40} {ratio:5.2f} x   {times}   goal {goal}", flush=True)


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="tandem-bench-") as path:
        yield Path(path)
