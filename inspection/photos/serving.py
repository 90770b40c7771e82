"""The bytes of a photo, for those who may see the record it belongs to."""

from __future__ import annotations

from flask import Response, abort, send_file
from sqlalchemy import select

from inspection.db import db, table
from inspection.photos import evidence
from inspection.photos.models import Photo
from inspection.photos.pictures import MEDIA_TYPE

_photos = table(Photo)


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
