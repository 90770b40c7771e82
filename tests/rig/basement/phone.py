"""A phone without a browser: it follows the protocol of the outbox to the letter.

Text first, then each photo in parts of 256 KiB from where the server says; the same key for every
try; nothing counts but an answer that repeats the key and the hash of what was sent.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import threading
import time
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from random import Random
from typing import Any
from urllib.parse import urlencode

from PIL import Image

from inspection.idempotency import content_sha256
from tests.rig.basement.ledger import Ledger, Meant
from tests.rig.basement.line import Line
from tests.rig.basement.server import Place

PART = 256 * 1024
SILENCE = 20.0  # seconds without an answer, after which a try is given up
LONGEST_PAUSE = 60.0
CATEGORIES = ("leak", "cleaning", "doors", "equipment")


@dataclass
class Item:
    """What waits on a phone: a form and its photos, frozen when it was finished."""

    key: str
    url: str
    pairs: list[tuple[str, str]]
    photos: dict[str, bytes]  # by hash
    files: str = "photos"  # the name of the form's field for them
    who: dict[str, str] = field(default_factory=dict)  # actor and cookie, nothing when anonymous

    @property
    def manifest(self) -> list[tuple[str, str]]:
        named = (f"{name};{len(data)};image/jpeg" for name, data in self.photos.items())
        return [("photo", f"{one};{self.files}") for one in named]

    @property
    def sha256(self) -> str:
        return content_sha256([*self.pairs, *((self.files, name) for name in self.photos)])


@dataclass
class Reply:
    """What came back, if anything did: status 0 when the line was lost."""

    status: int = 0
    body: Any = None
    offset: int = 0
    retry_after: float = 0.0


@dataclass
class Phone:
    """One phone on a line; `hurry` divides its pauses, so that a day of trying fits a test."""

    line: Line
    random: Random
    hurry: float = 1.0
    over: threading.Event = field(default_factory=threading.Event)
    _connection: http.client.HTTPConnection | None = None

    @property
    def ledger(self) -> Ledger:
        return self.line.ledger

    def send(self, items: Iterable[Item]) -> list[Item]:
        """Send until all is there: all texts first, then the photos; what is not, at the end."""
        acked = [(item, self._text(item)) for item in items]
        unsent = []
        for item, ack in acked:
            if ack is not None and self._photos(item, ack):
                self.ledger.said_sent(item.key)
            else:
                unsent.append(item)
        return unsent

    # ------------------------------------------------------------ the text

    def _text(self, item: Item) -> dict[str, Any] | None:
        tries = 0
        while not self.over.is_set():
            reply = self.post(item)
            if is_receipt(reply, item):
                return dict(reply.body)
            if reply.status in (401, 409, 422):
                self.ledger.fault(f"{item.key} was refused: {reply.status} {reply.body}")
                return None
            tries += 1
            self.pause(tries, reply.retry_after)
        return None

    def post(self, item: Item) -> Reply:
        """One try of the text."""
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
            "Idempotency-Key": item.key,
            "Tandem-Actor": item.who.get("actor", ""),
            "Sec-Fetch-Site": "same-origin",
        }
        if item.who:
            headers["Cookie"] = f"{item.who['name']}={item.who['cookie']}"
        return self.ask("POST", item.url, urlencode([*item.pairs, *item.manifest]), headers)

    # ------------------------------------------------------------ the photos

    def _photos(self, item: Item, ack: dict[str, Any]) -> bool:
        return all(
            self._photo(f"{ack['uploads']}/{name}", item.photos[name]) for name in ack["missing"]
        )

    def _photo(self, address: str, data: bytes) -> bool:
        tries, offset = 0, None
        while not self.over.is_set():
            if offset is None:
                reply = self.ask("HEAD", address)
            else:
                part = data[offset : offset + PART]
                reply = self.ask("PATCH", address, part, {"Upload-Offset": str(offset)})
            if reply.status == 200 and reply.body is not None and reply.body["whole"]:
                return True
            if reply.status in (200, 409, 422):
                offset, tries = reply.offset, 0
                continue
            tries, offset = tries + 1, None
            self.pause(tries, reply.retry_after)
        return False

    # ------------------------------------------------------------ the line

    def pause(self, tries: int, at_least: float = 0.0) -> None:
        """2 s, 4 s … 60 s, of which a random half is left out: not all phones at once."""
        longest = min(LONGEST_PAUSE, 2.0**tries)
        self.over.wait(max(at_least, longest * self.random.uniform(0.5, 1.0)) / self.hurry)

    def ask(
        self, method: str, path: str, body: str | bytes = b"", headers: dict[str, str] | None = None
    ) -> Reply:
        """One request; status 0 when no whole answer came."""
        if self._connection is None:
            self._connection = http.client.HTTPConnection(
                "127.0.0.1", self.line.port, timeout=SILENCE
            )
        try:
            sent = {"Host": f"localhost:{self.line.port}", **(headers or {})}
            self._connection.request(method, path, body or None, sent)
            answer = self._connection.getresponse()
            text = answer.read()
            offset = int(answer.headers.get("Upload-Offset", "0"))
            retry_after = float(answer.headers.get("Retry-After", "0"))
        except (OSError, http.client.HTTPException, ValueError):  # a header can be cut in two
            self.hang_up()
            return Reply()
        said = None
        with contextlib.suppress(ValueError):
            said = json.loads(text)
        return Reply(answer.status, said, offset, retry_after)

    def hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None


def is_receipt(reply: Reply, item: Item) -> bool:
    """Whether it is ours: a captive portal answers 200 too."""
    said = reply.body if isinstance(reply.body, dict) else {}
    mine = said.get("ack") == item.key and said.get("sha256") == item.sha256
    return reply.status in (200, 201, 202) and mine


# ---------------------------------------------------------------- phones that get it wrong


class Forgetful(Phone):
    """Makes a new key for every try, as a plain form does: an answer lost makes it double."""

    def post(self, item: Item) -> Reply:
        item.key = new_key(Random())
        return super().post(item)


class Hasty(Phone):
    """Takes what it sends out of its store before it sends it."""

    def _text(self, item: Item) -> dict[str, Any] | None:
        reply = self.post(item)
        return dict(reply.body) if is_receipt(reply, item) else None


class Old(Phone):
    """The client of release 0.3.0: the photos come with the form, and only a receipt ends it."""

    def post(self, item: Item) -> Reply:
        edge = f"----rig{item.key}"
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in item.pairs
        ]
        for data in item.photos.values():
            head = f'Content-Disposition: form-data; name="{item.files}"; filename="image.jpg"'
            parts.append(f"--{edge}\r\n{head}\r\nContent-Type: image/jpeg\r\n\r\n".encode())
            parts.append(data + b"\r\n")
        headers = {
            "Content-Type": f"multipart/form-data; boundary={edge}",
            "Accept": "application/json",
            "Idempotency-Key": item.key,
            "Sec-Fetch-Site": "same-origin",
        }
        if item.who:
            headers["Cookie"] = f"{item.who['name']}={item.who['cookie']}"
        return self.ask("POST", item.url, b"".join(parts) + f"--{edge}--\r\n".encode(), headers)


# ---------------------------------------------------------------- what people finish


def new_key(random: Random) -> str:
    """A UUIDv7 of this moment."""
    bits = (int(time.time() * 1000) << 80) | random.getrandbits(80)
    bits = bits & ~(0xF << 76) | (7 << 76)
    return str(uuid.UUID(int=bits & ~(3 << 62) | (2 << 62)))


def picture(random: Random, side: int = 24) -> bytes:
    """A JPEG that nobody else has."""
    made = io.BytesIO()
    Image.frombytes("RGB", (side, side), random.randbytes(side * side * 3)).save(made, "JPEG")
    return made.getvalue()


def photos(random: Random, large: float = 0.05, real: float = 0.02) -> list[bytes]:
    """Photos of one form: mostly none, few of several parts, few that are pictures.

    Bytes that are no picture are kept as they came, and spare the server the decoder.
    """
    made = []
    for _ in range(random.choice((0, 0, 0, 1, 1, 2))):
        kind = random.random()
        if kind < large:
            made.append(random.randbytes(random.randrange(PART, 3 * PART)))
        elif kind < large + real:
            made.append(picture(random))
        else:
            made.append(random.randbytes(random.randrange(200, 20_000)))
    return made


def finished(
    place: Place, random: Random, ledger: Ledger, shown: list[bytes] | None = None
) -> Item:
    """A report of somebody anonymous, or a comment of a member, with words nobody else writes."""
    key, words = new_key(random), f"rig {random.getrandbits(64):016x}"
    shown = photos(random) if shown is None else shown
    held = {sha256(data).hexdigest(): data for data in shown}
    if random.random() < 0.2:
        url = f"/c/{place.slug}/actions/{place.action}/comments"
        item = Item(
            key, url, [("text", words)], held, who=random.choice([*place.sessions.values()])
        )
    else:
        code = random.choice([*place.codes.values()])
        pairs = [("category", random.choice(CATEGORIES)), ("words", words)]
        item = Item(key, f"/Q/{code}/reports", pairs, held)
    ledger.finished(Meant(key, words, frozenset(held)))
    ledger.said_saved(key)
    return item


def all_at_once(phones: Sequence[tuple[Phone, list[Item]]], seconds: float) -> list[Item]:
    """Let phones send side by side; what is still unsent when the time is over."""
    unsent: list[Item] = []
    threads = [
        threading.Thread(target=lambda p=phone, i=items: unsent.extend(p.send(i)), daemon=True)
        for phone, items in phones
    ]
    for thread in threads:
        thread.start()
    ends = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, ends - time.monotonic()))
    for phone, _ in phones:
        phone.over.set()
    for thread in threads:
        thread.join(SILENCE + 5)
    return unsent


def spread(items: list[Item], line: Line, phones: int, seed: int, hurry: float = 1.0) -> Any:
    """Deal items out to so many phones."""
    return [
        (Phone(line, Random(f"{seed} phone {n}"), hurry), items[n::phones]) for n in range(phones)
    ]
