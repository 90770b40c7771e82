"""What a visit found, for both parties: the page, the list, and what is printed."""

from __future__ import annotations

from flask import Blueprint

rooms = Blueprint("visit_pages", __name__)
