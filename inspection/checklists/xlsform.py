"""XLSForm in and out: a checklist from somebody's workbook, a workbook from a checklist.

Nothing is half read: a form becomes the body of a checklist with a list of what has no counterpart
here, row by row, or it is refused with rows and reasons. The workbook itself is opened by a program
of its own (workbook.py). What XLSForm has no words for travels in columns `tandem_…`, which other
programs leave alone, so that our own checklists come back as they went.
"""

from __future__ import annotations

import io
import json
import logging
import re
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

from inspection.rules import checklist as rule
from inspection.rules import expression, scale
from inspection.rules.checklist import FAIL, PASS, Checklist, Item, ItemKind, Section
from inspection.rules.expression import Expression
from inspection.rules.refusal import N_, Refusal

log = logging.getLogger(__name__)

MOST_BYTES = 10_000_000
LONGEST_READING_S = 30.0
MOST_ANSWER_BYTES = 40_000_000
PROGRAM = Path(__file__).with_name("workbook.py")
SURVEY, CHOICES, SETTINGS = "survey", "choices", "settings"
LEVELS, PASS_FAIL = "tandem_levels", "tandem_pass_fail"


@dataclass(frozen=True)
class Note:
    """What becomes of one row, or why it cannot be read; row 0: of the whole workbook.

    `what` names what stands there, as it stands there.
    """

    sheet: str
    row: int
    column: str
    what: str
    why: Refusal


@dataclass(frozen=True)
class Imported:
    """The body of a checklist, and what of the workbook did not become part of it."""

    body: dict[str, Any]
    notes: tuple[Note, ...] = ()


def read(data: bytes, filename: str, requirement: str = "") -> Imported | list[Note]:
    """The checklist in a workbook (.xlsx or .xls), or every reason against it.

    `requirement` is what items belong to that name none themselves.
    """
    form = _opened(data)
    if isinstance(form, Note):
        return [form]
    reader = _Reader(form, filename, requirement)
    body = reader.body()
    outcome = rule.read(body)
    if isinstance(outcome, list):
        return [reader.placed(refusal) for refusal in outcome]
    return Imported(rule.write(outcome), tuple(sorted(reader.notes, key=_in_order)))


def _in_order(note: Note) -> tuple[bool, bool, int]:
    return note.sheet != "", note.sheet != SURVEY, note.row


# ---------------------------------------------------------------- the workbook, opened elsewhere

SENTENCES: Mapping[str, str] = {
    "empty": N_("That file is empty."),
    "too_large": N_("That file is larger than %(megabytes)s MB."),
    "no_workbook": N_("That file is no workbook. Send an .xlsx or .xls file."),
    "damaged": N_("That workbook could not be read: the file is damaged."),
    "encrypted": N_("That workbook is protected by a password. Save it without one."),
    "macros": N_("That workbook holds macros. Save it as .xlsx, without them, and send that."),
    "entities": N_("That workbook holds a document type, which no workbook needs."),
    "bomb": N_("That workbook unpacks to far more than a checklist can be."),
    "took_too_long": N_("That workbook took too long to read."),
    "too_many_rows": N_("A sheet has more than %(most)s rows. A checklist has at most %(items)s."),
    "no_survey": N_("There is no sheet called “survey”, so this is no XLSForm. Sheets: %(said)s."),
    "no_list": N_("The list “%(said)s” is not on the sheet “choices”."),
    "column_twice": N_("The column “%(said)s” stands twice."),
    "standard": N_("XLSForm does not allow this: %(said)s"),
}


def _refused(why: str, sheet: str = "", row: int = 0, said: str = "", most: Any = 0) -> Note:
    params = {
        "megabytes": MOST_BYTES // 1_000_000,
        "most": most,
        "items": rule.MOST_ITEMS,
        "said": said,
    }
    sentence = SENTENCES[why]
    used = {name: value for name, value in params.items() if f"%({name})s" in sentence}
    return Note(sheet, row, "", "", Refusal(f"xlsform.{why}", sentence, used, where="file"))


