"""Pictures go only to those who may see the record they belong to."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from inspection import web
from inspection.photos.serving import served
from inspection.web import MEMBER, allow

rooms = Blueprint("photos", __name__)


@rooms.get("/c/<contract>/photos/<int:photo>/<any(picture, thumbnail):size>")
@allow(MEMBER)
def photo(contract: str, photo: int, size: str) -> ResponseReturnValue:
    """A photo of this contract."""
    return served(web.contract().id, photo, size)
