"""The queue."""

from flask import Blueprint

rooms = Blueprint("queue", __name__)
