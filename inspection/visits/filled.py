"""The form of a visit as it was posted: every answer, word, picture and signature of it.

Fields of an item K: `a-K` its answer, `n-K` a note, `off-K` and `na-K` why it does not apply,
`photos-K` and `nophoto-K`, `fixed-K` and `after-K`, `joins-K`. Fields of the whole: `WHOLE`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import astuple, dataclass, field
from datetime import UTC, datetime
from typing import Any

from flask import request

from inspection import clock
from inspection.people import devices
from inspection.photos import evidence
from inspection.photos.evidence import Kept
from inspection.rules.checklist import FAIL, PASS, Answer, Checklist, Item, ItemKind
from inspection.rules.refusal import N_, Refusal, not_offered, too_long
from inspection.visits import signing
from inspection.web import KEY_FIELD, TRAP_FIELD, Refused, language, submitted, whole

PARTS = 30_000  # of one form: 1,000 items with all their fields and pictures
TYPED_BYTES = 16 * 1024 * 1024
ALL_BYTES = 128 * 1024 * 1024

FOUND, AFTER = "photos", "after"
OF_AN_ITEM = frozenset({"a", "n", "na", "off", "nophoto", "fixed", "joins"})
WHOLE = frozenset(
    {
        *("note", "accompanied_by", "accompanied_id", "captured_at", "began_at"),
        *("sign-us", "sign-them", "signed-us", "signed-them"),
    }
)
_CARRIED = frozenset(
    {
        *(KEY_FIELD, TRAP_FIELD, "lang", "version", "photo", "kept", "after"),
        *("visit", "checklist_version", "scale_version", "scan", "draft_seen", "draft_device"),
    }
)
LIMITS = {"n": 4000, "na": 1000, "nophoto": 1000, "note": 4000, "accompanied_by": 120}
_TEXT, _SHORT, _NAME = 4000, 200, 120
CLOCK = "Tandem-Clock"
"""Header: by how many milliseconds the phone's clock is ahead of ours, as it measured it."""
_FARTHEST = 2**31 - 1  # seconds

Pictures = tuple[tuple[Kept, ...], tuple[Kept, ...]]
"""Of one answer: as found, and once corrected on the spot."""


@dataclass(frozen=True)
class Signed:
    """Somebody signed: their name, and their strokes on the glass ("" when the name was typed)."""

    name: str
    strokes: str


@dataclass(frozen=True)
class Filled:
    """What somebody filled in, with the items of the visit's own checklist.

    `signed` by side: "us" is the party that inspects, "them" the other. `language` is the one it
    was filled in. `began_at`, `captured_at`: begun and finished, as the phone's clock says, which
    is `clock_ahead` seconds ahead of ours (None: not measured).
    """

    answers: Mapping[str, Answer]
    pictures: Mapping[str, Pictures] = field(default_factory=dict)
    note: str = ""
    accompanied_by: str = ""
    accompanied_id: int | None = None
    began_at: datetime | None = None
    captured_at: datetime | None = None
    clock_ahead: int | None = None
    version: int | None = None
    signed: Mapping[str, Signed] = field(default_factory=dict)
    language: str = ""


def make_room() -> None:
    """Let this request carry a whole checklist; before anything of its form is read.

    Hazard: 100 parts are the limit elsewhere, and a form of 200 items has more than 1,000.
    """
    request.max_form_parts = PARTS
    request.max_form_memory_size = TYPED_BYTES
    request.max_content_length = ALL_BYTES


def file_fields(checklist: Checklist) -> set[str]:
    """The names of the fields in which pictures come."""
    return {f"{stage}-{item.key}" for item in checklist.items for stage in (FOUND, AFTER)}


