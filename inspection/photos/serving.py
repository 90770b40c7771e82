"""A photo for those who may see the record it belongs to: its bytes, and how pages show it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, abort, send_file, url_for
from sqlalchemy import Row, select, true

from inspection import web
from inspection.db import db, table
from inspection.photos import evidence
from inspection.photos.models import AWAITED, Photo
from inspection.photos.pictures import MEDIA_TYPE

_photos = table(Photo)
SHOWN = ("inline", MEDIA_TYPE, "photo-{}.jpg")
AS_IT_CAME = ("attachment", "application/octet-stream", "photo-{}.bin")  # no browser draws it
THUMBNAIL = 400  # longest side, px


def served(contract_id: int, photo_id: int, size: str, quarantined: bool = False) -> Response:
    """The bytes of one visible photo of a contract; the caller has checked who asks.

    `quarantined`: also one that belongs to no record yet, for those who decide about it.
    """
    found = db.session.execute(
        select(_photos.c[size].label("name"), _photos.c.standing).where(
            _photos.c.contract_id == contract_id,
            _photos.c.id == photo_id,
            _photos.c.hidden_at.is_(None),
            true() if quarantined else _photos.c.quarantine_id.is_(None),
        )
    ).first()
    if found is None or found.standing == AWAITED:
        abort(404)
    try:
        file = evidence.store().open(found.name)
    except FileNotFoundError:
        abort(404)
    shown, mimetype, name = SHOWN if not found.standing else AS_IT_CAME
    answer = send_file(file, mimetype=mimetype, etag=found.name, max_age=0)
    answer.headers["Cache-Control"] = "private, max-age=3600"
    answer.headers["Content-Disposition"] = f'{shown}; filename="{name.format(photo_id)}"'
    return answer


def shown(photo: Row[Any]) -> Mapping[str, Any]:
    """A photo as the page's macros want it."""
    slug = web.contract().slug
    scale = min(1.0, THUMBNAIL / max(photo.width, photo.height, 1))
    return {
        "url": url_for("photos.photo", contract=slug, photo=photo.id, size="picture"),
        "thumb_url": url_for("photos.photo", contract=slug, photo=photo.id, size="thumbnail"),
        "caption": "",
        "standing": photo.standing,
        "width": round(photo.width * scale),
        "height": round(photo.height * scale),
    }
