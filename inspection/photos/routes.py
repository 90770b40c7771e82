"""Pictures go only to those who may see the record they belong to; and come in parts."""

from __future__ import annotations

from flask import Blueprint, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue

from inspection import web
from inspection.photos import evidence, uploads
from inspection.photos.serving import served
from inspection.photos.uploads import Arrived
from inspection.rules.access import may
from inspection.web import MEMBER, PUBLIC, allow

rooms = Blueprint("photos", __name__)
OFFSET = "Upload-Offset"


@rooms.get("/c/<contract>/photos/<int:photo>/<any(picture, thumbnail):size>")
@allow(MEMBER)
def photo(contract: str, photo: int, size: str) -> ResponseReturnValue:
    """A photo of this contract."""
    return served(web.contract().id, photo, size, may(web.member(), "release_held"))


# ---------------------------------------------------------------- pictures that follow their form


@rooms.get("/uploads/<secret>")
@allow(PUBLIC)
def uploaded(secret: str) -> ResponseReturnValue:
    """How far the pictures of a form are: `complete` when none is missing."""
    rows = uploads.of(secret)
    if not rows:
        abort(404)
    missing = [row.sha256 for row in rows if row.whole_at is None]
    return jsonify(complete=not missing, missing=missing)


@rooms.get("/uploads/<secret>/<sha256>")
@allow(PUBLIC)
def offset(secret: str, sha256: str) -> ResponseReturnValue:
    """Where a picture goes on (also by HEAD): the header `Upload-Offset`."""
    row = uploads.found(secret, sha256)
    if row is None:
        abort(404)
    return _said(Arrived(row.received, whole=row.whole_at is not None), 200)


@rooms.patch("/uploads/<secret>/<sha256>")
@allow(PUBLIC)
def take(secret: str, sha256: str) -> ResponseReturnValue:
    """The next part of a picture, of `uploads.PART` bytes at most, from `Upload-Offset` on.

    409 and the true offset when it goes on elsewhere; 422 when the whole is not what was named;
    503 when it is all here and cannot be read just now: send an empty part later.
    """
    begins = web.whole(request.headers.get(OFFSET, ""))
    if begins is None:
        abort(400)
    data = request.stream.read(uploads.PART + 1)
    if len(data) > uploads.PART:
        abort(413)
    arrived = uploads.take(evidence.store(), secret, sha256, begins, data)
    if arrived is None:
        abort(404)
    if arrived.refused is not None:
        return _said(arrived, 503 if arrived.refused.code in uploads.LATER else 422)
    return _said(arrived, 409 if arrived.elsewhere else 200)


def _said(arrived: Arrived, status: int) -> Response:
    said = web.say(arrived.refused) if arrived.refused else ""
    answer = jsonify(offset=arrived.offset, whole=arrived.whole, said=said)
    answer.status_code = status
    answer.headers[OFFSET] = str(arrived.offset)
    if status == 503:
        answer.headers["Retry-After"] = "20"
    return answer
