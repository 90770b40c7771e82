"""Today's round, ordered along the building, and signing for it as a whole."""

from __future__ import annotations

from flask import Blueprint

rooms = Blueprint("rounds", __name__)
