"""Why something cannot be done, in words a person can read."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Refusal:
    """What was refused, why, and what to do next.

    `code` is stable and dotted (`photo.truncated`); `sentence` is an English message with
    `%(name)s` places, translated where it is shown; `where` names the form field it belongs to.
    """

    code: str
    sentence: str
    params: Mapping[str, object] = field(default_factory=dict)
    where: str | None = None


def N_(sentence: str) -> str:
    """Mark a sentence for translation where it is written; it is translated where it is shown."""
    return sentence


def missing(where: str | None) -> Refusal:
    """A field that must be filled in is empty."""
    return Refusal("form.missing", N_("This is needed."), where=where)


def not_offered(where: str | None) -> Refusal:
    """Something else than the values of a choice."""
    return Refusal("form.not_a_choice", N_("Choose one of the offered values."), where=where)


def too_long(length: int, limit: int, where: str | None) -> Refusal:
    """More characters than a field can hold."""
    return Refusal(
        "form.too_long",
        N_("This is too long: %(length)s characters, at most %(limit)s fit."),
        {"length": length, "limit": limit},
        where=where,
    )
