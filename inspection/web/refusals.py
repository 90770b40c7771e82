"""A rule said no: how that travels from the rule to the person."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext

from inspection.rules.refusal import Refusal


class Refused(Exception):
    """A rule said no; the answer says what, why and what next, and keeps what was typed.

    `retry_after`: seconds after which the same form will do.
    """

    def __init__(self, *refusals: Refusal, status: int = 422, retry_after: int = 0) -> None:
        super().__init__(", ".join(refusal.code for refusal in refusals))
        self.refusals = refusals
        self.status = status
        self.retry_after = retry_after


def accepted(outcome: Any) -> Any:
    """The value a rule gave back; raises `Refused` when it is a refusal (or a list of them)."""
    if isinstance(outcome, Refusal):
        raise Refused(outcome)
    if isinstance(outcome, list) and outcome and isinstance(outcome[0], Refusal):
        raise Refused(*outcome)
    return outcome


def say(refusal: Refusal) -> str:
    """The refusal in the reader's language."""
    words = {
        name: gettext(value) if isinstance(value, str) else value
        for name, value in refusal.params.items()
    }
    sentence = str(gettext(refusal.sentence))
    return sentence % words if words else sentence
