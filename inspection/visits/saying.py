"""An answer in words, read with its own question: of the version the visit was filled with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import format_decimal, gettext
from sqlalchemy import Row

from inspection.checklists.asking import limits
from inspection.rules.checklist import (
    FAIL,
    PASS,
    VERDICT_WORDS,
    Checklist,
    Item,
    ItemKind,
    Verdict,
    said,
)
from inspection.rules.refusal import N_
from inspection.web import language

PASSED: Mapping[str, str] = {PASS: N_("Pass"), FAIL: N_("Fail")}
STROKES = "M"  # a signature that was drawn begins with it; else the name was typed


def item_of(checklist: Checklist, result: Row[Any]) -> Item:
    """The item that was answered; one named by its key, where the checklist has none."""
    try:
        return checklist.item(result.item)
    except KeyError:
        return Item(result.item, ItemKind(result.kind), {"": result.item})


def question(item: Item) -> str:
    """What was asked, in the reader's language."""
    return said(item.label, language()) or item.key


def answer(result: Row[Any], item: Item) -> str:
    """What was answered; of a level and a photo nothing, they are shown and not said."""
    value = result.value.get("is")
    if result.verdict == Verdict.NOT_APPLICABLE or value in (None, "", []):
        silent = result.verdict == Verdict.NOTED
        return "" if silent else str(gettext(VERDICT_WORDS[Verdict(result.verdict)]))
    if item.kind in (ItemKind.LEVEL, ItemKind.PHOTO):
        return ""
    if item.kind is ItemKind.PASS_FAIL:
        return str(gettext(PASSED.get(value, "")))
    if item.kind is ItemKind.SIGNATURE and str(value).startswith(STROKES):
        return str(gettext("signed"))
    return _plain(value, item)


def _plain(value: Any, item: Item) -> str:
    named = {one.value: said(one.label, language()) or one.value for one in item.options}
    if isinstance(value, list):
        return ", ".join(named.get(one, str(one)) for one in value)
    if isinstance(value, int | float):
        return f"{format_decimal(value)} {item.unit}".strip()
    return named.get(value, str(value))


def outside(result: Row[Any], item: Item) -> str:
    """What is said of an answer outside the limits of its item; nothing of one within."""
    if not result.outside:
        return ""
    message, span = said(item.constraint_message, language()), limits(item)
    if message:
        return message
    if span:
        return str(gettext("Outside %(range)s", range=span))
    return str(gettext("Not as it should be"))
