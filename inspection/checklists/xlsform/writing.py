"""A workbook (.xlsx) of a checklist, that reads as the same one."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Any

from inspection.checklists.xlsform.cells import CHOICES, LEVELS, PASS_FAIL, SETTINGS, SURVEY, piped
from inspection.rules import expression, scale
from inspection.rules.checklist import CHOSEN, FAIL, PASS, Checklist, Item, ItemKind, Section
from inspection.rules.expression import Expression

_KIND_TYPES: Mapping[ItemKind, str] = {
    ItemKind.LEVEL: f"select_one {LEVELS}",
    ItemKind.PASS_FAIL: f"select_one {PASS_FAIL}",
    ItemKind.NUMBER: "decimal",
    ItemKind.COUNT: "integer",
    ItemKind.TEXT: "text",
    ItemKind.DATE: "date",
    ItemKind.PHOTO: "image",
    ItemKind.SIGNATURE: "image",
    ItemKind.BARCODE: "barcode",
    ItemKind.NOTE: "note",
}
_COLUMNS = (
    *("type", "name", "label", "hint", "required", "relevant", "constraint"),
    *("constraint_message", "choice_filter", "appearance"),
    *("tandem_kind", "tandem_key", "tandem_order", "tandem_requirement", "tandem_weight"),
    *("tandem_critical", "tandem_photo_below", "tandem_low", "tandem_high", "tandem_unit"),
    *("tandem_picture", "tandem_appearance"),
)
_SAID = frozenset({"label", "hint", "constraint_message"})
_CONDITIONS = frozenset({"relevant", "constraint", "choice_filter", "tandem_when"})
_LISTED = ("list_name", "name", "label", "tandem_when")

Cells = dict[str, Any]
"""A row to be written, by column; words by language are a mapping."""


def write(checklist: Checklist, version: int = 1) -> bytes:
    """The workbook (.xlsx) that `read` makes the same checklist of."""
    survey = list(_survey_rows(checklist))
    choices = list(_choice_rows(checklist))
    languages = list(dict.fromkeys([*checklist.languages, *_spoken([*survey, *choices])]))
    names = frozenset(item.key for item in checklist.items)
    return _saved(
        {
            SURVEY: _table(_COLUMNS, survey, languages, names),
            CHOICES: _table(_LISTED, choices, languages, names),
            SETTINGS: _settings(checklist, version, languages),
        }
    )


def _settings(checklist: Checklist, version: int, languages: list[str]) -> list[list[str]]:
    plain = re.sub(r"[^a-z0-9]+", "_", checklist.title.lower()).strip("_")
    said = {
        "form_title": checklist.title,
        "form_id": f"tandem_{plain or 'checklist'}"[:60],
        "version": str(version),
        "clean_text_values": "no",
        "default_language": "" if "" in languages else languages[0],
        "tandem_kinds": " ".join(checklist.kinds),
        "tandem_category": checklist.category,
        "tandem_service_line": checklist.service_line,
        "tandem_languages": json.dumps(list(checklist.languages), ensure_ascii=False),
        "tandem_active": _yes(checklist.active),
    }
    return [list(said), [piped(text, frozenset()) for text in said.values()]]


def _survey_rows(checklist: Checklist) -> Iterator[Cells]:
    """The items in their order, between begin and end of the section each stands in."""
    sections = {one.key: (n, one) for n, one in enumerate(checklist.sections)}
    names = _free_names({item.key.lower() for item in checklist.items})
    here = ""
    for item in checklist.items:
        if item.section != here:
            if here:
                yield {"type": "end_group"}
            here = item.section
            if here:
                yield _begun(*sections[here], next(names))
        yield _asked(item)
    if here:
        yield {"type": "end_group"}
    used = {item.section for item in checklist.items}
    for n, section in sections.values():
        if section.key not in used:
            yield _begun(n, section, next(names))
            yield {"type": "end_group"}


def _free_names(taken: set[str]) -> Iterator[str]:
    """Names for groups; an item may be called like its section, in a form that is confusion."""
    return (name for n in count(1) if (name := f"section_{n}") not in taken)


def _begun(n: int, section: Section, name: str) -> Cells:
    return {
        "type": "begin_group",
        "name": name,
        "label": section.title,
        "relevant": _text(section.relevant),
        "appearance": "field-list",
        "tandem_key": section.key,
        "tandem_order": str(n),
    }


def _asked(item: Item) -> Cells:
    listed = f"{item.key}_choices"
    types = {ItemKind.CHOICE: f"select_one {listed}", ItemKind.CHOICES: f"select_multiple {listed}"}
    drawn = item.kind is ItemKind.SIGNATURE
    return {
        "type": types.get(item.kind) or _KIND_TYPES[item.kind],
        "name": item.key,
        "label": item.label,
        "hint": item.hint,
        "required": _yes(item.required),
        "relevant": _text(item.relevant),
        "constraint": _text(item.constraint),
        "constraint_message": item.constraint_message,
        "choice_filter": _filter(item) if item.kind in CHOSEN else "",
        "appearance": "signature" if drawn else item.appearance,
        "tandem_kind": item.kind.value,
        "tandem_requirement": item.requirement,
        "tandem_weight": str(item.weight),
        "tandem_critical": _yes(item.critical),
        "tandem_photo_below": _yes(item.photo_below),
        "tandem_low": "" if item.low is None else repr(item.low),
        "tandem_high": "" if item.high is None else repr(item.high),
        "tandem_unit": item.unit,
        "tandem_picture": item.picture,
        "tandem_appearance": item.appearance,
    }


def _filter(item: Item) -> str:
    """The conditions of all choices as one, for programs that know only such."""
    parts = (
        f"(name != {expression.quoted(one.value)} or ({one.when.text}))"
        for one in item.options
        if one.when
    )
    return " and ".join(parts)


def _choice_rows(checklist: Checklist) -> Iterator[Cells]:
    kinds = {item.kind for item in checklist.items}
    if ItemKind.LEVEL in kinds:
        words = {one["level"]: one["word"] for one in scale.PROPOSED["levels"]}
        for level in range(5, 0, -1):
            label = {"": f"{level} {words[level]}"}
            yield {"list_name": LEVELS, "name": str(level), "label": label}
    if ItemKind.PASS_FAIL in kinds:
        yield {"list_name": PASS_FAIL, "name": PASS, "label": {"": "Pass"}}
        yield {"list_name": PASS_FAIL, "name": FAIL, "label": {"": "Fail"}}
    for item in checklist.items:
        for one in item.options:
            yield {
                "list_name": f"{item.key}_choices",
                "name": one.value,
                "label": one.label,
                "tandem_when": _text(one.when),
            }


def _spoken(rows: Iterable[Cells]) -> Iterator[str]:
    for row in rows:
        for name in _SAID & set(row):
            yield from row[name]


def _table(
    columns: Iterable[str], rows: list[Cells], languages: list[str], names: frozenset[str]
) -> list[list[str]]:
    """Headings and lines; a column of words becomes one for each language that it has."""
    made = [
        (heading, column, language)
        for column in columns
        for heading, language in _headings(column, rows, languages)
    ]
    lines = [
        [
            piped(row.get(column, {}).get(language, ""), names)
            if column in _SAID
            else piped(row.get(column, ""), names if column in _CONDITIONS else frozenset())
            for _, column, language in made
        ]
        for row in rows
    ]
    return [[heading for heading, _, _ in made], *lines]


def _headings(column: str, rows: list[Cells], languages: list[str]) -> list[tuple[str, str]]:
    """Hazard: pyxform forgets the translations beside a column without a language."""
    if column not in _SAID:
        return [(column, "")]
    spoken = [one for one in languages if any(one in row.get(column, ()) for row in rows)]
    if spoken in ([], [""]):
        return [(column, "")]
    return [(f"{column}::{one or 'default'}", one) for one in spoken]


def _saved(sheets: Mapping[str, list[list[str]]]) -> bytes:
    """Hazard: openpyxl makes a formula of a text with `=` unless its type is set after it."""
    import openpyxl.cell

    book = openpyxl.Workbook(write_only=True)
    for name, lines in sheets.items():
        page = book.create_sheet(name)
        page.freeze_panes = "A2"
        for line in lines:
            cells = [openpyxl.cell.WriteOnlyCell(page, value=text or None) for text in line]
            for cell in cells:
                if cell.value is not None:
                    cell.data_type = "s"
            page.append(cells)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _text(made: Expression | None) -> str:
    return made.text if made else ""


def _yes(flag: bool) -> str:
    return "yes" if flag else "no"
