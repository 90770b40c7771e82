"""What sheets, lists and cells are called, and how words in them may name an answer."""

from __future__ import annotations

import re

SURVEY, CHOICES, SETTINGS = "survey", "choices", "settings"
LEVELS, PASS_FAIL = "tandem_levels", "tandem_pass_fail"
_KEPT = "$\u2060{"
"""How `${` is written where it names no item, which XLSForm would look for: parted, unseen."""


def piped(text: str, names: frozenset[str]) -> str:
    """Words that may hold the name of an item, as XLSForm does: `${name}`, and no other."""
    return re.sub(
        r"\$\{(?!([^{}]*)\})|\$\{(?=([^{}]*)\})",
        lambda found: found[0] if (found[2] or "").strip() in names else _KEPT,
        text,
    )


def unpiped(text: str) -> str:
    """Words of a cell as they were before they were written."""
    return text.replace(_KEPT, "${")
