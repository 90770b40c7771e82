"""A visit on a phone: begin, fill in, keep for later, look it over, submit."""

from __future__ import annotations

from flask import Blueprint

rooms = Blueprint("visits", __name__)
