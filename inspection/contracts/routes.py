"""The contract and its people."""

from flask import Blueprint

rooms = Blueprint("contracts", __name__)
