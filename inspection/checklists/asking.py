"""A checklist as a form asks it: in which order, in the reader's language, conditions in words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flask_babel import format_decimal, gettext

from inspection.checklists import pictures
from inspection.contracts import promises
from inspection.rules.checklist import FAIL, PASS, Checklist, Item, ItemKind, said
from inspection.rules.expression import Expression, Tree
from inspection.rules.refusal import N_
from inspection.web import language

Given = Mapping[str, list[str]]
"""What stands in the fields, by name, as typed."""


@dataclass(frozen=True)
class Before:
    """What was answered at the visit before: in words, and whether it was a finding."""

    said: str
    failed: bool = False


@dataclass(frozen=True)
class Choice:
    """One option: `tree` is its condition for the browser, "" without one."""

    value: str
    label: str
    tree: str = ""


@dataclass(frozen=True)
class Asked:
    """One item as a form shows it.

    `only` says in words when it is asked, `tree` is the same for the browser ("": always). `range`
    says the limits in words, `outside` what is said of a value outside them.
    """

    item: Item
    label: str
    hint: str
    only: str
    tree: str
    constraint: str
    range: str
    outside: str
    choices: tuple[Choice, ...]
    before: Before | None

    @property
    def key(self) -> str:
        return self.item.key


@dataclass(frozen=True)
class Part:
    """A heading and what is asked below it; `again`: what failed last time."""

    title: str
    items: tuple[Asked, ...]
    only: str = ""
    tree: str = ""
    again: bool = False


@dataclass(frozen=True)
class Form:
    """Everything a form of a checklist says.

    `promised` are the requirements its items name, `guides` the guidance pictures (photo rows).
    """

    title: str
    parts: tuple[Part, ...]
    promised: Mapping[str, Any] = field(default_factory=dict)
    guides: Mapping[str, Any] = field(default_factory=dict)

    @property
    def items(self) -> list[Asked]:
        return [one for part in self.parts for one in part.items]


def form(
    contract_id: int, checklist: Checklist, before: Mapping[str, Before] | None = None
) -> Form:
    """A checklist for `templates/visits/_fill.html`, with what was answered last time.

    What failed then comes first, unless it is asked only because of other answers.
    """
    writer = _Writer(checklist, before or {}, language())
    used = {one.requirement for one in checklist.items}
    rows = promises.requirements(contract_id)
    guided = any(one.picture for one in checklist.items)
    return Form(
        checklist.title,
        tuple(writer.parts()),
        {row.ref: row for row in rows if row.ref in used},
        pictures.guidance(contract_id) if guided else {},
    )


class _Writer:
    """Writes one checklist in one language."""

    def __init__(self, checklist: Checklist, before: Mapping[str, Before], spoken: str) -> None:
        self.checklist, self.before, self.spoken = checklist, before, spoken
        self.known = {one.key: one for one in checklist.items}

    def parts(self) -> Iterator[Part]:
        groups = self.checklist.in_sections()
        first = [
            item
            for section, items in groups
            if section is None or section.relevant is None
            for item in items
            if self._again(item)
        ]
        if first:
            yield Part(gettext("Re-inspect"), tuple(self._asked(one) for one in first), again=True)
        for section, items in groups:
            rest = tuple(self._asked(one) for one in items if one not in first)
            if rest:
                part = Part(said(section.title, self.spoken) if section else "", rest)
                when = section.relevant if section else None
                yield replace(part, only=self._words(when), tree=_json(when))

    def _again(self, item: Item) -> bool:
        before = self.before.get(item.key)
        return before is not None and before.failed and item.relevant is None

    def _asked(self, item: Item) -> Asked:
        span = limits(item)
        message = said(item.constraint_message, self.spoken)
        return Asked(
            item=item,
            label=said(item.label, self.spoken),
            hint=said(item.hint, self.spoken),
            only=self._words(item.relevant),
            tree=_json(item.relevant),
            constraint=_json(item.constraint),
            range=span,
            outside=message or (gettext("Outside %(range)s", range=span) if span else ""),
            choices=tuple(
                Choice(one.value, said(one.label, self.spoken) or one.value, _json(one.when))
                for one in item.options
            ),
            before=self.before.get(item.key),
        )

    def _words(self, when: Expression | None) -> str:
        if when is None:
            return ""
        clause = self._clause(when.tree) or when.text
        return str(gettext("Only if %(condition)s", condition=clause))

    def _clause(self, tree: Tree) -> str:
        """A condition as people say it; "" where it is more than that."""
        kind, *parts = tree
        if kind in ("and", "or"):
            clauses = [self._clause(part) for part in parts]
            if not all(clauses):
                return ""
            return str(gettext(_JOINED[kind])).join(clauses)
        if kind == "call" and parts[0] == "selected":
            kind, parts = "=", parts[1:]
        if kind in _SAID and parts[0][0] == "name" and parts[1][0] == "value":
            return self._compared(kind, parts[0][1], parts[1][1])
        return ""

    def _compared(self, sign: str, key: str, value: Any) -> str:
        item = self.known.get(key)
        label = said(item.label, self.spoken) if item else key
        if value == "":
            return str(gettext(_UNANSWERED if sign == "=" else _ANSWERED, item=label))
        return str(gettext(_SAID[sign], item=label, value=self._value(item, value)))

    def _value(self, item: Item | None, value: Any) -> str:
        if item is not None:
            named = {one.value: said(one.label, self.spoken) for one in item.options}
            named |= {PASS: gettext("pass"), FAIL: gettext("fail")}
            value = named.get(value, value)
        return value if isinstance(value, str) else str(format_decimal(value))


_SAID: Mapping[str, str] = {
    "=": N_("“%(item)s” is %(value)s"),
    "!=": N_("“%(item)s” is not %(value)s"),
    "<": N_("“%(item)s” is below %(value)s"),
    ">": N_("“%(item)s” is above %(value)s"),
    "<=": N_("“%(item)s” is %(value)s or less"),
    ">=": N_("“%(item)s” is %(value)s or more"),
}
_JOINED: Mapping[str, str] = {
    "and": N_(" and "),
    "or": N_(" or "),
}
_ANSWERED, _UNANSWERED = N_("“%(item)s” is answered"), N_("“%(item)s” is not answered")
_RANGES: Mapping[tuple[bool, bool], str] = {
    (True, True): N_("%(low)s to %(high)s %(unit)s"),
    (True, False): N_("at least %(low)s %(unit)s"),
    (False, True): N_("at most %(high)s %(unit)s"),
}


def limits(item: Item) -> str:
    """The limits of a number or count in words: "50 to 60 °C"; "" without any."""
    low, high = item.low, item.high
    if item.kind not in (ItemKind.NUMBER, ItemKind.COUNT) or (low is None and high is None):
        return ""
    said_ = {
        "low": "" if low is None else format_decimal(low),
        "high": "" if high is None else format_decimal(high),
        "unit": item.unit,
    }
    return str(gettext(_RANGES[low is not None, high is not None], **said_)).strip()


def _json(when: Expression | None) -> str:
    return json.dumps(when.tree, separators=(",", ":"), ensure_ascii=False) if when else ""
