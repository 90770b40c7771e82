"""The front door: /Q/<code>."""

from flask import Blueprint

rooms = Blueprint("qr", __name__)
