"""A photo for those who may see the record it belongs to: its bytes, and how pages show it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, abort, send_file, url_for
from sqlalchemy import Row, select

from inspection import web
from inspection.db import db, table
from inspection.photos import evidence
from inspection.photos.models import Photo
from inspection.photos.pictures import MEDIA_TYPE

_photos = table(Photo)
THUMBNAIL = 400  # longest side, px


def served(contract_id: int, photo_id: int, size: str) -> Response:
    """The bytes of one visible photo of a contract; the caller has checked who asks."""
    name = db.session.execute(
        select(_photos.c[size]).where(
            _photos.c.contract_id == contract_id,
            _photos.c.id == photo_id,
            _photos.c.hidden_at.is_(None),
        )
    ).scalar()
    if name is None:
        abort(404)
    try:
        file = evidence.store().open(name)
    except FileNotFoundError:
        abort(404)
    answer = send_file(file, mimetype=MEDIA_TYPE, etag=name, max_age=0)
    answer.headers["Cache-Control"] = "private, max-age=3600"
    answer.headers["Content-Disposition"] = f'inline; filename="photo-{photo_id}.jpg"'
    return answer


def shown(photo: Row[Any]) -> Mapping[str, Any]:
    """A photo as the page's macros want it."""
    slug = web.contract().slug
    scale = min(1.0, THUMBNAIL / max(photo.width, photo.height))
    return {
        "url": url_for("photos.photo", contract=slug, photo=photo.id, size="picture"),
        "thumb_url": url_for("photos.photo", contract=slug, photo=photo.id, size="thumbnail"),
        "caption": "",
        "width": round(photo.width * scale),
        "height": round(photo.height * scale),
    }
