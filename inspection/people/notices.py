"""What the last form did, said once at the top of the page it led to."""

from __future__ import annotations

from collections.abc import Mapping

from flask import request
from flask_babel import gettext


def said(sentences: Mapping[str, str]) -> list[tuple[str, str]]:
    """The notice that `?said=` of the address asks for, if it is one of `sentences`."""
    sentence = sentences.get(request.args.get("said", ""))
    return [("done", gettext(sentence))] if sentence else []
