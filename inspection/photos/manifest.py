"""What a form says of pictures that follow it: `photo=<sha256>;<bytes>;<type>;<field>` for each."""

from __future__ import annotations

import re
from dataclasses import dataclass

from inspection.photos.pictures import MAX_BYTES, refused
from inspection.rules.refusal import N_, Refusal
from inspection.web import Refused, submitted

NAMED = "photo"
_ENTRY = re.compile(r"([0-9a-f]{64});(\d{1,12});([\w.+/-]{0,80});([\w-]{1,80})", re.ASCII)


@dataclass(frozen=True)
class Promised:
    """A picture that will follow: the hash and number of its bytes, and the field it belongs to."""

    sha256: str
    bytes: int
    field: str


def promised() -> list[Promised]:
    """The pictures this form names; raises `Refused` when one of them can never follow."""
    return [_read(entry) for entry in submitted().getlist(NAMED)]


def _read(entry: str) -> Promised:
    read = _ENTRY.fullmatch(entry)
    if read is None:
        misnamed = N_("A photo is named as its SHA-256; its bytes; its type; its field.")
        raise Refused(Refusal("photo.misnamed", misnamed))
    size = int(read[2])
    if not 0 < size <= MAX_BYTES:
        wrong = refused("too_large" if size else "empty")
        raise Refused(Refusal(wrong.code, wrong.sentence, wrong.params, where=read[4]))
    return Promised(read[1], size, read[4])