def read(checklist: Checklist) -> Filled:
    """What this request's form says; raises `Refused` with every mistake, beside its field.

    No value is refused for being outside its limits, and what is no number is kept as typed.
    """
    taken = evidence.received(file_fields(checklist))
    typed = _Typed()
    typed.wrong += [*_unknown(checklist), *taken.refused]
    pictures = _by_item(checklist, taken.kept)
    answers = {
        item.key: _answer(typed, item, pictures.get(item.key, ((), ()))) for item in checklist.items
    }
    filled = Filled(
        answers,
        pictures,
        note=typed.text("note", LIMITS["note"]),
        accompanied_by=typed.text("accompanied_by", LIMITS["accompanied_by"]),
        accompanied_id=typed.number("accompanied_id"),
        began_at=began_at(),
        captured_at=_moment(typed.text("captured_at", _SHORT)),
        clock_ahead=clock_ahead(),
        version=typed.number("version"),
        signed={side: sign for side in ("us", "them") if (sign := _signed(typed, side))},
        language=language(),
    )
    if typed.wrong:
        raise Refused(*typed.wrong)
    return filled


def as_typed(checklist: Checklist) -> dict[str, Any]:
    """What is filled so far, as a draft keeps it: all that was typed, every picture that is good.

    {"fields": {name: [text, …]}, "kept": [parts of an `evidence.Kept`, …], "at": moment, "on": the
    device in words, "by": the name it gives itself}. Only fields that the form does not have are
    refused.
    """
    unknown = list(_unknown(checklist))
    if unknown:
        raise Refused(*unknown)
    kept = evidence.received(file_fields(checklist)).kept
    posted = submitted()
    fields = {name: posted.getlist(name) for name in posted if name not in _CARRIED}
    return {
        "fields": {name: texts for name, texts in fields.items() if any(texts)},
        "kept": [list(astuple(one)) for one in kept],
        "at": clock.now().isoformat(),
        "on": devices.spoken(request.user_agent.string),
        "by": posted.get("draft_device", "")[:_NAME],
    }


# ---------------------------------------------------------------- the fields there are


def _unknown(checklist: Checklist) -> Iterator[Refusal]:
    items = {item.key for item in checklist.items}
    for name in submitted():
        if name not in WHOLE and name not in _CARRIED and not _of_an_item(name, items):
            yield Refusal(
                "form.unknown_field", N_("This form has no field “%(name)s”."), {"name": name}
            )


def _of_an_item(name: str, items: Collection[str]) -> bool:
    what, _, key = name.partition("-")
    return what in OF_AN_ITEM and key in items


def _by_item(checklist: Checklist, kept: tuple[Kept, ...]) -> dict[str, Pictures]:
    by_field: dict[str, tuple[Kept, ...]] = {}
    for one in kept:
        by_field[one.field] = (*by_field.get(one.field, ()), one)
    both = {
        item.key: (by_field.get(f"{FOUND}-{item.key}", ()), by_field.get(f"{AFTER}-{item.key}", ()))
        for item in checklist.items
    }
    return {key: pictures for key, pictures in both.items() if any(pictures)}


class _Typed:
    """The fields of the form, and what is wrong with them so far."""

    def __init__(self) -> None:
        self.posted = submitted()
        self.wrong: list[Refusal] = []

    def text(self, name: str, limit: int) -> str:
        text = self.posted.get(name, "").replace("\r\n", "\n").strip()
        if len(text) <= limit:
            return text
        self.wrong.append(too_long(len(text), limit, name))
        return ""

    def flag(self, name: str) -> bool:
        return self.posted.get(name, "") not in ("", "0", "false", "no")

    def number(self, name: str) -> int | None:
        text = self.text(name, _SHORT)
        number = whole(text)
        if text and number is None:
            self.wrong.append(Refusal("form.not_a_number", N_("Write a whole number."), where=name))
        return number

    def all(self, name: str) -> list[str]:
        return list(dict.fromkeys(text for text in self.posted.getlist(name) if text))

    def not_offered(self, name: str) -> None:
        self.wrong.append(not_offered(name))


# ---------------------------------------------------------------- answers


def _answer(typed: _Typed, item: Item, pictures: Pictures) -> Answer:
    key = item.key
    value = _VALUES[item.kind](typed, item)
    reason, note = typed.text(f"na-{key}", LIMITS["na"]), typed.text(f"n-{key}", LIMITS["n"])
    answered = value not in (None, "", []) or bool(pictures[0])
    off = typed.flag(f"off-{key}") or (bool(reason) and not answered)
    if reason and not off:
        note = f"{note}\n{reason}".strip()  # answered after all; what was written stays
    return Answer(
        value=value,
        reason=reason if off else None,
        note=note,
        photos=len(pictures[0]),
        no_photo=typed.text(f"nophoto-{key}", LIMITS["nophoto"]),
        corrected=typed.flag(f"fixed-{key}"),
        joins=typed.number(f"joins-{key}"),
    )


