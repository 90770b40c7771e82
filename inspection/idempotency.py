"""A replayed form applies once.

Key, record, event and what must be told are one transaction. Same key and content: the first answer
again. Same key, other content: 409, and both are kept. A refused form does not use its key up,
unless it was too late and what it brought is kept beside the record (`offered`).

A form can name the one it was made after (`after`, its key): sent before that one has arrived it is
too early, and waits on the phone.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote_plus
from uuid import UUID

from flask import g, jsonify, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, bindparam, insert, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, mapped_column

from inspection import clock, marks
from inspection.db import Model, begin_writing, collided, db, lock, table
from inspection.rules.refusal import N_, Refusal
from inspection.web import (
    KEY_FIELD,
    Refused,
    current,
    derived_secret,
    files,
    submitted,
    wants_json,
)

_KEY = re.compile(r"[0-9A-Za-z-]{16,64}")
AHEAD = timedelta(days=7)  # a phone whose clock is further ahead says nothing of time
_LAST_MS = 10**14
COLLISIONS = 3  # in a row, after which a form fails
TOO_EARLY = 20  # seconds after which a form that came before its predecessor is sent again
SECRET = frozenset({"receipt", "token"})  # names of variables in addresses
_AFTER = "after"
_NOT_CONTENT = frozenset({KEY_FIELD, "lang", _AFTER})
_FOLLOWS = "photo"  # names a picture that comes after the form; counts as the file it stands for
_more: list[Callable[[], dict[str, Any]]] = []


class Submission(Model, kw_only=True):
    """A form that was applied: who sent it under which key, and what was answered."""

    __tablename__ = "submission"
    __table_args__ = (UniqueConstraint("scope", "key"), Index(None, "received_at"))
    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    scope: Mapped[str] = mapped_column(String(80))  # contract and actor
    key: Mapped[str] = mapped_column(String(64))
    contract_id: Mapped[int | None] = mapped_column(ForeignKey("contract.id"))
    path: Mapped[str] = mapped_column(String(300))
    content_sha256: Mapped[str] = mapped_column(String(64))
    answer: Mapped[dict[str, Any]]
    received_at: Mapped[datetime]


class Variant(Model, kw_only=True):
    """Other content that came under a key already used: kept for the person to decide."""

    __tablename__ = "submission_variant"
    __table_args__ = (UniqueConstraint("scope", "key", "content_sha256"),)
    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    scope: Mapped[str] = mapped_column(String(80))
    key: Mapped[str] = mapped_column(String(64))
    path: Mapped[str] = mapped_column(String(300))
    content_sha256: Mapped[str] = mapped_column(String(64))
    fields: Mapped[list[Any]]
    received_at: Mapped[datetime]


_submissions = table(Submission)
_NEW = insert(_submissions)
_SENT = select(_submissions.c.content_sha256, _submissions.c.path, _submissions.c.answer).where(
    _submissions.c.scope == bindparam("scope_sent"), _submissions.c.key == bindparam("key_sent")
)


@dataclass(frozen=True)
class Done:
    """What a change answers: where to go, what to say there, and the number to remember.

    `{receipt}` in `location` stands for a secret that is stored nowhere: it is made again from the
    key whenever the same form arrives again. `version`: at which it left the record it changed.
    `refused`: nothing was changed, and these (code, sentence, field) say why; what the form brought
    is kept beside the record. `held`: nothing was changed before somebody has looked at it.
    """

    location: str
    said: str = ""
    number: str = ""
    cookie: str = ""
    version: int | None = None
    refused: Sequence[Mapping[str, Any]] = ()
    held: bool = False

    @property
    def remembered(self) -> dict[str, Any]:
        """What is stored of it: the three that every answer has, and what else it says."""
        said = {"location": self.location, "said": self.said, "number": self.number}
        more = {"version": self.version, "refused": list(self.refused), "held": self.held}
        return said | {name: value for name, value in more.items() if value}


def key() -> str:
    """The key of this submission: from the header, the form, or made now."""
    if "submission_key" not in g:
        given = request.headers.get("Idempotency-Key") or submitted().get(KEY_FIELD) or new_key()
        if not _KEY.fullmatch(given):
            raise Refused(
                Refusal(
                    "form.bad_key", N_("An Idempotency-Key has 16 to 64 letters, digits or dashes.")
                ),
                status=400,
            )
        g.submission_key = given
    return str(g.submission_key)


def new_key() -> str:
    """A key for the hidden field of a form."""
    return secrets.token_hex(16)


def made_at() -> datetime | None:
    """When this form was finished, by its phone's clock: its key tells (UUIDv7)."""
    try:
        made = UUID(key())
    except ValueError:
        return None
    at = datetime.fromtimestamp(min(made.int >> 80, _LAST_MS) / 1000, UTC)
    return at if made.version == 7 and at < clock.now() + AHEAD else None


