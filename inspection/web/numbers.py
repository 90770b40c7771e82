"""Numbers that people can write into an address or a form, and the databases can hold."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import IntegerConverter

LARGEST = 2_147_483_647
"""PostgreSQL's largest id; more is an error there, and SQLite refuses from 64 bits on."""


class Id(IntegerConverter):
    """`<int:name>` in an address; a number no row can have is an address of nothing."""

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **{"max": LARGEST, **options})  # type: ignore[arg-type]


def whole(text: str) -> int | None:
    """The whole number in `text`, if it is one that a row could have."""
    plain = text.strip()
    if not plain.removeprefix("-").isdecimal() or len(plain) > 11 or not plain.isascii():
        return None
    number = int(plain)
    return number if abs(number) <= LARGEST else None


def init_app(app: Flask) -> None:
    """Let addresses hold such numbers only; before any address is added."""
    app.url_map.converters["int"] = Id
