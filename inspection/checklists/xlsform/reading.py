"""The rows of a survey become the body of a checklist."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inspection.checklists.xlsform import leaving
from inspection.checklists.xlsform.cells import SETTINGS, SURVEY, unpiped
from inspection.checklists.xlsform.leaving import Gone, Question
from inspection.checklists.xlsform.notes import Note, Notes, listed
from inspection.rules import expression
from inspection.rules.checklist import CHOSEN, ItemKind
from inspection.rules.checklist import said as said_in
from inspection.rules.expression import Expression
from inspection.rules.refusal import Refusal

ASKED: Mapping[str, ItemKind] = {
    "string input": ItemKind.TEXT,
    "int input": ItemKind.COUNT,
    "decimal input": ItemKind.NUMBER,
    "int range": ItemKind.NUMBER,
    "date input": ItemKind.DATE,
    "time input": ItemKind.TEXT,
    "dateTime input": ItemKind.TEXT,
    "binary upload image/*": ItemKind.PHOTO,
    "barcode input": ItemKind.BARCODE,
    "string trigger": ItemKind.CHOICE,
    "trigger": ItemKind.CHOICE,
    "select one": ItemKind.CHOICE,
    "select all that apply": ItemKind.CHOICES,
}
"""What the question types of the standard are here, in the words that workbook.py has for them."""

_USED = frozenset(
    {
        *("type", "name", "label", "hint", "bind", "control", "choice_filter", "parameters"),
        *("kind", "list", "other", "group", "asks", "reads", "disabled"),
    }
)
_BIND = frozenset({"relevant", "constraint", "jr:constraintMsg", "required"})
YES = frozenset({"yes", "true", "true()", "1"})
NO = frozenset({"", "no", "false", "false()", "0"})


@dataclass
class _Group:
    """A group the reader is in: its section, and whether it is left out."""

    key: str
    title: dict[str, str]
    relevant: str = ""
    left_out: bool = False
    own: bool = False


class Reader:
    """Goes down the rows of a survey once, then takes away what waits for what is not there."""

    def __init__(self, form: Mapping[str, Any], filename: str, requirement: str) -> None:
        self.notes = Notes()
        self._form, self._filename, self._requirement = form, filename, requirement
        self._lists: dict[str, list[tuple[int, dict[str, Any]]]] = {}
        for row, choice in form["choices"]:
            self._lists.setdefault(str(choice.get("list name", "")), []).append((row, choice))
        self._groups: list[_Group] = []
        self._sections: dict[str, dict[str, Any]] = {}
        self._order: dict[str, float] = {}
        self._section_rows: dict[str, int] = {}
        self._questions: list[Question] = []
        self._gone: dict[str, Gone] = {}
        self._columns: dict[str, list[int]] = {}
        self._languages: dict[str, None] = {}

    # -- the whole

    def body(self) -> dict[str, Any]:
        """The body as the rows say it; what is wrong with it, checklist_body.read finds."""
        if self._form.get("links"):
            self.notes.tell("links", sheet="")
        for sheet, row, column in self._form["formulas"]:
            self.notes.tell("formula", row, column, sheet=sheet)
        for row, given in self._form["survey"]:
            self._row(row, given)
        leaving.take_away(self._questions, self._sections, self._gone, self.notes)
        self._tell_columns()
        return self._head() | {"sections": self._kept_sections(), "items": self._items()}

    def _head(self) -> dict[str, Any]:
        settings = {name: unpiped(text) for name, text in self._form["settings"].items()}
        title = settings.get("form_title") or settings.get("title") or Path(self._filename).stem
        head: dict[str, Any] = {
            "title": title[:200] or "XLSForm",
            "languages": list(self._languages) or [""],
            "active": settings.get("tandem_active", "yes").lower() in YES,
            "category": settings.get("tandem_category", ""),
            "service_line": settings.get("tandem_service_line", ""),
        }
        if settings.get("tandem_kinds"):
            head["kinds"] = settings["tandem_kinds"].split()
        try:
            own = json.loads(settings.get("tandem_languages", ""))
        except ValueError:
            return head
        return head | ({"languages": own} if isinstance(own, list) else {})

    def _kept_sections(self) -> list[dict[str, Any]]:
        """The sections that have items, or are our own, in their order."""
        used = {one.item["section"] for one in self._questions}
        keys = [key for key in self._sections if key in used or key in self._order]
        if keys and all(key in self._order for key in keys):
            keys.sort(key=self._order.__getitem__)
        return [self._sections[key] for key in keys]

    def _items(self) -> list[dict[str, Any]]:
        return [one.item for one in self._questions]

    def placed(self, refusal: Refusal) -> Note:
        """A mistake in the body, at the row it came from."""
        part = (refusal.where or "").split("-")
        if part[0] == "items" and len(part) > 1:
            one = self._questions[int(part[1])]
            return Note(SURVEY, one.row, "-".join(part[2:]), one.item["key"], refusal)
        if part[0] == "sections" and len(part) > 1:
            key = self._kept_sections()[int(part[1])]["key"]
            return Note(SURVEY, self._section_rows[key], "-".join(part[2:]), key, refusal)
        return Note(SETTINGS if part[0] == "title" else "", 0, part[0], "", refusal)

    # -- one row

    def _row(self, row: int, given: Mapping[str, Any]) -> None:
        kind = given["kind"]
        if str(given.get("disabled", "")).lower() in YES or not given.get("type"):
            return
        if kind == "begin":
            self._begin(row, given)
        elif kind == "end":
            self._groups.pop()
        elif not any(group.left_out for group in self._groups):
            self._question(row, given)
        elif given.get("name"):
            self._gone[given["name"]] = Gone(None)

    def _begin(self, row: int, given: Mapping[str, Any]) -> None:
        name = str(given.get("name") or f"group_{row}")
        self._gone.setdefault(name, Gone(None))
        inside = any(group.left_out for group in self._groups)
        if inside or given["group"] != "group":
            if not inside:
                self.notes.tell("repeat", row, "type", _called(given))
            self._groups.append(_Group("", {}, left_out=True))
            return
        group = self._group(row, name, given)
        self._groups.append(group)
        self._open(row, group, given)

    def _group(self, row: int, name: str, given: Mapping[str, Any]) -> _Group:
        """The section a group becomes; within another, both titles and both conditions."""
        relevant = self._condition(row, given, "relevant")
        title = self._said(given.get("label"))
        if given.get("tandem_key"):
            return _Group(given["tandem_key"], title, relevant, own=True)
        taken = set(self._sections)
        key = next(k for k in (name, f"{name}_{row}") if k not in taken)
        title = title or {"": name}
        outer = self._groups[-1] if self._groups else None
        if outer is None:
            return _Group(key, title, relevant)
        self.notes.tell("nested", row, "type", _called(given))
        both = [f"({one})" for one in (outer.relevant, relevant) if one]
        return _Group(key, _joined(outer.title, title), " and ".join(both))

    def _open(self, row: int, group: _Group, given: Mapping[str, Any]) -> None:
        if group.key not in self._sections:
            self._section_rows[group.key] = row
            self._sections[group.key] = {
                "key": group.key,
                "title": group.title,
                "relevant": group.relevant,
            }
        order = _number(given.get("tandem_order", ""))
        if group.own and order is not None:
            self._order[group.key] = order

    def _question(self, row: int, given: Mapping[str, Any]) -> None:
        name = str(given.get("name") or f"row_{row}")
        kind = self._kind(given)
        if kind is None:
            note = self.notes.tell("no_counterpart", row, "type", _called(given))
            self._gone[name] = Gone(note)
            return
        self._tell_changed(row, given)
        self._keep_columns(row, given)
        for made in self._made(row, given, name, kind):
            self._questions.append(Question(row, made))

    def _kind(self, given: Mapping[str, Any]) -> ItemKind | None:
        own = given.get("tandem_kind")
        if own in set(ItemKind):
            return ItemKind(own)
        if given["kind"] != "plain":
            return ASKED.get(given["kind"])
        if given["reads"] or _bound(given, "readonly").lower() in YES - NO:
            return ItemKind.NOTE
        drawn = "signature" in _appearance(given).split()
        kind = ASKED.get(given["asks"])
        return ItemKind.SIGNATURE if kind is ItemKind.PHOTO and drawn else kind

    def _made(
        self, row: int, given: Mapping[str, Any], name: str, kind: ItemKind
    ) -> Iterator[dict[str, Any]]:
        """The item of a row; with `or_other`, the question that the standard asks beside it too."""
        own = bool(given.get("tandem_kind"))
        label = self._said(given.get("label"))
        item: dict[str, Any] = {
            "key": name,
            "kind": kind.value,
            "label": label if own else label or self._said(given.get("hint")) or {"": name},
            "section": self._groups[-1].key if self._groups else "",
            "hint": self._said(given.get("hint")),
            "requirement": unpiped(given.get("tandem_requirement", ""))
            if own
            else self._requirement,
            "required": self._required(row, given) and kind is not ItemKind.NOTE,
            "relevant": self._condition(row, given, "relevant"),
            "constraint": self._condition(row, given, "constraint"),
            "constraint_message": self._said((given.get("bind") or {}).get("jr:constraintMsg")),
            "options": list(self._options(row, given, kind, own)),
            "appearance": _appearance(given),
        }
        yield item | (self._own(row, given) if own else _range(given))
        if given.get("other"):
            yield {
                "key": f"{name}_other",
                "kind": ItemKind.TEXT.value,
                "label": {"": "Specify other."},
                "section": item["section"],
                "requirement": self._requirement,
                "required": False,
                "relevant": f"selected(${{{name}}}, 'other')",
            }

    def _own(self, row: int, given: Mapping[str, Any]) -> dict[str, Any]:
        """What only our own workbooks say of an item."""
        yes = {name: given.get(f"tandem_{name}", "").lower() in YES for name in _FLAGS}
        low, high = (_number_or_text(given.get(f"tandem_{name}", "")) for name in ("low", "high"))
        weight = _number_or_text(given.get("tandem_weight", "1"))
        return yes | {
            "required": _bound(given, "required").lower() in YES,
            "weight": int(weight) if isinstance(weight, float) else weight,
            "low": low,
            "high": high,
            "unit": unpiped(given.get("tandem_unit", "")),
            "picture": unpiped(given.get("tandem_picture", "")),
            "appearance": unpiped(given.get("tandem_appearance", "")),
        }

    def _required(self, row: int, given: Mapping[str, Any]) -> bool:
        said = _bound(given, "required").lower()
        if said not in YES | NO:
            self.notes.tell("required_if", row, "required", said)
        return said in YES

    def _said(self, words: Any) -> dict[str, str]:
        """Words by language, as a form names it; `default` is the standard's word for none."""
        if not words:
            return {}
        by = words if isinstance(words, Mapping) else {"default": words}
        said = {
            "" if language == "default" else language: unpiped(str(text))
            for language, text in by.items()
        }
        self._languages.update(dict.fromkeys(said))
        return said

    def _condition(self, row: int, given: Mapping[str, Any], name: str) -> str:
        """A condition that can be followed; one that cannot is left out with a note."""
        text = _bound(given, name)
        if text.lower() in ("", "true()", "yes", "true"):
            return ""
        made = _parsed(text)
        if isinstance(made, Expression):
            return made.text
        word = made.params.get("what", "…")
        self.notes.tell(f"condition.{name}", row, name, text[:200], word=word)
        return ""

    # -- choices

    def _options(
        self, row: int, given: Mapping[str, Any], kind: ItemKind, own: bool
    ) -> Iterator[dict[str, Any]]:
        if kind not in CHOSEN:
            return
        if given["kind"] == "plain":
            yield {"value": "OK", "label": {"": "OK"}}
            return
        listed = self._lists.get(given["list"], [])
        filters = self._filters(row, given, [choice for _, choice in listed])
        for (_, choice), when in zip(listed, filters, strict=True):
            label = self._said(choice.get("label"))
            value = str(choice.get("name", ""))
            yield {"value": value, "label": label if own else label or {"": value}, "when": when}
        if given.get("other") and "other" not in {str(one.get("name")) for _, one in listed}:
            yield {"value": "other", "label": {"": "Other"}}

    def _filters(
        self, row: int, given: Mapping[str, Any], listed: list[dict[str, Any]]
    ) -> list[str]:
        """For each choice, the condition under which it is offered."""
        if any(choice.get("tandem_when") for choice in listed):
            return [str(choice.get("tandem_when", "")) for choice in listed]
        text = str(given.get("choice_filter") or "")
        if not text or given.get("tandem_kind"):
            return [""] * len(listed)
        columns = {name for choice in listed for name, it in choice.items() if isinstance(it, str)}
        made = [
            expression.parse(
                expression.filled(text, {name: str(one.get(name, "")) for name in columns})
            )
            for one in listed
        ]
        for one in made:
            if isinstance(one, Refusal):
                self.notes.tell("filter", row, "choice_filter", text[:200])
                return [""] * len(listed)
        return [one.text for one in made if isinstance(one, Expression)]

    # -- what has no counterpart

    def _tell_changed(self, row: int, given: Mapping[str, Any]) -> None:
        if given.get("tandem_kind"):
            return
        if given.get("asks") in ("time input", "dateTime input"):
            self.notes.tell("as_text", row, "type", _called(given))
        if "${" in json.dumps([given.get("label"), given.get("hint")]):
            self.notes.tell("piped", row, "label", _called(given))

    def _keep_columns(self, row: int, given: Mapping[str, Any]) -> None:
        """Remember which columns of a row say something that is not taken over."""
        beside = [name for name in given if name not in _USED and not name.startswith("tandem_")]
        beside += [name for name in given.get("bind") or {} if name not in _BIND]
        beside += [name for name in given.get("control") or {} if name != "appearance"]
        for name in beside:
            self._columns.setdefault(name, []).append(row)

    def _tell_columns(self) -> None:
        for name, rows in self._columns.items():
            self.notes.tell("column", rows[0], name, "", rows=listed(rows))