def content_sha256(pairs: list[tuple[str, str]]) -> str:
    """What makes two submissions the same: their sorted pairs, form-encoded (see tests/vectors)."""
    encoded = sorted(f"{_encoded(name)}={_encoded(value)}" for name, value in pairs)
    return hashlib.sha256("&".join(encoded).encode()).hexdigest()


def _encoded(text: str) -> str:
    return quote_plus(text.replace("\r\n", "\n"), safe="*").replace("~", "%7E")


def _content() -> str:
    typed = [(k, v) for k, v in submitted().items(multi=True) if k not in _NOT_CONTENT]
    pairs = [as_content(k, v) for k, v in typed]
    pairs += [(file.name, file.sha256) for file in files()]
    return content_sha256(pairs)


def as_content(name: str, value: str) -> tuple[str, str]:
    """A form is the same whether its pictures came with it or follow: field and hash."""
    if name != _FOLLOWS:
        return name, value
    sha256, _, more = value.partition(";")
    return more.rpartition(";")[2], sha256


def _address() -> str:
    """Where the form was sent, without the secrets an address may hold: they are stored nowhere."""
    known = {name: value for name, value in (request.view_args or {}).items() if name not in SECRET}
    rule = request.url_rule.rule if request.url_rule else request.path
    return f"{rule} {sorted(known.items())}" if known else rule


def actor_scope() -> str:
    """Who sends, within which contract; a stranger can neither probe nor squat another's keys.

    Of somebody anonymous nothing is known that stays: a phone that comes out of the basement has
    another address. Their keys are random enough to be nobody else's.
    """
    who = current()
    place = f"c{who.contract.id}" if who.contract else "-"
    return f"{place}/p{who.person.id}" if who.person else f"{place}/-"


def uploads_secret() -> str:
    """The secret of the address to which the pictures of this form follow it."""
    return derived_secret("uploads", f"{g.submission_scope}/{key()}")


def answer_with(more: Callable[[], dict[str, Any]]) -> None:
    """Let every receipt hold what `more` says of the form that was applied."""
    if more not in _more:
        _more.append(more)


def receipt_secret(scope: str) -> str:
    """The follow-up secret of the report that is being submitted."""
    return derived_secret("receipt", f"{scope}/{key()}")


Offered = Callable[[Refused], Done]
"""Keeps what a form brought that was too late, or raises the refusal again."""


def once(
    write: Callable[[], Done], scope: str | None = None, offered: Offered | None = None
) -> ResponseReturnValue:
    """Apply `write` in one transaction, unless this very form was applied before; then answer.

    Raises whatever `write` raises, after rolling back: the key stays free for the next try. With
    `offered` what `write` refuses is kept instead, in a transaction of its own under the same key.
    What collided with another transaction is done again.
    """
    scope = g.submission_scope = scope or actor_scope()
    for _ in range(COLLISIONS):
        try:
            return _once(write, scope, offered)
        except OperationalError as failure:
            if not collided(failure):
                raise
    return _once(write, scope, offered)


