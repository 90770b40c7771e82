"""The form of a checklist, read and shown: items and headings in one list, in their places.

A heading is a row between items: an item belongs to the last heading above it. `label` is in the
first language; the same in the next is `label-1`. A row that says nothing is left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from inspection.contracts.typed import ADD, REMOVE, Typed, rows
from inspection.photos import evidence
from inspection.rules.checklist import ItemKind
from inspection.rules.refusal import Refusal
from inspection.web import submitted, whole

ITEMS, SECTIONS, LANGUAGES = "items", "sections", "languages"
FIELDS = frozenset(
    {"title", "kinds", "category", "service_line", "retired", "items-", "sections-", "languages-"}
)
SAME = "="
"""The requirement of the item above."""

_LAST = 10_000_000
_STEP = 10
_WORDS = ("label", "hint", "constraint_message")
_PLAIN = ("kind", "relevant", "constraint", "unit", "appearance")
_FLAGS = ("critical", "required", "photo_below")
_SAYS = ("key", *_WORDS, "relevant", "constraint", "unit", "low", "high", "options")
_SENTENCE_BREAK = re.compile(r"(?<!\\)\|")
_WHEN = "if: "


@dataclass(frozen=True)
class Row:
    """One row of the form: an item or a heading, its name in the fields, and what they hold."""

    prefix: str
    name: str
    fields: Mapping[str, str]

    @property
    def at(self) -> str:
        return f"{self.prefix}-{self.name}"


@dataclass(frozen=True)
class Language:
    """A language of the form: its number in the fields, its name, whether the body lists it."""

    number: int
    name: str
    listed: bool = True


@dataclass(frozen=True)
class Shown:
    """What the form shows: its head, its languages, and its rows in order."""

    head: Mapping[str, Any]
    languages: Sequence[Language]
    rows: Sequence[Row]
    kept: Mapping[str, str] = field(default_factory=dict)  # token of a picture by its field

    @property
    def items(self) -> int:
        return sum(row.prefix == ITEMS for row in self.rows)


# ---------------------------------------------------------------- names


def key_of(label: str, taken: Iterable[str], otherwise: str = "item") -> str:
    """A name that conditions can use, made from words: "Floor is dry" is floor_is_dry.

    The browser makes the same (static/js/rules/checklist.js; examples in tests/vectors).
    """
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "_", plain)[:40].strip("_") or otherwise
    stem = f"{otherwise}_{stem}" if stem[0].isdecimal() else stem
    known = set(taken)
    numbers = ("", *(f"_{n}" for n in range(2, len(known) + 3)))
    return next(stem + number for number in numbers if stem + number not in known)


def _in(name: str, language: int) -> str:
    return f"{name}-{language}" if language else name


# ---------------------------------------------------------------- reading


def checklist() -> Typed:
    """The body that was typed, and the pictures that came with it; raises `Refused` for those."""
    rows_typed = _in_order()
    pictures = evidence.received([f"{row.at}-picture" for row in rows_typed if row.prefix == ITEMS])
    pictures.insist()
    posted = submitted()
    reading = _Reading(_languages_typed(), rows_typed)
    sections, items = reading.all()
    body = {
        "title": posted.get("title", "").strip(),
        "kinds": posted.getlist("kinds"),
        "category": posted.get("category", ""),
        "service_line": posted.get("service_line", "").strip(),
        "languages": [one.name for one in reading.languages if one.listed] or [""],
        "active": not posted.get("retired"),
        "sections": sections,
        "items": items,
    }
    return _Typed(body, reading.came_from, pictures.kept)


class _Typed(Typed):
    """Choices are one field, whichever of them is wrong."""

    def beside(self, refusal: Refusal) -> Refusal:
        found = super().beside(refusal)
        before, options, _ = (found.where or "").partition("-options-")
        return replace(found, where=f"{before}-options") if options else found


def _in_order() -> list[Row]:
    """The typed rows in their places; those without a place last, headings first."""
    found = [Row(prefix, *one) for prefix in (SECTIONS, ITEMS) for one in rows(prefix).items()]
    return sorted(found, key=lambda row: _place(row.fields))


def _place(fields: Mapping[str, str]) -> int:
    found = whole(fields.get("position", ""))
    return _LAST if found is None else found


def _languages_typed() -> list[Language]:
    found = [
        Language(n, row.get("name", ""), row.get("listed") != "0")
        for n, row in enumerate(rows(LANGUAGES).values())
        if n == 0 or (row.get("name") and not row.get(REMOVE))
    ]
    return found or [Language(0, "")]


class _Reading:
    """Reads rows in order: what each means depends on those above it."""

    def __init__(self, languages: Sequence[Language], found: Sequence[Row]) -> None:
        self.languages = languages
        self.rows = [row for row in found if not row.fields.get(REMOVE) and self._says(row)]
        self.taken = {
            prefix: {row.fields.get("key", "") for row in self.rows if row.prefix == prefix}
            for prefix in (ITEMS, SECTIONS)
        }
        self.came_from: dict[str, str] = {}
        self.section = self.requirement = ""

    def _says(self, row: Row) -> bool:
        names = _SAYS if row.prefix == ITEMS else ("key", "title", "relevant")
        wanted = {_in(name, one.number) for name in names for one in self.languages}
        return any(row.fields.get(name) for name in wanted)

    def all(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The sections and the items."""
        made: dict[str, list[dict[str, Any]]] = {SECTIONS: [], ITEMS: []}
        for row in self.rows:
            self.came_from[f"{row.prefix}-{len(made[row.prefix])}"] = row.at
            read = self._item if row.prefix == ITEMS else self._heading
            made[row.prefix].append(read(row))
        return made[SECTIONS], made[ITEMS]

    def _words(self, row: Row, name: str) -> dict[str, str]:
        texts = {one.name: row.fields.get(_in(name, one.number), "") for one in self.languages}
        return {language: text for language, text in texts.items() if text}

    def _key(self, row: Row, words: Mapping[str, str], otherwise: str) -> str:
        given = row.fields.get("key")
        if given:
            return given
        made = key_of(next(iter(words.values()), ""), self.taken[row.prefix], otherwise)
        self.taken[row.prefix].add(made)
        return made

    def _heading(self, row: Row) -> dict[str, Any]:
        title = self._words(row, "title")
        self.section = self._key(row, title, "section")
        return {"key": self.section, "title": title, "relevant": row.fields.get("relevant", "")}

    def _item(self, row: Row) -> dict[str, Any]:
        fields = row.fields
        wanted = fields.get("requirement", "")
        requirement = self.requirement if wanted == SAME else wanted
        self.requirement = requirement or self.requirement
        words = {name: self._words(row, name) for name in _WORDS}
        return {
            "key": self._key(row, words["label"], "item"),
            "section": fields.get("section", self.section),
            "requirement": requirement,
            "weight": _whole(fields.get("weight", "1")),
            "low": _number(fields.get("low", "")),
            "high": _number(fields.get("high", "")),
            "options": read_options(fields.get("options", ""), self.languages),
            "picture": _picture(row),
            **words,
            **{name: fields.get(name, "") for name in _PLAIN},
            **{name: bool(fields.get(name)) for name in _FLAGS},
        }


