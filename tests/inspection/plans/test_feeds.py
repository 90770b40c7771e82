"""Calendar addresses: secret, ended at once, and read by other programs without a surprise."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask_babel import get_locale
from icalendar import Calendar
from sqlalchemy import update

from inspection import clock
from inspection.assets import tree
from inspection.assets.models import Asset, Kind
from inspection.db import db, table, writing
from inspection.journal import Event
from inspection.people.models import Membership, Person
from inspection.plans import feeds
from inspection.plans.models import Feed
from inspection.visits.models import Visit
from inspection.web import hashed
from tests.cast import Cast, posted
from tests.inspection.plans.laid import DAY, checklist, done, found, today, visit

WHO = "contractor.staff"
NASTY = "Room 7\r\nBEGIN:VALARM\r\nX:1; \\n, “quoted” – ÆØÅ \x07 " + "long " * 20


def _made(cast: Cast, who: str = WHO, **fields: str) -> str:
    """Make an address; its path."""
    answer = posted(cast.client(who), f"{cast.harbour.url}/feeds", **fields)
    token = re.search(r"token=([\w-]{22})", answer.headers["Location"])
    assert token
    return f"/feeds/{token[1]}.ics"


def _read(cast: Cast, path: str) -> tuple[bytes, list[Any]]:
    answer = cast.client().get(path)
    assert answer.status_code == 200
    assert answer.mimetype == "text/calendar"
    calendar = Calendar.from_ical(answer.data)
    return answer.data, list(calendar.walk("VEVENT"))


def test_the_address_is_shown_once_and_only_its_hash_is_kept(cast: Cast) -> None:
    client = cast.client(WHO)
    answer = posted(client, f"{cast.harbour.url}/feeds")
    path = _path(answer.headers["Location"])
    assert path in client.get(answer.headers["Location"]).text
    assert path not in client.get(f"{cast.harbour.url}/feeds").text
    (row,) = found(Feed)
    assert row.token_hash == hashed(path.split("/")[2].removesuffix(".ics"))
    assert [one.kind for one in found(Event, entity="feed")] == ["feed.made"]
    other = cast.client("customer.staff").get(answer.headers["Location"])
    assert path not in other.text


def _path(location: str) -> str:
    token = re.search(r"token=([\w-]+)", location)
    assert token
    return f"/feeds/{token[1]}.ics"


def test_an_address_sent_twice_is_made_once(cast: Cast) -> None:
    client, url = cast.client(WHO), f"{cast.harbour.url}/feeds"
    first, again = (client.post(url, data={"submission_key": "k" * 20}) for _ in range(2))
    assert first.headers["Location"] == again.headers["Location"]
    assert len(found(Feed)) == 1


def test_a_visit_is_an_event_of_its_whole_day(cast: Cast) -> None:
    here = cast.harbour
    checklist(here)
    made = visit(here, "kitchen", due_from=today(here), due_on=today(here) + 3 * DAY)
    raw, (event,) = _read(cast, _made(cast))
    assert event.decoded("dtstart") == today(here) + 3 * DAY
    assert event.decoded("dtend") == today(here) + 4 * DAY
    assert str(event["summary"]) == "Tea kitchen, daily · 2.14 Tea kitchen"
    assert str(event["location"]) == "Harbour › House A › Level 2 › 2.14 Tea kitchen"
    assert str(event["url"]).endswith(f"/c/harbour/visits/{made}")
    assert str(event["uid"]) == f"visit-{made}@localhost"
    assert "dtstamp" in event
    assert b"VALUE=DATE" in raw


def test_the_same_visit_keeps_its_uid_whatever_becomes_of_it(cast: Cast) -> None:
    made, path = visit(cast.harbour, "kitchen"), _made(cast)
    _, (before,) = _read(cast, path)
    with writing():
        db.session.execute(update(table(Feed)).values(read_at=None))
        db.session.execute(update(table(Visit)).values(state="missed"))
    _, (after,) = _read(cast, path)
    assert before["uid"] == after["uid"] == f"visit-{made}@localhost"
    assert str(after["summary"]).startswith("Missed: ")


def test_only_two_weeks_back_and_eight_ahead_and_nothing_left_out(cast: Cast) -> None:
    here, now = cast.harbour, today(cast.harbour)
    inside = [visit(here, "kitchen", due_on=now + days * DAY) for days in (-14, 56)]
    for days in (-15, 57):
        visit(here, "kitchen", due_on=now + days * DAY)
    visit(here, "hall", state="cancelled")
    visit(cast.elsewhere, "kitchen")
    done(here, "tap")
    _, events = _read(cast, _made(cast))
    assert [str(one["uid"]) for one in events] == [f"visit-{one}@localhost" for one in inside]


def test_many_visits_of_a_plan_on_one_day_are_one_event_that_says_how_many(cast: Cast) -> None:
    here = cast.harbour
    with writing():
        level = tree.found(here.contract.id, here.places["level"].id)
        rooms = [
            tree.add(here.contract.id, Kind.SPACE, f"2.{n} Office", level)
            for n in range(feeds.ONE_BY_ONE + 1)
        ]
    for n, room in enumerate(rooms):
        visit(here, room, plan_key="weekly", state="planned" if n else "final")
    visit(here, "kitchen", plan_key="daily")
    _, events = _read(cast, _made(cast))
    assert sorted(str(one["summary"]) for one in events) == [
        "kitchen · 2.14 Tea kitchen",
        "weekly: 7 visits, 1 done",
    ]
    many = next(one for one in events if str(one["uid"]).startswith("plan-"))
    assert str(many["uid"]) == f"plan-harbour-weekly-{today(here):%Y%m%d}@localhost"
    assert "plan=weekly" in str(many["url"])


def test_a_hostile_name_stays_one_value_and_every_line_is_short(cast: Cast) -> None:
    here = cast.harbour
    with writing():
        db.session.execute(
            update(table(Asset))
            .where(table(Asset).c.id == here.places["kitchen"].id)
            .values(name=NASTY)
        )
    visit(here, "kitchen")
    raw, (event,) = _read(cast, _made(cast))
    assert b"\r\nBEGIN:VALARM" not in raw
    assert "Room 7 BEGIN:VALARM X:1; \\n, “quoted” – ÆØÅ long" in str(event["summary"])
    lines = raw.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert all(b"\n" not in line for line in lines)


def test_a_feed_names_no_person_and_repeats_no_free_text(cast: Cast) -> None:
    words = {"note": "Ask Ida", "accompanied_by": "Ida Holm"}
    visit(cast.harbour, "kitchen", state="submitted", submitted_at=clock.now(), **words)
    raw, _ = _read(cast, _made(cast))
    for name in ("Ida", *(person.name for person in cast.harbour.people.values())):
        assert name.encode() not in raw


def test_a_feed_of_one_party_leaves_out_what_the_other_must_do(cast: Cast) -> None:
    ours = visit(cast.harbour, "kitchen", for_party="contractor")
    either = visit(cast.harbour, "hall")
    visit(cast.harbour, "tap", for_party="customer")
    _, events = _read(cast, _made(cast, party="contractor"))
    uids = {str(one["uid"]) for one in events}
    assert uids == {f"visit-{one}@localhost" for one in (ours, either)}


def test_an_ended_address_answers_nobody_and_only_its_owner_ends_it(cast: Cast) -> None:
    path, url = _made(cast), f"{cast.harbour.url}/feeds/1/ending"
    assert posted(cast.client("contractor.manager"), url).status_code == 404
    assert cast.client().get(path).status_code == 200
    assert posted(cast.client(WHO), url).status_code == 303
    assert posted(cast.client(WHO), url).status_code == 303
    assert cast.client().get(path).status_code == 404
    assert [one.kind for one in found(Event, entity="feed")] == ["feed.made", "feed.ended"]


def test_whoever_leaves_the_contract_reads_it_no_longer(cast: Cast) -> None:
    path, member = _made(cast), cast.harbour.members[WHO]
    with writing():
        gone = update(table(Membership)).where(table(Membership).c.id == member.id)
        db.session.execute(gone.values(ended_at=clock.now()))
    assert cast.client().get(path).status_code == 404


def test_guessing_is_throttled(cast: Cast) -> None:
    client = cast.client()
    answers = [client.get(f"/feeds/{n:022}.ics").status_code for n in range(feeds.MISSES + 1)]
    assert answers[:-1] == [404] * feeds.MISSES
    assert answers[-1] == 429


def test_when_it_was_last_read_is_told_to_the_hour(cast: Cast) -> None:
    path = _made(cast)
    with clock.standing_at(clock.now()):
        cast.client().get(path)
        (first,) = found(Feed)
        cast.client().get(path)
        assert found(Feed)[0].read_at == first.read_at is not None
    with clock.shifted_by(timedelta(hours=2)):
        cast.client().get(path)
    assert found(Feed)[0].read_at > first.read_at


def test_the_words_are_those_of_whoever_made_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def said(text: str) -> str:
        asked.append(str(get_locale()))
        return text

    monkeypatch.setattr(feeds, "gettext", said)
    with writing():
        danish = update(table(Person)).where(table(Person).c.id == cast.harbour.people[WHO].id)
        db.session.execute(danish.values(language="da"))
    visit(cast.harbour, "kitchen", state="missed")
    _read(cast, _made(cast))
    assert asked == ["da"]


def test_one_member_has_a_handful_of_addresses(cast: Cast) -> None:
    for _ in range(feeds.MOST):
        _made(cast)
    assert posted(cast.client(WHO), f"{cast.harbour.url}/feeds").status_code == 422