def _opened(data: bytes) -> dict[str, Any] | Note:
    """What stands in the workbook, from a program that limits itself."""
    if not data:
        return _refused("empty")
    if len(data) > MOST_BYTES:
        return _refused("too_large")
    try:
        done = subprocess.run(  # noqa: S603 - our own program, and no word of it comes from outside
            [sys.executable, "-I", str(PROGRAM)],
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={},
            timeout=LONGEST_READING_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return _refused("took_too_long")
    if done.returncode == -signal.SIGXCPU:
        return _refused("took_too_long")
    try:
        answer = json.loads(done.stdout[:MOST_ANSWER_BYTES].decode())
    except ValueError:
        log.warning("a workbook of %d bytes ended its reader: %d", len(data), done.returncode)
        return _refused("damaged")
    return _why_not(answer) if "refused" in answer else dict(answer)


_ROW = re.compile(r"\[row : (\d+)\]\s*")
_SHEET = re.compile(r"On the '(\w+)' sheet, ")
_LIST = re.compile(r"List name not in choices sheet: (.+)")


def _why_not(answer: Mapping[str, Any]) -> Note:
    """A refusal of the program, with the sheet and row it names."""
    why, said = answer["refused"], str(answer.get("said", ""))
    if why != "standard":
        log.info("workbook refused: %s %s", why, said)
        return _refused(why, answer.get("sheet", ""), 0, said, answer.get("most", 0))
    row, sheet = _ROW.search(said), _SHEET.search(said)
    at = sheet[1] if sheet else SURVEY if row else ""
    plain = _SHEET.sub("", _ROW.sub("", said)).partition(" Learn more: ")[0].strip()
    if found := _LIST.fullmatch(plain):
        return _refused("no_list", at, int(row[1]) if row else 0, found[1])
    return _refused("standard", at, int(row[1]) if row else 0, plain)


# ---------------------------------------------------------------- reading


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
_PLAIN_NAMES = {"list name", "name", "label", "media", "tandem_when"}


@dataclass
class _Group:
    """A group the reader is in: its section, and whether it is left out."""

    key: str
    title: dict[str, str]
    relevant: str = ""
    left_out: bool = False
    own: bool = False


@dataclass
class _Question:
    """A row that may become an item."""

    row: int
    item: dict[str, Any]
    uses: frozenset[str] = frozenset()
    after: str = ""  # the section's name, whose condition counts too


@dataclass
class _Gone:
    """A name nobody answers here."""

    note: int | None  # which of the notes says so
    rows: list[int] = field(default_factory=list)  # that are left out because of it


class _Reader:
    """Goes down the rows of a survey once, then takes away what waits for what is not there."""

    def __init__(self, form: Mapping[str, Any], filename: str, requirement: str) -> None:
        self.notes: list[Note] = []
        self._form, self._filename, self._requirement = form, filename, requirement
        self._lists: dict[str, list[tuple[int, dict[str, Any]]]] = {}
        for row, choice in form["choices"]:
            self._lists.setdefault(str(choice.get("list name", "")), []).append((row, choice))
        self._groups: list[_Group] = []
        self._sections: dict[str, dict[str, Any]] = {}
        self._order: dict[str, float] = {}
        self._section_rows: dict[str, int] = {}
        self._questions: list[_Question] = []
        self._gone: dict[str, _Gone] = {}
        self._columns: dict[str, list[int]] = {}
        self._languages: dict[str, None] = {}

    # -- the whole

    def body(self) -> dict[str, Any]:
        """The body as the rows say it; what is wrong with it, checklist.read finds."""
        if self._form.get("links"):
            self._note("", 0, "", "", "links", N_("The links to other files are not followed."))
        for sheet, row, column in self._form["formulas"]:
            self._note(
                sheet,
                row,
                column,
                "",
                "formula",
                N_("A formula is not worked out; taken is what the cell last showed."),
            )
        for row, given in self._form["survey"]:
            self._row(row, given)
        self._take_away()
        self._tell_columns()
        return self._head() | {"sections": self._kept_sections(), "items": self._items()}

    def _head(self) -> dict[str, Any]:
        settings = {name: _unpiped(text) for name, text in self._form["settings"].items()}
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

    def _note(
        self, sheet: str, row: int, column: str, what: str, code: str, why: str, **params: object
    ) -> int:
        refusal = Refusal(f"xlsform.{code}", why, params)
        self.notes.append(Note(sheet, row, column, what, refusal))
        return len(self.notes) - 1

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
            self._gone[given["name"]] = _Gone(None)

    def _begin(self, row: int, given: Mapping[str, Any]) -> None:
        name = str(given.get("name") or f"group_{row}")
        self._gone.setdefault(name, _Gone(None))
        inside = any(group.left_out for group in self._groups)
        if inside or given["group"] != "group":
            if not inside:
                self._note(
                    SURVEY,
                    row,
                    "type",
                    _called(given),
                    "repeat",
                    N_("Repeated questions have no counterpart; all within are left out."),
                )
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
        self._note(
            SURVEY,
            row,
            "type",
            _called(given),
            "nested",
            N_("A group within a group becomes a section of its own."),
        )
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
            note = self._note(
                SURVEY,
                row,
                "type",
                _called(given),
                "no_counterpart",
                N_("This has no counterpart here and is left out."),
            )
            self._gone[name] = _Gone(note)
            return
        self._tell_changed(row, given)
        self._keep_columns(row, given)
        for made in self._made(row, given, name, kind):
            self._questions.append(_Question(row, made))

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
            "requirement": _unpiped(given.get("tandem_requirement", ""))
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
            "unit": _unpiped(given.get("tandem_unit", "")),
            "picture": _unpiped(given.get("tandem_picture", "")),
            "appearance": _unpiped(given.get("tandem_appearance", "")),
        }

    def _required(self, row: int, given: Mapping[str, Any]) -> bool:
        said = _bound(given, "required").lower()
        if said not in YES | NO:
            self._note(
                SURVEY,
                row,
                "required",
                said,
                "required_if",
                N_("Needed only sometimes is not known here; it need not be answered."),
            )
        return said in YES

    def _said(self, words: Any) -> dict[str, str]:
        """Words by language, as a form names it; `default` is the standard's word for none."""
        if not words:
            return {}
        by = words if isinstance(words, Mapping) else {"default": words}
        said = {
            "" if language == "default" else language: _unpiped(str(text))
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
        self._note(SURVEY, row, name, text[:200], "condition", _NOT_READ[name], word=word)
        return ""

    # -- choices

    def _options(
        self, row: int, given: Mapping[str, Any], kind: ItemKind, own: bool
    ) -> Iterator[dict[str, Any]]:
        if kind not in rule.CHOSEN:
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
                self._note(
                    SURVEY,
                    row,
                    "choice_filter",
                    text[:200],
                    "filter",
                    N_("This filter cannot be followed; all choices are offered."),
                )
                return [""] * len(listed)
        return [one.text for one in made if isinstance(one, Expression)]

    # -- what has no counterpart

    def _tell_changed(self, row: int, given: Mapping[str, Any]) -> None:
        if given.get("tandem_kind"):
            return
        if given.get("asks") in ("time input", "dateTime input"):
            self._note(
                SURVEY,
                row,
                "type",
                _called(given),
                "as_text",
                N_("A time of day is asked as text here."),
            )
        if "${" in json.dumps([given.get("label"), given.get("hint")]):
            self._note(
                SURVEY,
                row,
                "label",
                _called(given),
                "piped",
                N_("Answers are not put into words here; “${…}” stays as it is written."),
            )

    def _keep_columns(self, row: int, given: Mapping[str, Any]) -> None:
        """Remember which columns of a row say something that is not taken over."""
        beside = [name for name in given if name not in _USED and not name.startswith("tandem_")]
        beside += [name for name in given.get("bind") or {} if name not in _BIND]
        beside += [name for name in given.get("control") or {} if name != "appearance"]
        for name in beside:
            self._columns.setdefault(name, []).append(row)

    def _tell_columns(self) -> None:
        for name, rows in self._columns.items():
            self._note(
                SURVEY,
                rows[0],
                name,
                "",
                "column",
                N_("This column is not taken over. Rows: %(rows)s"),
                rows=_listed(rows),
            )

    # -- what waits for what is not there

    def _take_away(self) -> None:
        """Leave out what is asked only because of an answer that nobody gives here."""
        hidden = {
            key: _names(one["relevant"]) for key, one in self._sections.items() if one["relevant"]
        }
        while True:
            waiting = [one for one in self._questions if self._waits(one, hidden)]
            if not waiting:
                break
            for one in waiting:
                self._leave_out(one, self._waits(one, hidden))
        for one in self._questions:
            self._without(one)
        for key, names in hidden.items():
            if names & set(self._gone):
                self._sections[key]["relevant"] = ""
        self._tell_because()

    def _waits(self, one: _Question, hidden: Mapping[str, frozenset[str]]) -> list[str]:
        used = _names(one.item.get("relevant", "")) | hidden.get(one.item["section"], frozenset())
        return sorted(used & (set(self._gone)))

    def _leave_out(self, one: _Question, because: list[str]) -> None:
        self._questions.remove(one)
        self._gone.setdefault(one.item["key"], _Gone(None))
        self._gone[because[0]].rows.append(one.row)
        self._note(
            SURVEY,
            one.row,
            "relevant",
            one.item["key"],
            "waits",
            N_("This is asked because of “%(name)s”, which is left out; so is this."),
            name=because[0],
        )

    def _without(self, one: _Question) -> None:
        """Take conditions on answers that nobody gives from what is asked all the same."""
        gone = set(self._gone)
        if _names(one.item.get("constraint", "")) & gone:
            text, one.item["constraint"] = one.item["constraint"], ""
            self._note(
                SURVEY,
                one.row,
                "constraint",
                text[:200],
                "condition",
                N_("This limit uses what is left out; every answer is taken."),
            )
        options = one.item.get("options") or []
        if any(_names(option.get("when", "")) & gone for option in options):
            one.item["options"] = [option | {"when": ""} for option in options]
            self._note(
                SURVEY,
                one.row,
                "choice_filter",
                one.item["key"],
                "filter",
                N_("This filter cannot be followed; all choices are offered."),
            )

    def _tell_because(self) -> None:
        for gone in self._gone.values():
            if gone.rows and gone.note is not None:
                note = self.notes[gone.note]
                why = Refusal(
                    note.why.code,
                    N_(
                        "This has no counterpart here and is left out; conditions use it, so"
                        " these rows are left out too: %(rows)s"
                    ),
                    {"rows": _listed(gone.rows)},
                )
                self.notes[gone.note] = replace(note, why=why)


_FLAGS = ("critical", "photo_below")
_NOT_READ = {
    "relevant": N_("“%(word)s” in this condition is not understood; it is asked always."),
    "constraint": N_("“%(word)s” in this limit is not understood; every answer is taken."),
}


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
        name: [rule.said(outer, name) if name not in outer else outer[name], inner.get(name, "")]
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
    """A number, nothing, or what stands there instead; checklist.read says what is wrong."""
    number = _number(text)
    return number if number is not None else text or None


def _names(text: str) -> frozenset[str]:
    made = expression.parse(text) if text else None
    return made.names if isinstance(made, Expression) else frozenset()


def _listed(rows: Iterable[int]) -> str:
    return ", ".join(str(row) for row in dict.fromkeys(rows))


# ---------------------------------------------------------------- writing

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
_KEPT = "$\u2060{"
"""How `${` is written where it names no item, which XLSForm would look for: parted, unseen."""
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
    return [list(said), [_piped(text, frozenset()) for text in said.values()]]


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
        "choice_filter": _filter(item) if item.kind in rule.CHOSEN else "",
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
            _piped(row.get(column, {}).get(language, ""), names)
            if column in _SAID
            else _piped(row.get(column, ""), names if column in _CONDITIONS else frozenset())
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


def _piped(text: str, names: frozenset[str]) -> str:
    """Words that may hold the name of an item, as XLSForm does: `${name}`, and no other."""
    return re.sub(
        r"\$\{(?!([^{}]*)\})|\$\{(?=([^{}]*)\})",
        lambda found: found[0] if (found[2] or "").strip() in names else _KEPT,
        text,
    )


def _unpiped(text: str) -> str:
    return text.replace(_KEPT, "${")


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