def _whole(text: str) -> Any:
    found = whole(text)
    return text if found is None else found


def _number(text: str) -> Any:
    """A number as people write it, or what was typed instead; the rules say what is wrong."""
    try:
        found = float(text.replace(",", "."))
    except ValueError:
        return text or None
    return int(found) if found.is_integer() else found


def _picture(row: Row) -> str:
    if row.fields.get("unpictured"):
        return ""
    came = evidence.received().of(f"{row.at}-picture")
    return came[-1].thumbnail if came else row.fields.get("pictured", "")


def read_options(text: str, languages: Sequence[Language]) -> list[dict[str, Any]]:
    """Choices from lines `value | label | label in the next language | if: condition`.

    A line with a label alone gets its value from it; `\\|` is a bar in a text.
    """
    made: list[dict[str, Any]] = []
    for line in filter(None, map(str.strip, text.split("\n"))):
        parts = [part.strip().replace("\\|", "|") for part in _SENTENCE_BREAK.split(line)]
        when = parts.pop().removeprefix(_WHEN) if parts[-1].startswith(_WHEN) else ""
        if len(parts) == 1:
            parts.insert(0, key_of(parts[0], (one["value"] for one in made), "choice"))
        named = zip(languages, parts[1:], strict=False)
        label = {language.name: part for language, part in named if part}
        made.append({"value": parts[0], "label": label, "when": when})
    return made


# ---------------------------------------------------------------- showing


def shown(body: Mapping[str, Any], came_back: bool) -> Shown:
    """The form of a body, or as it was typed when it `came_back`."""
    if came_back:
        posted = submitted()
        languages = _languages_typed()
        head = {
            "title": posted.get("title", ""),
            "kinds": posted.getlist("kinds"),
            "category": posted.get("category", ""),
            "service_line": posted.get("service_line", ""),
            "active": not posted.get("retired"),
        }
        kept = zip(evidence.received().kept, evidence.kept_tokens(), strict=True)
        tokens = {one.field: token for one, token in kept}
        return Shown(head, languages, [*_in_order(), *_added()], tokens)
    languages = _languages_of(body)
    found = list(_rows_of(body, languages))
    return Shown(body, languages, found if body["items"] else [*found, _blank(found)])


