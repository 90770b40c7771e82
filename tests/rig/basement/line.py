"""The line between phones and the server: a proxy that cuts, stalls, shapes, lies and disappears.

It understands just enough HTTP to know where a request begins and ends. What befalls a request
depends on the seed, on what is sent and on how often it was sent before, never on who comes first;
so the same phones with the same seed meet the same faults.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, BinaryIO

from tests.rig.basement.ledger import Ledger

PIECE = 16 * 1024
OURS = (b"connection:", b"keep-alive:", b"accept-encoding:")  # receipts must be readable here
TURN = 0.02  # seconds of a slow line that pass at a time
PORTAL = b"<!doctype html><title>Free wifi</title><h1>Accept our terms</h1>"


@dataclass(frozen=True)
class Request:
    """The head of a request as it came, and how many bytes of body follow."""

    method: str
    path: str
    headers: dict[str, str]
    head: bytes
    length: int

    @property
    def about(self) -> str:
        """What it carries, however often it is sent: a form's key, or a part of a photo."""
        sent_as = self.headers.get("idempotency-key") or self.path.partition("?")[0]
        return f"{self.method} {sent_as} {self.headers.get('upload-offset', '')}"

    @property
    def is_protocol(self) -> bool:
        """Whether it brings something to the server, or asks how far that came."""
        return self.method not in ("GET", "HEAD") or self.path.startswith(("/uploads/", "/reach"))


@dataclass(frozen=True)
class Fault:
    """What befalls one request: "" nothing, or cut `request`, cut `response`, or `answer`."""

    kind: str = ""
    at: float = 0.0  # which share of the bytes still passes
    status: int = 0


Schedule = Callable[[Request, int], Fault]
"""What befalls a request that is sent for the nth time (from 0)."""


def calm(request: Request, nth: int) -> Fault:
    """Nothing befalls anything."""
    return Fault()


@dataclass(frozen=True)
class Cuts:
    """Cut this share of requests and responses, and answer another share with an error."""

    seed: int
    share: float = 0.4
    answered: float = 0.0
    statuses: tuple[int, ...] = (413, 429, 502, 504)
    points: tuple[float, ...] = ()  # where to cut; anywhere when empty
    methods: tuple[str, ...] = ()  # which to cut; all when empty

    def __call__(self, request: Request, nth: int) -> Fault:
        chance = Random(f"{self.seed} {request.about} {nth}")
        if not request.is_protocol or (self.methods and request.method not in self.methods):
            return Fault()
        drawn = chance.random()
        at = chance.choice(self.points) if self.points else chance.random()
        if drawn < self.share:
            return Fault("request" if chance.random() < 0.5 else "response", at)
        if drawn < self.share + self.answered:
            return Fault("answer", status=chance.choice(self.statuses))
        return Fault()


@dataclass(frozen=True)
class Shape:
    """A slow line: bits per second each way, the round trip, and how many answers take a second."""

    kbits: float = 0.0
    rtt: float = 0.0
    delayed: float = 0.0
    seed: int = 0

    @property
    def piece(self) -> int:
        """Bytes that go at a time."""
        return max(256, min(PIECE, int(self.kbits * 125 * TURN))) if self.kbits else PIECE

    def late(self, request: Request, nth: int) -> bool:
        return Random(f"{self.seed} late {request.about} {nth}").random() < self.delayed


class Pipe:
    """One direction of the line, shared by everything that goes that way."""

    def __init__(self) -> None:
        self._free_at, self._lock = 0.0, threading.Lock()

    def take(self, size: int, kbits: float) -> None:
        """Wait until so many bytes have gone through."""
        with self._lock:
            begins = max(self._free_at, time.monotonic() - TURN)  # a late wake-up costs nothing
            self._free_at = begins + size * 8 / (kbits * 1000)
        time.sleep(max(0.0, self._free_at - time.monotonic()))


@dataclass(frozen=True)
class Passed:
    """One line of the log: when a request began, what it was, what became of it."""

    at: float
    took: float
    method: str
    path: str
    key: str
    offset: int  # where a part of a photo begins, -1 without
    body: int  # bytes of body that left the phone
    status: int  # that reached the phone, 0 when none did
    fault: str


class Cut(Exception):
    """The connection ends here."""


