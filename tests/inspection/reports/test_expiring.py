"""What the public page promises about keeping is kept."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from inspection import clock, journal, tick
from inspection.actions.models import Action
from inspection.db import db, writing
from inspection.reports import receiving
from inspection.reports.models import Report
from inspection.reports.receiving import Said
from tests.cast import Cast, key


def say(cast: Cast, words: str, joins: int | None = None) -> int:
    here = cast.harbour
    with writing():
        said = Said(
            here.places["tap"],  # type: ignore[arg-type]
            here.categories["leak"],  # type: ignore[arg-type]
            words,
            "en",
            receipt=key(),
            contact="me@home.example",
            joins=joins,
        )
        return receiving.receive(said).action_id


def test_words_and_contact_go_on_the_day_that_was_promised(cast: Cast) -> None:
    say(cast, "My name is on the door")
    with clock.shifted_by(timedelta(days=729)):
        tick.due_now()
    assert db.session.execute(select(Report.words)).scalar() == "My name is on the door"
    db.session.rollback()
    with clock.shifted_by(timedelta(days=732)):
        tick.due_now()
        tick.due_now()
    db.session.rollback()
    row = db.session.execute(select(Report.words, Report.contact, Report.forgotten)).one()
    assert tuple(row) == ("", "", True)
    assert db.session.execute(select(Action.title)).scalar() == ""
    assert journal.first_broken(cast.harbour.contract.id) is None


def test_the_title_stays_while_a_younger_report_stands_behind_it(cast: Cast) -> None:
    action = say(cast, "Dripping")
    with clock.shifted_by(timedelta(days=100)):
        say(cast, "Still dripping", joins=action)
    with clock.shifted_by(timedelta(days=732)):
        tick.due_now()
    db.session.rollback()
    assert db.session.execute(select(Action.title)).scalar() == "Dripping"
    words = db.session.execute(select(Report.words).order_by(Report.id)).scalars().all()
    assert words == ["", "Still dripping"]