def _added() -> Iterator[Row]:
    """The row more that was asked for."""
    wanted = submitted().get(ADD)
    if wanted in (ITEMS, SECTIONS):
        yield _blank(_in_order(), wanted)


def _blank(above: Sequence[Row], prefix: str = ITEMS) -> Row:
    names = [int(row.name) for row in above if row.prefix == prefix and row.name.isdecimal()]
    places = [_place(row.fields) for row in above if _place(row.fields) < _LAST]
    place = {"position": str(max(places, default=0) + _STEP)}
    fresh = new_item(bool(above)) if prefix == ITEMS else {}
    return Row(prefix, str(max(names, default=-1) + 1), {**fresh, **place})


def new_item(has_one_above: bool = True) -> dict[str, str]:
    """What the fields of an item hold before anything was typed."""
    same = SAME if has_one_above else ""
    return {"kind": ItemKind.LEVEL.value, "requirement": same, "weight": "1", "required": "1"}


def _languages_of(body: Mapping[str, Any]) -> list[Language]:
    """Those the body lists, then those it uses all the same."""
    listed = list(body.get("languages") or [""])
    words = [one.get(name) for one in body["items"] for name in _WORDS]
    words += [one.get("title") for one in body.get("sections", [])]
    words += [each.get("label") for one in body["items"] for each in one.get("options") or ()]
    used = dict.fromkeys(
        language for one in words for language in (_said(one) if one else {}) if _said(one)
    )
    extra = [name for name in used if name not in listed]
    return [Language(n, name, n < len(listed)) for n, name in enumerate([*listed, *extra])]


def _said(words: Any) -> Mapping[str, str]:
    return {"": words} if isinstance(words, str) else dict(words or {})


def _rows_of(body: Mapping[str, Any], languages: Sequence[Language]) -> Iterator[Row]:
    """Items before any heading, then each heading with its items."""
    names = [str(one.get("key")) for one in body.get("sections", [])]
    by_section: dict[str, list[tuple[int, Mapping[str, Any]]]] = {name: [] for name in ["", *names]}
    for n, one in enumerate(body["items"]):
        by_section.get(str(one.get("section") or ""), by_section[""]).append((n, one))
    place = 0
    for n, section in enumerate([None, *body.get("sections", [])]):
        if section is not None:
            place += _STEP
            fields = {
                "key": str(section["key"]),
                "relevant": section.get("relevant") or "",
                **_spoken("title", section.get("title"), languages),
            }
            yield Row(SECTIONS, str(n - 1), fields | {"position": str(place)})
        for number, one in by_section[str(section["key"]) if section else ""]:
            place += _STEP
            yield Row(ITEMS, str(number), _fields(one, languages) | {"position": str(place)})


def _spoken(name: str, words: Any, languages: Sequence[Language]) -> dict[str, str]:
    said = _said(words)
    return {_in(name, one.number): said[one.name] for one in languages if said.get(one.name)}


def _fields(one: Mapping[str, Any], languages: Sequence[Language]) -> dict[str, str]:
    found = {
        "key": str(one.get("key") or ""),
        "requirement": one.get("requirement") or "",
        "weight": str(one.get("weight", 1)),
        "low": _written(one.get("low")),
        "high": _written(one.get("high")),
        "pictured": one.get("picture") or "",
        "options": write_options(one.get("options") or [], languages),
        **{name: str(one.get(name) or "") for name in _PLAIN},
        **{name: "1" for name in _FLAGS if one.get(name, name == "required")},
    }
    for name in _WORDS:
        found |= _spoken(name, one.get(name), languages)
    return found


def _written(value: Any) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def write_options(options: Iterable[Mapping[str, Any]], languages: Sequence[Language]) -> str:
    """Choices as `read_options` reads them."""
    return "\n".join(" | ".join(_line(one, languages)) for one in options)


def _line(option: Mapping[str, Any], languages: Sequence[Language]) -> list[str]:
    said = _said(option.get("label"))
    labels = [said.get(one.name, "") for one in languages]
    while len(labels) > 1 and not labels[-1]:
        labels.pop()
    parts = [part.replace("|", "\\|") for part in (str(option["value"]), *labels)]
    when = option.get("when")
    return [*parts, _WHEN + str(when).replace("|", "\\|")] if when else parts
