"""Calendars for other programs, at an address only its owner knows."""

from __future__ import annotations

from flask import Blueprint

rooms = Blueprint("feeds", __name__)