@dataclass
class Line:
    """A port on this machine in front of the server's; `weather` may be changed at any time.

    weather: "" it works · "down" every connection is reset · "hole" accepts and never answers ·
    "portal" somebody else's page answers everything.
    """

    server_port: int
    ledger: Ledger = field(default_factory=Ledger)
    schedule: Schedule = calm
    shape: Shape = field(default_factory=Shape)
    weather: str = ""
    port: int = 0
    log: list[Passed] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=1024)
        self.port = self._listener.getsockname()[1]
        self._tries: Counter[str] = Counter()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._pipes: dict[str, Pipe] = defaultdict(Pipe)
        self._closed = False
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def close(self) -> None:
        """End the line and everything on it."""
        self._closed = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.hang_up()

    def hang_up(self) -> None:
        """Reset every connection that is open."""
        with self._lock:
            connections = list(self._open)
        for one in connections:
            _reset(one)

    def go(self, weather: str) -> None:
        """Change the weather; what goes down takes its connections along."""
        self.weather = weather
        if weather == "down":
            self.hang_up()

    @contextlib.contextmanager
    def flapping(self, up: float, down: float) -> Iterator[None]:
        """Up for some seconds, down for some seconds, until the block ends; begins up."""
        over = threading.Event()

        def flap() -> None:
            while not over.wait(up):
                self.go("down")
                over.wait(down)
                self.go("")

        flapper = threading.Thread(target=flap, daemon=True)
        flapper.start()
        try:
            yield
        finally:
            over.set()
            flapper.join()
            self.go("")

    # ------------------------------------------------------------ connections

    def _accept(self) -> None:
        while not self._closed:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.shape.kbits:  # or the phone believes that everything has left it long ago
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        with self._lock:
            self._open.add(client)
        try:
            with client.makefile("rb") as reader, contextlib.suppress(Cut, OSError, ValueError):
                while (request := _read_head(reader)) is not None:
                    self._one(client, reader, request)
        finally:
            with self._lock:
                self._open.discard(client)
            _reset(client)

    def _one(self, client: socket.socket, reader: BinaryIO, request: Request) -> None:
        """Let one request meet its fate; raises `Cut` when the connection ends with it."""
        with self._lock:
            nth = self._tries[request.about]
            self._tries[request.about] += 1
        fault = self.schedule(request, nth)
        journey = Journey(self, client, reader, request, fault, nth)
        began, wall = time.monotonic(), time.time()
        try:
            journey.go()
        finally:
            self.log.append(
                Passed(
                    wall,
                    time.monotonic() - began,
                    request.method,
                    request.path,
                    request.headers.get("idempotency-key", ""),
                    int(request.headers.get("upload-offset", "-1")),
                    journey.body,
                    journey.status,
                    self.weather or fault.kind,
                )
            )


