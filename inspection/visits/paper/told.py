"""What a paper of a visit tells, read once, and how its parts say the same things."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from flask import url_for
from flask_babel import gettext
from reportlab.platypus import Flowable, Spacer
from sqlalchemy import Row

from inspection import web
from inspection.photos import evidence
from inspection.rules.access import PARTY_WORDS, Party
from inspection.rules.checklist import Checklist
from inspection.rules.scale import Level, Scale
from inspection.visits import record
from inspection.visits.reading import Line
from inspection.visits.typesetting import MUTED, SMALL, Picture, Words
from inspection.web import ContractCard

AS_THEY_ARE = 16_000_000  # bytes of photos as they were kept; the rest as thumbnails of 25 KB
MOST_PHOTOS = 400
QUIET: dict[str, Any] = {"size": SMALL, "colour": MUTED}

Story = Iterator[Flowable]


@dataclass(frozen=True)
class Album:
    """The photos of a visit: which are shown as they are, which small, and their files.

    A page of photos stays a file that can be sent: `AS_THEY_ARE` bytes, `MOST_PHOTOS` in number.
    """

    folder: Path
    of_result: dict[int, list[Row[Any]]]
    small: frozenset[int]
    left_out: frozenset[int]

    @classmethod
    def of(cls, row: Row[Any], folder: Path) -> Album:
        pictures = record.pictures(row)
        small, left_out, used = set(), set(), 0
        found = {one.result_id for one in record.findings(row)}
        in_order = [
            photo
            for result in sorted(pictures, key=lambda r: (r not in found, r))
            for photo in pictures[result]
        ]
        for n, photo in enumerate(in_order):
            used += photo.bytes
            if used > AS_THEY_ARE:
                small.add(photo.id)
            if n >= MOST_PHOTOS:
                left_out.add(photo.id)
        return cls(folder, pictures, frozenset(small), frozenset(left_out))

    def shown(self, result_id: int, after: bool) -> list[Row[Any]]:
        """The photos of an answer, as found or once corrected."""
        every = self.of_result.get(result_id, [])
        return [
            one for one in every if (one.stage == "after") is after and one.id not in self.left_out
        ]

    def picture(self, photo: Row[Any], box: tuple[float, float], frame: bool = True) -> Picture:
        """A photo that fits a box."""
        name = photo.thumbnail if photo.id in self.small else photo.picture
        name = "" if photo.standing else name  # on its way, or nothing that can be drawn
        size = (max(1, photo.width), max(1, photo.height))
        missing = gettext("This picture is missing")
        return Picture(size, box, partial(self._file, name), missing, frame)

    def _file(self, name: str) -> Path | None:
        path = self.folder / f"{name}.jpg"
        try:
            if not path.exists():
                path.write_bytes(evidence.store().read(name))
        except FileNotFoundError:
            return None
        return path


@dataclass(frozen=True)
class Told:
    """Everything a paper says, read once."""

    row: Row[Any]
    here: ContractCard
    checklist: Checklist
    scale: Scale
    lines: list[Line]
    album: Album
    events: list[Row[Any]] = field(default_factory=list)

    @property
    def found(self) -> list[Line]:
        return [line for line in self.lines if line.finding]

    @property
    def address(self) -> str:
        path = url_for("visit_pages.one", contract=self.here.slug, visit=self.row.id)
        return f"{web.settings().base_url}{path}"


def heading(text: str) -> Story:
    """A heading that stays with what follows it."""
    yield Spacer(0, 10)
    yield Words(text, 12, bold=True, after=4, with_next=True)


def party_said(party: str) -> str:
    """The word for a party."""
    return str(gettext(PARTY_WORDS[Party(party)]))


def level_said(level: Level) -> str:
    """The word of a level: our own translated, one that both agreed as it is."""
    return str(gettext(level.word)) if level.usual("word") else level.word
