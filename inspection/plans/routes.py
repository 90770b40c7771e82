"""The plans both parties agreed on, and the calendar of visits they give."""

from __future__ import annotations

from flask import Blueprint

rooms = Blueprint("plans", __name__)