@dataclass
class Journey:
    """One request on its way to the server and back."""

    line: Line
    client: socket.socket
    reader: BinaryIO
    request: Request
    fault: Fault
    nth: int
    body: int = 0  # bytes of body that left the phone
    status: int = 0

    def go(self) -> None:
        weather = self.line.weather
        if weather == "down":
            raise Cut
        if weather == "hole":
            self._vanish()
        elif weather == "portal":
            self._portal()
        elif self.fault.kind == "answer":
            self._answer_itself()
        else:
            self._to_the_server()

    def _vanish(self) -> None:
        """Nothing ever comes back, also when others get through again."""
        while self.client.recv(PIECE):
            pass
        raise Cut

    def _portal(self) -> None:
        self._swallow()
        if self.nth % 2:
            self._write(302, b"", "Location: http://portal.invalid/login\r\n")
        else:
            self._write(200, PORTAL)

    def _answer_itself(self) -> None:
        self._swallow()
        more = "Retry-After: 1\r\n" if self.fault.status == 429 else ""
        self._write(self.fault.status, b"<h1>A proxy in between</h1>", more)

    def _swallow(self) -> None:
        for piece in self._pieces(PIECE):
            self.body += len(piece)

    def _write(self, status: int, body: bytes, more: str = "") -> None:
        head = f"HTTP/1.1 {status} -\r\nContent-Type: text/html\r\n{more}"
        text = f"{head}Content-Length: {len(body)}\r\n\r\n".encode()
        self.client.sendall(text if self.request.method == "HEAD" else text + body)
        self.status = status

    # ------------------------------------------------------------ to the server and back

    def _to_the_server(self) -> None:
        shape = self.line.shape
        time.sleep(shape.rtt / 2)
        with socket.create_connection(("127.0.0.1", self.line.server_port), 5) as server:
            server.settimeout(120)
            try:
                self._up(server)
            except (Cut, OSError):
                _reset(server)  # what was on its way is gone, the server does not wait for more
                raise
            answer = b"".join(iter(lambda: server.recv(PIECE), b""))
        if shape.late(self.request, self.nth):
            time.sleep(1.0)
        time.sleep(shape.rtt / 2)
        self._down(answer)

    def _up(self, server: socket.socket) -> None:
        total = len(self.request.head) + self.request.length
        left = _cut_at(self.fault, total) if self.fault.kind == "request" else total
        for number, piece in enumerate(self._with_head()):
            self.body += len(piece) if number else 0
            server.sendall(piece[:left])
            left -= len(piece)
            if left <= 0 and self.fault.kind == "request":
                raise Cut

    def _with_head(self) -> Iterator[bytes]:
        yield self.request.head
        yield from self._pieces(self.line.shape.piece)

    def _pieces(self, most: int) -> Iterator[bytes]:
        left = self.request.length
        while left > 0:
            piece = self.reader.read(min(most, left))
            if not piece:
                raise Cut
            self._slowly("up", len(piece))
            left -= len(piece)
            yield piece

    def _slowly(self, way: str, size: int) -> None:
        if self.line.shape.kbits:
            self.line._pipes[way].take(size, self.line.shape.kbits)
        if self.line.weather == "down":
            raise Cut

    def _down(self, answer: bytes) -> None:
        head, _, body = answer.partition(b"\r\n\r\n")
        if not head or not _is_whole(self.request, head, body):
            raise Cut
        answer = head.replace(b"Connection: close", b"Connection: keep-alive") + b"\r\n\r\n" + body
        if self.fault.kind == "response":
            self.client.sendall(answer[: _cut_at(self.fault, len(answer))])
            raise Cut
        self.status = int(head.split(b" ", 2)[1])
        self._note(body)  # before the phone can say so
        step = self.line.shape.piece
        for begin in range(0, len(answer), step):
            self._slowly("down", min(step, len(answer) - begin))
            self.client.sendall(answer[begin : begin + step])
        if not _says_its_end(head):
            raise Cut

    def _note(self, body: bytes) -> None:
        """Receipts that the phone was given whole are written down."""
        if self.status not in (200, 201, 202) or self.request.method in ("GET", "HEAD"):
            return
        with contextlib.suppress(ValueError):
            said: Any = json.loads(body)
            if "ack" in said:
                self.line.ledger.passed_on(said)
            elif said.get("whole"):
                self.line.ledger.photo_whole(self.request.path.rpartition("/")[2])


def _read_head(reader: BinaryIO) -> Request | None:
    """The next request on a connection; None when there is no more."""
    first = reader.readline(65536)
    if not first.strip():
        return None
    lines = [first]
    while (line := reader.readline(65536)) not in (b"\r\n", b""):
        lines.append(line)
    method, path, _ = first.decode("latin-1").split(" ", 2)
    pairs = [line.decode("latin-1").partition(":") for line in lines[1:]]
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    kept = [line for line in lines if not line.lower().startswith(OURS)]
    head = b"".join(kept) + b"Connection: close\r\n\r\n"
    return Request(method, path, headers, head, int(headers.get("content-length", "0")))


def _cut_at(fault: Fault, total: int) -> int:
    """After which byte to cut: at least one passes, and at least one does not."""
    return max(1, min(total - 1, int(total * fault.at)))


def _length(head: bytes) -> int | None:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return None


def _says_its_end(head: bytes) -> bool:
    bare = head.split(b" ", 2)[1] in (b"204", b"304")
    return bare or _length(head) is not None or b"chunked" in head.lower()


def _is_whole(request: Request, head: bytes, body: bytes) -> bool:
    """Whether the server said everything: one that was killed in the middle did not."""
    if request.method == "HEAD" or head.split(b" ", 2)[1] in (b"204", b"304"):
        return True
    if b"transfer-encoding: chunked" in head.lower():
        return body.endswith(b"0\r\n\r\n")
    length = _length(head)
    return length is None or len(body) == length


def _reset(connection: socket.socket) -> None:
    """End a connection as a lost line does: at once, and what was under way is gone."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
