"""Follow-up."""

from flask import Blueprint

rooms = Blueprint("reports", __name__)
