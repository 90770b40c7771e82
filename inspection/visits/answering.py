"""What the other party says to a visit: comments, contested answers, agreement, amendments."""

from __future__ import annotations

from flask import Blueprint

rooms = Blueprint("visit_answers", __name__)
