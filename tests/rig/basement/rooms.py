"""Server, line and ledger together: the room in which the rig plays."""

from __future__ import annotations

import contextlib
import http.client
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random, SystemRandom

from flask import Flask

from inspection.contracts import agreements
from inspection.db import db
from tests.rig.basement import checks
from tests.rig.basement.ledger import Ledger
from tests.rig.basement.line import Line, Passed, Shape, calm
from tests.rig.basement.server import Place, Server, free_port

SEED = int(os.environ.get("TANDEM_RIG_SEED") or SystemRandom().randrange(10**6))


@dataclass
class Basement:
    """A running server behind a line; `wrong()` is everything that did not hold so far."""

    server: Server
    line: Line
    seed: int = SEED
    app: Flask = field(init=False)
    random: Random = field(init=False)

    def __post_init__(self) -> None:
        agreements.forget()
        self.app = self.server.app()
        self.random = Random(self.seed)

    @property
    def place(self) -> Place:
        return self.server.place

    @property
    def ledger(self) -> Ledger:
        return self.line.ledger

    def afresh(self) -> None:
        """Good weather, an empty ledger and an empty log."""
        self.line.go("")
        self.line.schedule, self.line.shape = calm, Shape()
        self.line.ledger = Ledger()
        self.line.log.clear()

    def wrong(self) -> list[str]:
        """Every check that needs no phone, when all has been sent."""
        return checks.all_of_the_server(self.app, self.ledger, self.server.log)


@contextmanager
def basement(seed: int = SEED, database_url: str = "") -> Iterator[Basement]:
    """Found a contract, start the server, and end both at the end."""
    with tempfile.TemporaryDirectory(prefix="tandem-rig-", ignore_cleanup_errors=True) as folder:
        line = Line(free_port())
        server = Server(Path(folder), line.url, line.server_port, database_url)
        server.found()
        server.start()
        opened = Basement(server, line, seed)
        try:
            yield opened
        finally:
            line.close()
            server.kill()
            with opened.app.app_context():
                db.session.remove()
                db.engine.dispose()


def resent(log: Iterable[Passed]) -> int:
    """The most bytes of a photo that were sent again after one cut."""
    furthest: dict[str, int] = defaultdict(int)
    most = 0
    for one in sorted(log, key=lambda one: one.at):
        if one.method == "PATCH":
            again = min(furthest[one.path], one.offset + one.body) - one.offset
            most = max(most, again)
            furthest[one.path] = max(furthest[one.path], one.offset + one.body)
    return most


def tries(log: Iterable[Passed], since: float) -> list[float]:
    """When forms were sent that reached the server, of those sent since a moment."""
    return [one.at for one in log if one.method == "POST" and one.at >= since and one.status]


def looked(basement: Basement) -> float:
    """How long somebody else waits for the page of a door, past the line of the phones."""
    began = time.monotonic()
    line = http.client.HTTPConnection("127.0.0.1", basement.server.port, timeout=30)
    with contextlib.closing(line):
        line.request("GET", f"/Q/{basement.place.codes['hall']}", headers={"Host": "localhost"})
        answer = line.getresponse()
        answer.read()
    assert answer.status == 200
    return time.monotonic() - began
