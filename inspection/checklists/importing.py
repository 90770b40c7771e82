"""XLSForm in and out: what is read is shown line by line before anything is kept."""

from __future__ import annotations

from flask import Blueprint

rooms = Blueprint("xlsforms", __name__)
