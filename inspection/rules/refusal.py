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