Read = Callable[[_Typed, Item], Any]


def _one_of(offered: Collection[str]) -> Read:
    def read_one(typed: _Typed, item: Item) -> str | None:
        name = f"a-{item.key}"
        text = typed.posted.get(name, "").strip()
        if text and text not in offered:
            typed.not_offered(name)
        return text or None

    return read_one


_level, _passed = _one_of({"1", "2", "3", "4", "5"}), _one_of({PASS, FAIL})


def _as_level(typed: _Typed, item: Item) -> int | None:
    """1 to 5; there is no free score."""
    text = _level(typed, item)
    return int(text) if text in {"1", "2", "3", "4", "5"} else None


def _choice(typed: _Typed, item: Item) -> str | None:
    found: str | None = _one_of({one.value for one in item.options})(typed, item)
    return found


def _choices(typed: _Typed, item: Item) -> list[str]:
    name = f"a-{item.key}"
    chosen = typed.all(name)
    if set(chosen) - {one.value for one in item.options}:
        typed.not_offered(name)
    return chosen


def _text(limit: int) -> Read:
    return lambda typed, item: typed.text(f"a-{item.key}", limit) or None


_COUNT = re.compile(r"\d{1,15}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d{1,15}(?:[.,]\d{0,9})?|[.,]\d{1,9})", re.ASCII)


def _count(typed: _Typed, item: Item) -> int | str | None:
    text = typed.text(f"a-{item.key}", _SHORT)
    return int(text) if _COUNT.fullmatch(text) else text or None


def _number(typed: _Typed, item: Item) -> float | str | None:
    """A number with comma or point, its unit or none; else the text, which counts as outside."""
    text = typed.text(f"a-{item.key}", _SHORT)
    plain = text.replace("\u2212", "-")
    if item.unit:
        plain = plain.removesuffix(item.unit).rstrip()
    if not _NUMBER.fullmatch(plain):
        return text or None
    number = float(plain.replace(",", "."))
    return int(number) if number.is_integer() else number


_VALUES: Mapping[ItemKind, Read] = {
    ItemKind.LEVEL: _as_level,
    ItemKind.PASS_FAIL: _passed,
    ItemKind.NUMBER: _number,
    ItemKind.COUNT: _count,
    ItemKind.CHOICE: _choice,
    ItemKind.CHOICES: _choices,
    ItemKind.TEXT: _text(_TEXT),
    ItemKind.DATE: _text(_SHORT),
    ItemKind.PHOTO: _text(_SHORT),
    ItemKind.SIGNATURE: _text(signing.LARGEST),
    ItemKind.BARCODE: _text(_SHORT),
    ItemKind.NOTE: _text(_TEXT),
}


# ---------------------------------------------------------------- the whole


def _moment(text: str) -> datetime | None:
    """The phone's clock is a claim: what cannot be read is left out, never refused."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def began_at() -> datetime | None:
    """When this request's form was begun, by the phone's clock."""
    return _moment(submitted().get("began_at", "")[:_SHORT])


def clock_ahead() -> int | None:
    """By how many seconds the phone's clock is ahead of ours, where it has measured that."""
    try:
        seconds = round(float(request.headers.get(CLOCK, "")) / 1000)
    except (ValueError, OverflowError):
        return None
    return seconds if abs(seconds) <= _FARTHEST else None


def _signed(typed: _Typed, side: str) -> Signed | None:
    name = typed.text(f"signed-{side}", _NAME)
    path = signing.strokes(typed.posted.get(f"sign-{side}", ""))
    if isinstance(path, Refusal):
        typed.wrong.append(Refusal(path.code, path.sentence, path.params, where=f"sign-{side}"))
        return None
    return Signed(name, path) if name or path else None