def _once(
    write: Callable[[], Done], scope: str, offered: Offered | None = None
) -> ResponseReturnValue:
    path, content = _address(), _content()
    begin_writing()
    lock(f"submission/{scope}/{key()}")
    before = _found(scope, key())
    if before is None:
        _predecessor(scope)
        try:
            done = write()
        except Refused as no:
            if offered is None:
                raise
            keep, refused = offered, no
            return _once(lambda: keep(refused), scope)
        _remember(done, scope, path, content)
        return _answer(done, scope, content, 201)
    if before.content_sha256 == content and before.path == path:
        db.session.rollback()
        return _answer(Done(**before.answer), scope, content, 200)
    _keep_variant(scope, path, content)
    raise Refused(
        Refusal(
            "form.sent_before",
            N_("This form was already sent with other words. Nothing was changed; both are kept."),
        ),
        status=409,
    )


def _remember(done: Done, scope: str, path: str, content: str) -> None:
    contract = current().contract
    row = {
        "scope": scope,
        "key": key(),
        "contract_id": contract.id if contract else None,
        "path": path,
        "content_sha256": content,
        "answer": done.remembered,
        "received_at": clock.now(),
    }
    db.session.execute(_NEW, row)
    db.session.commit()


def _found(scope: str, sent_as: str) -> Any:
    return db.session.execute(_SENT, {"scope_sent": scope, "key_sent": sent_as}).first()


def _predecessor(scope: str) -> Any:
    """The form that this one was made after; None when it names none.

    Raises `Refused` (409, `form.too_early`) while that one has not arrived.
    """
    sent_as = submitted().get(_AFTER, "")
    before = _found(scope, sent_as) if sent_as else None
    if sent_as and before is None:
        early = N_("What this follows has not arrived yet. It is sent again by itself.")
        raise Refused(Refusal("form.too_early", early), status=409, retry_after=TOO_EARLY)
    return before


def left_before() -> int | None:
    """The version at which the sender's own form before this one left the record, if any did."""
    before = _predecessor(actor_scope())
    return None if before is None else before.answer.get("version")


def pairs() -> list[list[str]]:
    """All that this form says, to be kept as it came; its files by what they are."""
    typed = [[k, v] for k, v in submitted().items(multi=True) if k not in _NOT_CONTENT]
    return typed + [[_FOLLOWS, f"{file.sha256};{len(file.data)};;{file.name}"] for file in files()]


def _keep_variant(scope: str, path: str, content: str) -> None:
    kept = select(Variant.id).where(
        Variant.scope == scope, Variant.key == key(), Variant.content_sha256 == content
    )
    if db.session.execute(kept).first() is None:
        fields = pairs()
        db.session.add(
            Variant(
                scope=scope,
                key=key(),
                path=path,
                content_sha256=content,
                fields=fields,
                received_at=clock.now(),
            )
        )
    db.session.commit()


def _answer(done: Done, scope: str, content: str, status: int) -> ResponseReturnValue:
    location = done.location
    if "{receipt}" in location:
        location = location.replace("{receipt}", receipt_secret(scope))
    if wants_json():
        return _receipt(done, location, content, status)
    if done.refused:
        raise Refused(*(Refusal(no["code"], no["sentence"]) for no in done.refused), status=409)
    if done.said:
        path, _, anchor = location.partition("#")
        location = f"{path}{'&' if '?' in path else '?'}said={done.said}" + (
            f"#{anchor}" if anchor else ""
        )
    return redirect(location, 303)


def _receipt(done: Done, location: str, content: str, status: int) -> ResponseReturnValue:
    """What a program is answered; 409 and 202 are receipts too, of what is kept unapplied."""
    receipt = {
        "ack": key(),
        "sha256": content,
        "number": done.number,
        "said": done.said,
        "location": location,
        **marks.contact(),
        **{name: value for more in _more for name, value in more().items()},
    }
    if done.refused:
        return jsonify(receipt | {"refused": list(done.refused), "kept": True}), 409
    if done.held:
        return jsonify(receipt | {"held": True}), 202
    answer = jsonify(receipt)
    answer.headers["Location"] = location
    return answer, status
