"""What was answered at a place the time before, as the form says it beside each item."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from sqlalchemy import Row

from inspection import words
from inspection.checklists.asking import Before
from inspection.rules.checklist import Item, ItemKind, Verdict
from inspection.rules.refusal import N_
from inspection.rules.scale import Scale
from inspection.visits import record, saying

_PARTIES: Mapping[str, str] = {"customer": N_("customer"), "contractor": N_("contractor")}
_SHORT = 80  # characters of an answer that are shown
_SILENT = frozenset({Verdict.OPEN, Verdict.IRRELEVANT})


def of(row: Row[Any]) -> Mapping[str, Before]:
    """What the visit before this one answered, by item: "3 Meets · 12 Oct, customer"."""
    last = record.last_before(row)
    if last is None:
        return {}
    scale = record.scale_of(last)
    items = {one.key: one for one in record.checklist_of(last).items}
    when = f"{words.day(last.submitted_at, 'short')}, {gettext(_PARTIES[last.party])}"
    said = {
        one.item: (_answered(one, items[one.item], scale), one.verdict == Verdict.NOT_MET)
        for one in record.results(last)
        if one.item in items and one.verdict not in _SILENT
    }
    return {key: Before(f"{text} · {when}", failed) for key, (text, failed) in said.items() if text}


def _answered(result: Row[Any], item: Item, scale: Scale) -> str:
    """One answer in the reader's language, shortened."""
    if item.kind is ItemKind.LEVEL and result.level is not None:
        level = scale.level(result.level)
        return f"{level.level} {gettext(level.word) if level.usual('word') else level.word}"
    return saying.answer(result, item)[:_SHORT]