_FLAGS = ("critical", "photo_below")


def _parsed(text: str) -> Expression | Refusal:
    """A condition; with curly quotes, as word processors make them, where only so it is one."""
    made = expression.parse(text)
    straight = expression.parse(text.translate(_STRAIGHT))
    return straight if isinstance(made, Refusal) and isinstance(straight, Expression) else made


_STRAIGHT = str.maketrans("“”‘’", "\"\"''")


def _bound(given: Mapping[str, Any], name: str) -> str:
    return str((given.get("bind") or {}).get(name) or "").strip()


def _appearance(given: Mapping[str, Any]) -> str:
    return str((given.get("control") or {}).get("appearance") or "")


def _called(given: Mapping[str, Any]) -> str:
    """A row as people find it: its type and name."""
    name = given.get("name")
    return f"{given['type']} “{name}”" if name else str(given["type"])


def _joined(outer: Mapping[str, str], inner: Mapping[str, str]) -> dict[str, str]:
    """A title within a title, language by language."""
    languages = dict.fromkeys([*outer, *inner])
    both = {
        name: [said_in(outer, name) if name not in outer else outer[name], inner.get(name, "")]
        for name in languages
    }
    return {name: " › ".join(filter(None, parts))[:200] for name, parts in both.items()}


def _range(given: Mapping[str, Any]) -> dict[str, Any]:
    """The limits of a range."""
    if given.get("asks") != "int range":
        return {}
    said = dict(
        part.split("=", 1)
        for part in re.split(r"[\s,;]+", str(given.get("parameters") or ""))
        if "=" in part
    )
    return {"low": _number(said.get("start", "1")), "high": _number(said.get("end", "10"))}


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _number_or_text(text: str) -> float | str | None:
    """A number, nothing, or what stands there instead; checklist_body.read says what is wrong."""
    number = _number(text)
    return number if number is not None else text or None
