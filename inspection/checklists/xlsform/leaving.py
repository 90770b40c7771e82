"""What is asked only because of an answer that nobody gives here is left out, with a note."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from inspection.checklists.xlsform.notes import Notes, listed
from inspection.rules import expression
from inspection.rules.expression import Expression


@dataclass
class Question:
    """A row that may become an item."""

    row: int
    item: dict[str, Any]


@dataclass
class Gone:
    """A name nobody answers here."""

    note: int | None  # which of the notes says so
    rows: list[int] = field(default_factory=list)  # that are left out because of it


Sections = Mapping[str, dict[str, Any]]


def take_away(
    questions: list[Question], sections: Sections, gone: dict[str, Gone], notes: Notes
) -> None:
    """Take away what waits for a name that is gone, until nothing does; what stays, stands free."""
    hidden = {key: _names(one["relevant"]) for key, one in sections.items() if one["relevant"]}
    while waiting := [
        (one, because) for one in questions if (because := _waits(one, hidden, gone))
    ]:
        for one, because in waiting:
            questions.remove(one)
            gone.setdefault(one.item["key"], Gone(None))
            gone[because].rows.append(one.row)
            notes.tell("waits", one.row, "relevant", one.item["key"], name=because)
    for one in questions:
        _without(one, set(gone), notes)
    for key, names in hidden.items():
        if names & set(gone):
            sections[key]["relevant"] = ""
    for each in gone.values():
        if each.rows and each.note is not None:
            notes.tell_more(each.note, rows=listed(each.rows))


def _waits(one: Question, hidden: Mapping[str, frozenset[str]], gone: Mapping[str, Gone]) -> str:
    """The first name that is gone of those a question waits for, "" when it waits for none."""
    used = _names(one.item.get("relevant", "")) | hidden.get(one.item["section"], frozenset())
    return min(used & set(gone), default="")


def _without(one: Question, gone: set[str], notes: Notes) -> None:
    """Take conditions on answers that nobody gives from what is asked all the same."""
    if _names(one.item.get("constraint", "")) & gone:
        text, one.item["constraint"] = one.item["constraint"], ""
        notes.tell("condition.gone", one.row, "constraint", text[:200])
    options = one.item.get("options") or []
    if any(_names(option.get("when", "")) & gone for option in options):
        one.item["options"] = [option | {"when": ""} for option in options]
        notes.tell("filter", one.row, "choice_filter", one.item["key"])


def _names(text: str) -> frozenset[str]:
    made = expression.parse(text) if text else None
    return made.names if isinstance(made, Expression) else frozenset()
