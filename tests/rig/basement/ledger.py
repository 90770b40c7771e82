"""What was meant, what a page said, and what was acknowledged: kept outside of page and server."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Meant:
    """Something somebody finished: its key, words nobody else writes, the hashes of its photos."""

    key: str
    words: str
    photos: frozenset[str] = frozenset()


@dataclass
class Ledger:
    """The outside record of one run; safe to write from several threads.

    `saved` and `sent` are what a screen said, `acked` what the line passed on to the phone.
    """

    meant: dict[str, Meant] = field(default_factory=dict)
    saved: set[str] = field(default_factory=set)
    sent: set[str] = field(default_factory=set)
    acked: dict[str, dict[str, Any]] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)
    secrets: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def finished(self, meant: Meant) -> None:
        """Somebody is about to finish this."""
        with self._lock:
            self.meant[meant.key] = meant

    def renamed(self, key: str, other: str) -> str:
        """The same under another key."""
        with self._lock:
            self.meant[other] = replace(self.meant.pop(key), key=other)
            self.saved.discard(key)
        return other

    def said_saved(self, key: str) -> None:
        """A screen said that this is saved on the phone."""
        with self._lock:
            self.saved.add(key)

    def said_sent(self, key: str) -> None:
        """A screen said that this was received; without a receipt by then, that is a lie."""
        with self._lock:
            self.sent.add(key)
            if key not in self.acked:
                self.wrong.append(f"said sent without a receipt: {key}")

    def passed_on(self, ack: dict[str, Any]) -> None:
        """A whole receipt went to the phone."""
        with self._lock:
            before = self.acked.setdefault(ack["ack"], ack)
            if (before["sha256"], before["number"]) != (ack["sha256"], ack["number"]):
                self.wrong.append(f"two different receipts for {ack['ack']}")
            if ack.get("uploads"):
                self.secrets.add(ack["uploads"].rpartition("/")[2])

    def photo_whole(self, sha256: str) -> None:
        """The server said that it holds all of a photo."""
        with self._lock:
            self.whole.add(sha256)

    def count(self, what: str, number: int = 1) -> None:
        with self._lock:
            self.counts[what] += number

    def fault(self, sentence: str) -> None:
        with self._lock:
            self.wrong.append(sentence)
