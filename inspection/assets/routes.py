"""The tree."""

from flask import Blueprint

rooms = Blueprint("assets", __name__)
