"""The checklists of a contract: begin one, change it, try it as on a phone."""

from __future__ import annotations

from flask import Blueprint

rooms = Blueprint("checklists", __name__)
