"""What was typed: read once, checked whole, and never lost when the form comes back."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, cast

from flask import g, request
from werkzeug.datastructures import MultiDict

from inspection.rules.refusal import N_, Refusal, missing, not_offered, too_long
from inspection.web.numbers import whole
from inspection.web.refusals import Refused, say

KEY_FIELD = "submission_key"
TRAP_FIELD = "website"  # people never see it, robots fill it in
ALWAYS_ALLOWED = frozenset({KEY_FIELD, TRAP_FIELD, "lang", "version", "photo", "kept", "after"})


@dataclass(frozen=True)
class Field:
    """One field of a form: its kind, its longest value, and whether it must be there."""

    kind: str = "text"  # text, words (several lines), int, date, flag, moment
    limit: int = 200
    required: bool = False
    choices: Iterable[str] | None = None
    default: Any = ""


@dataclass(frozen=True)
class File:
    """A file that came with the form."""

    name: str
    filename: str
    data: bytes = field(repr=False)
    sha256: str = ""


def submitted() -> MultiDict[str, str]:
    """The fields of this post, from a form or from a flat JSON object."""
    if "submitted" not in g:
        posted = _from_json() if request.is_json else request.form
        # PostgreSQL's text cannot hold a NUL, and nobody types one.
        plain = [(k, v.replace("\x00", "")) for k, v in posted.items(multi=True)]
        g.submitted = MultiDict(plain)
    return cast("MultiDict[str, str]", g.submitted)


def _from_json() -> MultiDict[str, str]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise Refused(
            Refusal("form.not_an_object", N_("Send one JSON object with the form's fields."))
        )
    pairs: list[tuple[str, str]] = []
    for name, value in body.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict | list):
                raise Refused(
                    Refusal("form.nested", N_("Fields are flat: text, numbers, yes or no."))
                )
            pairs.append((name, _plain(one)))
    return MultiDict(pairs)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else ""
    return "" if value is None else str(value)


def files() -> list[File]:
    """The files of this post, read once; empty file inputs are left out."""
    if "files" not in g:
        read = []
        for name, storage in request.files.items(multi=True):
            data = storage.read()
            if data or storage.filename:
                read.append(
                    File(name, storage.filename or "", data, hashlib.sha256(data).hexdigest())
                )
        g.files = read
    return cast("list[File]", g.files)


def form(**fields: Field) -> dict[str, Any]:
    """The values of the named fields; every mistake at once, and no field we did not ask for."""
    posted = submitted()
    wrong = [
        Refusal("form.unknown_field", N_("This form has no field “%(name)s”."), {"name": name})
        for name in posted
        if name not in fields and name not in ALWAYS_ALLOWED
    ]
    values: dict[str, Any] = {}
    for name, asked in fields.items():
        value = _value(name, asked, posted.get(name, ""))
        if isinstance(value, Refusal):
            wrong.append(value)
        else:
            values[name] = value
    if wrong:
        raise Refused(*wrong)
    return values


def _value(name: str, asked: Field, raw: str) -> Any:
    text = raw.replace("\r\n", "\n").strip()
    if not text:
        if asked.required:
            return missing(name)
        return False if asked.kind == "flag" else asked.default
    if len(text) > asked.limit:
        return too_long(len(text), asked.limit, name)
    if asked.choices is not None and text not in set(asked.choices):
        return not_offered(name)
    return _KINDS[asked.kind](name, text)


def _number(name: str, text: str) -> int | Refusal:
    number = whole(text)
    if number is not None:
        return number
    return Refusal("form.not_a_number", N_("Write a whole number."), where=name)


def _date(name: str, text: str) -> date | Refusal:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return Refusal("form.not_a_date", N_("Write the date as 2026-12-31."), where=name)


def _moment(name: str, text: str) -> datetime | Refusal:
    wrong = Refusal("form.not_a_moment", N_("This is not a date and time."), where=name)
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return wrong
    return moment if moment.tzinfo is not None else wrong


_KINDS: Mapping[str, Callable[[str, str], Any]] = {
    "text": lambda name, text: " ".join(text.split()),
    "words": lambda name, text: text,
    "flag": lambda name, text: text not in ("0", "false", "no"),
    "int": _number,
    "date": _date,
    "moment": _moment,
}


# ---------------------------------------------------------------- a form that comes back


def refusals() -> tuple[Refusal, ...]:
    """Why the form that is being shown again was refused."""
    refused: Refused | None = g.get("refused")
    return refused.refusals if refused else ()


def mistake(name: str) -> str:
    """The sentence beside the field `name` of a refused form, or nothing."""
    return next((say(refusal) for refusal in refusals() if refusal.where == name), "")


def mistakes_elsewhere() -> list[str]:
    """The sentences of a refused form that belong to no field."""
    return [say(refusal) for refusal in refusals() if refusal.where is None]


def typed(name: str, otherwise: Any = "") -> Any:
    """What was typed into the field `name` of a refused form, else `otherwise`."""
    if "refused" in g and name in submitted():
        return submitted()[name]
    return otherwise


def typed_pairs() -> list[tuple[str, str]]:
    """Everything typed into the refused form, for a page that knows nothing of its fields."""
    return [(k, v) for k, v in submitted().items(multi=True) if k not in (KEY_FIELD, TRAP_FIELD)]
