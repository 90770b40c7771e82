"""Sign-in, persons and their sessions."""

from flask import Blueprint

rooms = Blueprint("people", __name__)
