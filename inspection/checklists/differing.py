"""What differs between two checklists, in the words of their items."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import gettext

from inspection.contracts.saying import plain
from inspection.rules import checklist_body
from inspection.rules.checklist import KIND_WORDS, said
from inspection.rules.refusal import N_
from inspection.web import language

Row = Mapping[str, Any]
Said = tuple[str, str, str]

MOST_NAMED = 6  # of those that changed places
_NAME = re.compile(r"\$\{\s*([^}\s]+)\s*\}")
HEAD: Mapping[str, str] = {
    "title": N_("Name"),
    "kinds": N_("Used in"),
    "category": N_("Findings are about"),
    "service_line": N_("Service line"),
    "languages": N_("Languages"),
    "active": N_("In use"),
}
FIELDS: Mapping[str, str] = {
    "title": N_("heading"),
    "label": N_("words"),
    "kind": N_("answered by"),
    "section": N_("section"),
    "requirement": N_("requirement"),
    "weight": N_("weight"),
    "critical": N_("critical"),
    "required": N_("must be answered"),
    "photo_below": N_("a finding needs a photo"),
    "hint": N_("hint"),
    "picture": N_("guidance picture"),
    "relevant": N_("asked only if"),
    "constraint": N_("must fit"),
    "constraint_message": N_("said when it does not fit"),
    "low": N_("at least"),
    "high": N_("at most"),
    "unit": N_("unit"),
    "options": N_("choices"),
    "appearance": N_("appearance"),
}
_SPOKEN = frozenset({"title", "label", "hint", "constraint_message"})
_CONDITIONS = frozenset({"relevant", "constraint"})


def differences(old: Row, new: Row) -> list[Said]:
    """Where, before, after: `item “Floor is clean”: weight`, 2, 3."""
    return list(_Pair(_written(old), _written(new)).all())


def _written(body: Row) -> Row:
    """A body as it is kept, whatever short forms it was drafted with."""
    read = checklist_body.read(body)
    return body if isinstance(read, list) else checklist_body.write(read)


class _Pair:
    def __init__(self, old: Row, new: Row) -> None:
        self.old, self.new, self.spoken = old, new, language()
        self.called = {
            one["key"]: said(one["label"], self.spoken) or one["key"]
            for body in (old, new)
            for one in body["items"]
        }
        self.headings = {
            one["key"]: said(one["title"], self.spoken) or one["key"]
            for body in (old, new)
            for one in body.get("sections", [])
        }

    def all(self) -> Iterator[Said]:
        for name, word in HEAD.items():
            before, after = self.old.get(name), self.new.get(name)
            if before != after:
                yield str(gettext(word)), plain(before), plain(after)
        yield from self._rows("sections", self.headings, N_("Section “%(name)s”"))
        yield from self._rows("items", self.called, N_("Item “%(name)s”"))

    def _rows(self, part: str, called: Mapping[str, str], where: str) -> Iterator[Said]:
        old, new = (
            {one["key"]: one for one in body.get(part, [])} for body in (self.old, self.new)
        )
        for key in [*new, *(key for key in old if key not in new)]:
            name = str(gettext(where, name=called[key]))
            if key in old and key in new:
                yield from self._fields(name, old[key], new[key])
            else:
                yield name, self._whole(old.get(key)), self._whole(new.get(key))
        yield from _moved([key for key in old if key in new], [k for k in new if k in old], called)

    def _fields(self, name: str, old: Row, new: Row) -> Iterator[Said]:
        for field, word in FIELDS.items():
            before, after = old.get(field), new.get(field)
            if before == after:
                continue
            if field not in _SPOKEN:
                yield (
                    f"{name}: {gettext(word)}",
                    self._side(field, before),
                    self._side(field, after),
                )
                continue
            for tongue in dict.fromkeys([*(before or {}), *(after or {})]):
                one, other = ((words or {}).get(tongue, "") for words in (before, after))
                if one != other:
                    which = f" ({tongue})" if tongue else ""
                    yield f"{name}: {gettext(word)}{which}", one or "–", other or "–"

    def _side(self, field: str, value: Any) -> str:
        if field == "kind":
            return str(gettext(KIND_WORDS[value]))
        if field == "section":
            return self.headings.get(value, "–")
        if field in _CONDITIONS:
            return self._condition(value or "")
        if field == "options":
            return "; ".join(self._option(one) for one in value or ()) or "–"
        if field == "picture":
            return str(gettext("another picture")) if value else "–"
        return plain(value)

    def _condition(self, text: str) -> str:
        """A condition with the words of its items in the place of their names."""
        return _NAME.sub(lambda name: f"“{self.called.get(name[1], name[1])}”", text) or "–"

    def _option(self, option: Row) -> str:
        label = said(option["label"], self.spoken) or option["value"]
        when = option.get("when")
        return f"{label} ({self._condition(when)})" if when else label

    def _whole(self, row: Row | None) -> str:
        """A row that is only on one side, in short."""
        if row is None:
            return "–"
        if "kind" not in row:
            return said(row["title"], self.spoken) or "–"
        weight = gettext("weight %(number)s", number=row["weight"]) if row["weight"] > 1 else ""
        critical = gettext("critical") if row["critical"] else ""
        parts = (gettext(KIND_WORDS[row["kind"]]), row["requirement"], weight, critical)
        return ", ".join(str(part) for part in parts if part)


def _moved(old: list[str], new: list[str], called: Mapping[str, str]) -> Iterator[Said]:
    """Those that follow each other in another order."""
    changed = [n for n, (one, other) in enumerate(zip(old, new, strict=True)) if one != other]
    if changed:
        span = slice(changed[0], changed[-1] + 1)
        yield str(gettext("Order")), _named(old[span], called), _named(new[span], called)


def _named(keys: list[str], called: Mapping[str, str]) -> str:
    more = [gettext("and %(number)s more", number=len(keys) - MOST_NAMED)]
    return ", ".join(
        [called[key] for key in keys[:MOST_NAMED]] + (more if len(keys) > MOST_NAMED else [])
    )
