"""The moves."""

from flask import Blueprint

rooms = Blueprint("actions", __name__)
