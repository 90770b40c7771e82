"""Pictures that came with a form: refined before the write begins, kept when the form is wrong."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import astuple, dataclass
from typing import Any, cast

from flask import Flask, current_app, g
from sqlalchemy import Row, insert, or_, select, update

from inspection import clock
from inspection.db import db, table, touched
from inspection.idempotency import answer_with
from inspection.photos import uploads
from inspection.photos.manifest import Promised, promised
from inspection.photos.models import AWAITED, Photo
from inspection.photos.pictures import Refined, refine
from inspection.photos.storage import Store, store_at
from inspection.rules.refusal import N_, Refusal
from inspection.web import File, Refused, files, sign, submitted, unsign

FIELD = "photos"
MOST = 5
KEPT_SECONDS = 24 * 3600

_photos = table(Photo)


@dataclass(frozen=True)
class Kept:
    """A refined picture that lies in the store, not yet part of any record.

    Without a `picture`: one whose bytes follow the form (`bytes` of them), see `uploads`.
    """

    received_sha256: str
    picture: str
    thumbnail: str
    width: int
    height: int
    bytes: int
    field: str = FIELD

    @property
    def awaited(self) -> bool:
        """Whether its bytes are still on the phone."""
        return not self.picture


@dataclass(frozen=True)
class Evidence:
    """What of a form's pictures can be used, and why the others cannot."""

    kept: tuple[Kept, ...]
    refused: tuple[Refusal, ...]

    def of(self, field: str) -> tuple[Kept, ...]:
        """The pictures that came with one field."""
        return tuple(kept for kept in self.kept if kept.field == field)

    def insist(self) -> tuple[Kept, ...]:
        """The pictures, when none was refused; else the form is refused and keeps the good ones."""
        if self.refused:
            raise Refused(*self.refused)
        return self.kept


def store() -> Store:
    """The photo store of this app."""
    return cast(Store, current_app.extensions["tandem_photos"])


def init_app(app: Flask) -> None:
    """Open the store the operator chose and let forms show what they kept."""
    app.extensions["tandem_photos"] = store_at(app.extensions["tandem"].storage_url)
    app.jinja_env.globals["kept_photos"] = kept_tokens
    answer_with(uploads.answered)


def received(fields: Collection[str] = (FIELD,)) -> Evidence:
    """Refine what came with this form, and find again what an earlier try left in the store.

    Reads and decodes before any write lock is taken. What is good stays with the form when it is
    shown again, as signed tokens in hidden fields. At most `MOST` pictures for each of `fields`.
    """
    if "evidence" not in g:
        kept = [Kept(*parts) for parts in _kept_before()]
        refused: list[Refusal] = []
        every: list[File | Promised] = [*files(), *promised()]
        for came in every:
            outcome = _taken(came, fields, kept)
            if isinstance(outcome, Refusal):
                refused.append(outcome)
            else:
                kept.append(outcome)
        g.evidence = Evidence(tuple(dict.fromkeys(kept)), tuple(refused))
    return cast(Evidence, g.evidence)


def _kept_before() -> Iterable[list[Any]]:
    for token in submitted().getlist("kept"):
        fields = unsign("kept-photo", token, KEPT_SECONDS)
        if isinstance(fields, list):
            yield fields


def _taken(came: File | Promised, fields: Collection[str], kept: Sequence[Kept]) -> Kept | Refusal:
    field = came.name if isinstance(came, File) else came.field
    if field not in fields:
        return Refusal("form.unknown_file", N_("This form takes no such file."), where=FIELD)
    if sum(one.field == field for one in kept) >= MOST:
        return Refusal(
            "photo.too_many",
            N_("At most %(most)s photos fit; the others were left out."),
            {"most": MOST},
            where=field,
        )
    if isinstance(came, Promised):
        return Kept(came.sha256, "", "", 0, 0, came.bytes, field)
    refined = refine(came.data)
    if isinstance(refined, Refusal):
        return Refusal(refined.code, refined.sentence, refined.params, where=field)
    return keep(refined, field)


def keep(refined: Refined, field: str = FIELD) -> Kept:
    """Put a refined picture into the store; durable when this returns."""
    return Kept(
        refined.sha256_received,
        store().put(refined.picture),
        store().put(refined.thumbnail),
        refined.width,
        refined.height,
        len(refined.picture),
        field,
    )


def kept_tokens() -> list[str]:
    """The signed tokens of the pictures a refused form keeps."""
    evidence: Evidence | None = g.get("evidence")
    return [sign("kept-photo", astuple(kept)) for kept in evidence.kept] if evidence else []


def attach(
    pictures: Iterable[Kept],
    contract_id: int,
    *,
    report_id: int | None = None,
    action_id: int | None = None,
    asset_id: int | None = None,
    event_id: int | None = None,
    visit_id: int | None = None,
    result_id: int | None = None,
    agreement_id: int | None = None,
    organisation_id: int | None = None,
    quarantine_id: int | None = None,
    stage: str = "",
) -> None:
    """Make pictures part of the record, in the caller's transaction; awaited ones are expected."""
    pictures = list(pictures)
    follow = [uploads.Named(one.received_sha256, one.bytes) for one in pictures if one.awaited]
    expected = uploads.await_all(contract_id, follow) if follow else {}
    rows = [
        {
            "contract_id": contract_id,
            "report_id": report_id,
            "action_id": action_id,
            "asset_id": asset_id,
            "event_id": event_id,
            "visit_id": visit_id,
            "result_id": result_id,
            "agreement_id": agreement_id,
            "organisation_id": organisation_id,
            "quarantine_id": quarantine_id,
            "upload_id": expected.get(kept.received_sha256) if kept.awaited else None,
            "stage": stage,
            "standing": AWAITED if kept.awaited else "",
            "received_sha256": kept.received_sha256,
            "picture": kept.picture,
            "thumbnail": kept.thumbnail,
            "width": kept.width,
            "height": kept.height,
            "bytes": kept.bytes,
            "created_at": clock.now(),
        }
        for kept in pictures
    ]
    if rows:
        db.session.execute(insert(_photos), rows)


def of(contract_id: int, **owner: int | Iterable[int]) -> list[Row[Any]]:
    """The visible photos of reports, actions, assets or events, oldest first.

    `owner` names columns and their value or values: `of(1, report_id=[4, 5], event_id=9)`; a photo
    of any of them is found.
    """
    wanted = {
        column: [value] if isinstance(value, int) else list(value)
        for column, value in owner.items()
    }
    theirs = [_photos.c[column].in_(values) for column, values in wanted.items() if values]
    if not theirs:
        return []
    return list(
        db.session.execute(
            select(_photos)
            .where(
                _photos.c.contract_id == contract_id, or_(*theirs), _photos.c.hidden_at.is_(None)
            )
            .order_by(_photos.c.id)
        )
    )


def hide(contract_id: int, photo_id: int, **owner: int) -> bool:
    """Stop showing a photo of that owner (`asset_id=5`); whether it is theirs."""
    ((column, value),) = owner.items()
    result = db.session.execute(
        update(_photos)
        .where(
            _photos.c.contract_id == contract_id,
            _photos.c.id == photo_id,
            _photos.c[column] == value,
        )
        .values(hidden_at=clock.now())
    )
    return touched(result) == 1
