from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from inspection.db import db
from inspection.journal import Event
from inspection.queue import changes
from tests.cast import Cast, posted
from tests.inspection.queue.test_bulk import CLIENT, LEAD, bulk, report


def mark(cast: Cast) -> str:
    """Where the journal stands now."""
    db.session.rollback()
    latest = db.session.execute(
        select(Event.seq, Event.hash)
        .where(Event.contract_id == cast.harbour.contract.id)
        .order_by(Event.seq.desc())
        .limit(1)
    ).first()
    return str(changes.Mark.of(latest))


def looked(cast: Cast, since: str, who: str = LEAD, **view: str) -> Any:
    return cast.client(who).get(
        f"{cast.harbour.url}/queue/changes", query_string={"since": since, **view}
    )


def test_nothing_new_is_said_without_a_word(cast: Cast) -> None:
    report(cast)
    answer = looked(cast, mark(cast))
    assert (answer.status_code, answer.data) == (204, b"")


def test_a_row_that_changed_comes_anew(cast: Cast) -> None:
    number, other = report(cast), report(cast, place="hall")
    since = mark(cast)
    bulk(cast, LEAD, "acknowledge", number)
    news = looked(cast, since).json
    assert f'id="row-{number}"' in news["rows"]
    assert "Acknowledged" in news["rows"]
    assert f'id="row-{other}"' not in news["rows"]
    assert news["said"] == {str(number): "Acknowledged: Supervisor Contractor"}
    assert news["gone"] == []
    assert news["counts"]["state:acknowledged"] == "1"
    assert looked(cast, news["head"]).status_code == 204


def test_a_row_that_left_the_view_is_named(cast: Cast) -> None:
    number = report(cast)
    since = mark(cast)
    bulk(cast, LEAD, "acknowledge", number)
    news = looked(cast, since, state="received").json
    assert news["gone"] == [number]
    assert news["rows"] == ""


def test_a_new_report_is_a_row_of_the_view(cast: Cast) -> None:
    report(cast)
    since = mark(cast)
    number = report(cast, "equipment")
    assert f'id="row-{number}"' in looked(cast, since, CLIENT, court="customer").json["rows"]
    assert looked(cast, since, CLIENT, court="contractor").json["gone"] == [number]


def test_rows_whose_time_ran_out_are_sent_when_asked_for(cast: Cast) -> None:
    number = report(cast)
    since = mark(cast)
    news = looked(cast, since, rows=f"{number},x,99").json
    assert f'id="row-{number}"' in news["rows"]
    assert news["head"] == since
    assert news["gone"] == []


@pytest.mark.parametrize("since", ["", "x", "7.deadbeef", "999.0", "1.00000000"])
def test_a_mark_of_another_past_asks_for_a_reload(cast: Cast, since: str) -> None:
    report(cast)
    assert looked(cast, since).json == {"reload": True}


def test_too_much_at_once_asks_for_a_reload(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    since = mark(cast)
    report(cast)
    report(cast, place="hall")
    monkeypatch.setattr(changes, "MOST_ROWS", 1)
    assert looked(cast, since).json == {"reload": True}


def test_a_page_follows_from_a_mark_that_holds(cast: Cast) -> None:
    report(cast)
    page = cast.client(LEAD).get(f"{cast.harbour.url}/queue").text
    since = page.partition("<queue-follow")[2].partition('since="')[2].partition('"')[0]
    answer = looked(cast, since)
    assert answer.status_code in (200, 204)
    assert not (answer.json or {}).get("reload")


def test_another_contract_is_not_heard_of(cast: Cast) -> None:
    report(cast)
    since = mark(cast)
    posted(
        cast.client(LEAD, cast.elsewhere),
        f"{cast.elsewhere.url}/reports/new",
        place=cast.elsewhere.places["tap"].id,
        category="leak",
        words="It drips",
    )
    assert db.session.execute(select(func.count(Event.id))).scalar_one() >= 1
    assert looked(cast, since).status_code == 204
