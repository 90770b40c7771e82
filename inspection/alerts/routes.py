"""The inbox."""

from flask import Blueprint

rooms = Blueprint("alerts", __name__)
