"""The heads-up map: what was looked at, what is due, what nobody ever looked at."""

from __future__ import annotations

from flask import Blueprint

rooms = Blueprint("coverage", __name__)
