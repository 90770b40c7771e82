"""Mails to persons, in their language; written with what they tell about, sent later by tick."""

from __future__ import annotations

from flask_babel import force_locale, gettext
from sqlalchemy import insert

from inspection import clock
from inspection.db import db, table
from inspection.people.models import Mail
from inspection.rules.refusal import N_

_CLOSING = N_("If this was not you, sign in, end the sessions you do not know, and tell us.")


def post(to: str, language: str, subject: str, *sentences: str, **facts: object) -> None:
    """Queue one mail: `subject` and `sentences` are English messages with `%(fact)s` places."""
    with force_locale(language):
        title = gettext(subject) % facts
        text = "\n\n".join(gettext(sentence) % facts for sentence in sentences)
    now = clock.now()
    db.session.execute(
        insert(table(Mail)).values(
            to=to, subject=title[:200], text=text + "\n", created_at=now, next_try_at=now
        )
    )


def warn(to: str, language: str, subject: str, *sentences: str, **facts: object) -> None:
    """Tell a person about a change to how they get in."""
    post(to, language, subject, *sentences, _CLOSING, **facts)
