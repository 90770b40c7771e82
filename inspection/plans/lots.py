"""Random samples: what was drawn, how to draw it again, and what became of it."""

from __future__ import annotations

from flask import Blueprint

rooms = Blueprint("lots", __name__)
