"""A checklist: what is looked at, how each item is answered, and what an answer says.

Source: DOMAIN 2.4. Every rated answer is a level of the one scale; nothing typed on the phone is
refused for its value: what is outside the limits is stored and marked. How a
checklist is kept, and what may stand in it, says checklist_body.py.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Any

from inspection.rules import expression
from inspection.rules.expression import Expression
from inspection.rules.refusal import N_, Refusal

KINDS_OF_PLACES = ("site", "building", "level", "space", "equipment", "vehicle")

Said = Mapping[str, str]
"""Words by language, as a form names it: "da", "English (en)"; "" where it has one only."""


class ItemKind(StrEnum):
    """How an item is answered."""

    LEVEL = "level"  # 5 … 1 on the scale
    PASS_FAIL = "pass_fail"  # noqa: S105 - no password
    NUMBER = "number"
    COUNT = "count"
    CHOICE = "choice"
    CHOICES = "choices"
    TEXT = "text"
    DATE = "date"
    PHOTO = "photo"
    SIGNATURE = "signature"
    BARCODE = "barcode"
    NOTE = "note"  # words to read; no answer


KIND_WORDS: Mapping[ItemKind, str] = {
    ItemKind.LEVEL: N_("Level 5 to 1"),
    ItemKind.PASS_FAIL: N_("Pass or fail"),
    ItemKind.NUMBER: N_("Number"),
    ItemKind.COUNT: N_("Count"),
    ItemKind.CHOICE: N_("One choice"),
    ItemKind.CHOICES: N_("Several choices"),
    ItemKind.TEXT: N_("Text"),
    ItemKind.DATE: N_("Date"),
    ItemKind.PHOTO: N_("Photo"),
    ItemKind.SIGNATURE: N_("Signature"),
    ItemKind.BARCODE: N_("Code on the wall"),
    ItemKind.NOTE: N_("Words to read"),
}
LIMITED = frozenset({ItemKind.NUMBER, ItemKind.COUNT})
CHOSEN = frozenset({ItemKind.CHOICE, ItemKind.CHOICES})
PASS, FAIL = "pass", "fail"


@dataclass(frozen=True)
class Option:
    """One choice; `when` (of a choice filter) uses the answers before it."""

    value: str
    label: Said
    when: Expression | None = None


@dataclass(frozen=True)
class Item:
    """One thing to look at.

    `requirement` is the number of the promise it belongs to; `picture` a guidance picture in the
    photo store (key of the thumbnail, "" without); `low` and `high` are the limits of a number or
    count, both included. `photo_below`: a photo is needed at level 2 and 1. `appearance` is kept
    for forms that came from elsewhere.
    """

    key: str
    kind: ItemKind
    label: Said
    section: str = ""
    hint: Said = field(default_factory=dict)
    requirement: str = ""
    weight: int = 1
    critical: bool = False
    required: bool = True
    photo_below: bool = False
    relevant: Expression | None = None
    constraint: Expression | None = None
    constraint_message: Said = field(default_factory=dict)
    unit: str = ""
    low: float | None = None
    high: float | None = None
    options: tuple[Option, ...] = ()
    picture: str = ""
    appearance: str = ""

    @property
    def rated(self) -> bool:
        """Whether an answer can be good or bad."""
        limited = self.kind in LIMITED and (self.low is not None or self.high is not None)
        return self.kind in (ItemKind.LEVEL, ItemKind.PASS_FAIL) or limited or bool(self.constraint)


@dataclass(frozen=True)
class Section:
    """A heading with items below it."""

    key: str
    title: Said
    relevant: Expression | None = None


@dataclass(frozen=True)
class Checklist:
    """What one visit goes through, at one place.

    `kinds`: at which kinds of places it fits; `category`: what its findings are about, unless a
    category points to the requirement of the item. Not `active`: both parties retired it.
    """

    title: str
    items: tuple[Item, ...]
    sections: tuple[Section, ...] = ()
    kinds: tuple[str, ...] = ("space",)
    category: str = ""
    service_line: str = ""
    languages: tuple[str, ...] = ("",)
    active: bool = True

    def item(self, key: str) -> Item:
        """The item of that name; raises KeyError."""
        return self._by_key[key]

    @cached_property
    def _by_key(self) -> Mapping[str, Item]:
        return {one.key: one for one in self.items}

    def in_sections(self) -> list[tuple[Section | None, list[Item]]]:
        """The items under their headings, in order; those before any heading first."""
        groups: list[tuple[Section | None, list[Item]]] = [
            (None, [one for one in self.items if not one.section])
        ]
        groups += [
            (section, [one for one in self.items if one.section == section.key])
            for section in self.sections
        ]
        return [(section, items) for section, items in groups if items]


def said(words: Said, language: str) -> str:
    """Words in a language ("da"), else in the first there is."""
    for name, text in words.items():
        if text and (name == language or name.endswith(f"({language})")):
            return text
    return next((text for text in words.values() if text), "")


# ---------------------------------------------------------------- answers


@dataclass(frozen=True)
class Answer:
    """What was answered to one item.

    `value`: an int (level, count), float, text, list of texts (choices), or None. `reason`: why it
    is not applicable. `no_photo`: why there is none although one is asked for. `photos` counts
    them. `corrected` on the spot; `joins` the number of an open action it belongs to.
    """

    value: Any = None
    reason: str | None = None
    note: str = ""
    photos: int = 0
    no_photo: str = ""
    corrected: bool = False
    joins: int | None = None

    @property
    def applicable(self) -> bool:
        return self.reason is None


class Verdict(StrEnum):
    """What an answer says of its item."""

    MET = "met"
    OBSERVATION = "observation"  # level 3: conforming, worth noting
    NOT_MET = "not_met"  # a finding
    NOTED = "noted"  # answered, nothing to rate
    NOT_APPLICABLE = "not_applicable"
    IRRELEVANT = "irrelevant"  # not asked, because of other answers
    OPEN = "open"  # not answered


VERDICT_WORDS: Mapping[Verdict, str] = {
    Verdict.MET: N_("met"),
    Verdict.OBSERVATION: N_("observation"),
    Verdict.NOT_MET: N_("finding"),
    Verdict.NOTED: N_("noted"),
    Verdict.NOT_APPLICABLE: N_("not applicable"),
    Verdict.IRRELEVANT: N_("not asked"),
    Verdict.OPEN: N_("not answered"),
}


@dataclass(frozen=True)
class Judged:
    """An item, its answer, and what it says; `level` on the scale where it is rated."""

    item: Item
    answer: Answer
    verdict: Verdict
    level: int | None = None
    outside: bool = False  # the limits or the constraint of the item

    @property
    def severity(self) -> int | None:
        """The level a finding counts as: on a critical item any finding is critical."""
        if self.verdict is not Verdict.NOT_MET:
            return None
        return 1 if self.item.critical else self.level


MEETS, BELOW, FAILS = 4, 2, 1
"""What pass and fail, inside and outside the limits, are on the scale; fail on a critical item."""


def judge(
    checklist: Checklist, answers: Mapping[str, Answer], today: date | None = None
) -> list[Judged]:
    """Every item with what its answer says, in order; `today` is what conditions call today()."""
    values = {key: one.value for key, one in answers.items() if one.applicable}
    if today is not None:
        values[expression.TODAY] = today.isoformat()
    hidden = {
        one.key
        for one in checklist.sections
        if one.relevant is not None and not one.relevant.holds(values)
    }
    return [_judged(item, answers.get(item.key), values, hidden) for item in checklist.items]


def _judged(
    item: Item, answer: Answer | None, values: Mapping[str, Any], hidden: set[str]
) -> Judged:
    given = answer or Answer()
    if item.section in hidden or (item.relevant and not item.relevant.holds(values)):
        return Judged(item, given, Verdict.IRRELEVANT)
    if not given.applicable:
        return Judged(item, given, Verdict.NOT_APPLICABLE)
    if item.kind is ItemKind.NOTE or _empty(item, given):
        return Judged(item, given, Verdict.NOTED if item.kind is ItemKind.NOTE else Verdict.OPEN)
    outside = _outside(item, given.value, values)
    level = _level(item, given.value, outside)
    return Judged(item, given, _verdict(level), level, outside)


def _empty(item: Item, answer: Answer) -> bool:
    if item.kind is ItemKind.PHOTO:
        return answer.photos == 0
    return answer.value in (None, "", [])


def _outside(item: Item, value: Any, values: Mapping[str, Any]) -> bool:
    if item.kind in LIMITED:
        if isinstance(value, str) or not math.isfinite(value):
            return True  # typed, and no number: kept and marked
        if (item.low is not None and value < item.low) or (
            item.high is not None and value > item.high
        ):
            return True
    return item.constraint is not None and not item.constraint.holds(values, own=value)


def _level(item: Item, value: Any, outside: bool) -> int | None:
    if item.kind is ItemKind.LEVEL:
        return int(value)
    if not item.rated and not outside:
        return None
    failed = outside or (item.kind is ItemKind.PASS_FAIL and value == FAIL)
    if not failed:
        return MEETS
    return FAILS if item.critical else BELOW


def _verdict(level: int | None) -> Verdict:
    if level is None:
        return Verdict.NOTED
    if level <= BELOW:
        return Verdict.NOT_MET
    return Verdict.OBSERVATION if level < MEETS else Verdict.MET


def missing(judged: Iterable[Judged]) -> Iterator[Refusal]:
    """What keeps a visit from being submitted; `where` is the field of the item (`a-<key>`)."""
    for one in judged:
        key = one.item.key
        if one.verdict is Verdict.OPEN and one.item.required:
            yield Refusal(
                "visit.unanswered",
                N_("Answer this, or say why it does not apply."),
                where=f"a-{key}",
            )
        if one.verdict is Verdict.NOT_APPLICABLE and not (one.answer.reason or "").strip():
            yield Refusal(
                "visit.no_reason",
                N_("Say in a few words why it does not apply."),
                where=f"na-{key}",
            )
        if _photo_missing(one):
            yield Refusal(
                "visit.no_photo",
                N_("A photo belongs to this finding. Take one, or say why there is none."),
                where=f"photos-{key}",
            )


def _photo_missing(one: Judged) -> bool:
    wanted = one.verdict is Verdict.NOT_MET and one.item.photo_below
    return wanted and one.answer.photos == 0 and not one.answer.no_photo.strip()
