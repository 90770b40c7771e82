"""Which language a page speaks, and in which direction it is read."""

from __future__ import annotations

from typing import cast

from flask import g, request
from flask_babel import get_locale

from inspection.web.current import current

PUBLIC_LANGUAGES = {
    "en": "English",
    "da": "Dansk",
    "sv": "Svenska",
    "nb": "Norsk",
    "fi": "Suomi",
    "de": "Deutsch",
    "pl": "Polski",
    "ar": "العربية",
}
STAFF_LANGUAGES = {"en": "English", "da": "Dansk"}
STAFF_ROOMS = frozenset(
    {
        *("people", "home", "contracts", "agreements", "assets", "alerts", "codes", "notices"),
        *("queue", "bulk", "changes", "deciding", "disagreeing", "duplicates", "moves", "proving"),
        *("views", "look", "photos", "quarantine"),
        *("checklists", "xlsforms", "visits", "visit_pages", "visit_answers", "visit_papers"),
        "offline_visits",
        *("plans", "rounds", "lots", "calendar", "feeds", "coverage"),
        *("worker", "manifest", "preparing"),
    }
)


def language() -> str:
    """The language of the page being shown."""
    if "language" not in g:
        locale = get_locale()
        g.language = str(locale.language) if locale else "en"
    return cast(str, g.language)


def direction() -> str:
    return "rtl" if language() == "ar" else "ltr"


def choose_language() -> str:
    """What was chosen in the address or form, else the person's own, else the phone's."""
    chosen = request.values.get("lang", "")
    offered = STAFF_LANGUAGES if request.blueprint in STAFF_ROOMS else PUBLIC_LANGUAGES
    someone = current().person
    if chosen in offered:
        return chosen
    if someone is not None:
        return someone.language if someone.language in STAFF_LANGUAGES else "en"
    asked = request.accept_languages.best_match([*offered, "no", "nn"], default="en")
    if asked in ("no", "nn"):
        return "nb" if "nb" in offered else "en"
    return asked
