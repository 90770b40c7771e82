"""The product as `make run` starts it, in a directory of its own, that can be killed at any moment.

`python -m tests.rig.basement.server` founds a contract with the cast of all tests in the directory
that TANDEM_DATA names, and prints what phones need to know of it.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from flask import Flask

PROJECT = Path(__file__).resolve().parents[3]
READY_SECONDS = 60.0
WHO = ("contractor.staff", "customer.supervisor")


@dataclass(frozen=True)
class Place:
    """What phones know: the contract, its codes, an action, and sessions by person."""

    slug: str
    codes: dict[str, str]
    action: int
    strangers: int  # the id of another contract
    sessions: dict[str, dict[str, str]]  # by "contractor.staff": actor, cookie


@dataclass
class Server:
    """A server on `port`, to be reached by the address `base_url` of a line in front of it."""

    folder: Path
    base_url: str
    port: int
    database_url: str = ""
    kills: int = 0
    _running: subprocess.Popen[bytes] | None = None
    place: Place = field(init=False, repr=False)

    @property
    def environ(self) -> dict[str, str]:
        chosen = {
            "TANDEM_DATA": str(self.folder / "data"),
            "TANDEM_SECRET": "a secret for the rig only, long enough",
            "TANDEM_BASE_URL": self.base_url,
            "TANDEM_PORT": str(self.port),
            "TANDEM_DEMO": "0",
            "TANDEM_ACCESS_LOG": "1",
        }
        if self.database_url:
            chosen["TANDEM_DATABASE_URL"] = self.database_url
        return chosen

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def found(self) -> None:
        """Make the database with its contract, in a process that ends."""
        (self.folder / "data").mkdir(parents=True, exist_ok=True)
        said = subprocess.run(
            [sys.executable, "-m", "tests.rig.basement.server"],
            cwd=PROJECT,
            env={**os.environ, **self.environ},
            check=True,
            capture_output=True,
        )
        self.place = Place(**json.loads(said.stdout.splitlines()[-1]))

    def start(self) -> None:
        """Start and wait until it answers."""
        with self.log.open("ab") as log:
            self._running = subprocess.Popen(
                [sys.executable, "-m", "flask", "--app", "app", "serve"],
                cwd=PROJECT,
                env={**os.environ, **self.environ},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        ends = time.monotonic() + READY_SECONDS
        while not self._answers():
            if self._running.poll() is not None or time.monotonic() > ends:
                raise RuntimeError(f"the server does not start:\n{self.log.read_text()[-2000:]}")
            time.sleep(0.05)

    def _answers(self) -> bool:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        with contextlib.closing(line), contextlib.suppress(OSError, http.client.HTTPException):
            line.request("GET", "/healthz")
            return line.getresponse().status == 200
        return False

    def kill(self) -> None:
        """SIGKILL for the master, its workers, tick and whatever they started."""
        if self._running is None:
            return
        kill_family(self._running.pid)
        self._running.wait()
        self._running = None
        self.kills += 1

    def stop(self) -> None:
        """End it in order; what does not end in time is killed."""
        if self._running is None:
            return
        self._running.send_signal(signal.SIGTERM)
        try:
            self._running.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
        self._running = None

    @contextlib.contextmanager
    def killed_again_and_again(
        self, random: Random, pause: tuple[float, float], most: int
    ) -> Iterator[list[int]]:
        """Kill it so often at random moments and start it again; how often, so far."""
        over, kills = threading.Event(), [0]

        def reap() -> None:
            while kills[0] < most and not over.wait(random.uniform(*pause)):
                self.kill()
                kills[0] += 1
                self.start()

        reaper = threading.Thread(target=reap)
        reaper.start()
        try:
            yield kills
        finally:
            over.set()
            reaper.join()

    def app(self) -> Flask:
        """The product on the same data, to look at what is stored."""
        from app import create_app

        return create_app(self.environ)


def free_port() -> int:
    """A port nobody listens at, right now."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


# ---------------------------------------------------------------- processes


def kill_family(pid: int) -> None:
    """SIGKILL a process and all its descendants; stopped first, so that none is born meanwhile."""
    _signal(pid, signal.SIGSTOP)
    family = [pid]
    for member in family:
        for child in children(member):
            _signal(child, signal.SIGSTOP)
            family.append(child)
    for member in family:
        _signal(member, signal.SIGKILL)


def descendants(pid: int) -> list[int]:
    """The processes that a process has started, and those that they have started."""
    family = [pid]
    for member in family:
        family += children(member)
    return family[1:]


def children(pid: int) -> Iterator[int]:
    """The processes that a process has started and that still run."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and _parent(entry) == pid:
            yield int(entry.name)


def _parent(entry: Path) -> int:
    try:
        stat = (entry / "stat").read_text()
    except OSError:
        return 0
    return int(stat.rpartition(")")[2].split()[1])


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


# ---------------------------------------------------------------- the contract of the rig


def main() -> None:
    """Found the contract and print what phones know."""
    from app import create_app
    from inspection import schema
    from tests.cast import Cast, finding

    app = create_app()
    with app.app_context():
        schema.migrate(app.extensions["tandem"].data)
        cast = Cast.enters(app)
        number = finding(cast.harbour, 2, "kitchen", "leak", "The ceiling drips")
        known = {
            "slug": cast.harbour.contract.slug,
            "codes": cast.harbour.codes,
            "action": number,
            "strangers": cast.elsewhere.contract.id,
            "sessions": {who: _session(cast, who) for who in WHO},
        }
    print(json.dumps(known))


def _session(cast: Any, who: str) -> dict[str, str]:
    from inspection.people import sessions

    cookie = cast.client(who).get_cookie(sessions.cookie_name())
    actor = str(cast.harbour.people[who].id)
    return {"actor": actor, "name": cookie.key, "cookie": cookie.value}


if __name__ == "__main__":
    main()
