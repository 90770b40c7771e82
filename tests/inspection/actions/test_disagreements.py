"""Seen differently: both write, counterparts try, one text is signed by both (DOMAIN 2.12)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from inspection import clock, tick
from inspection.actions.models import Disagreement
from inspection.alerts import inbox
from inspection.db import db
from inspection.journal import Event, EventText, first_broken
from tests.cast import CALENDAR_DK, POLICY, Cast, agreed, posted
from tests.inspection.queue.test_story import report

MONDAY = datetime.fromisoformat("2026-03-02T10:00:00+01:00")
VIEW = {"subject": "priority", "statement": "It drips on a cable", "wanted": "Urgent"}


def kinds() -> list[str]:
    db.session.rollback()
    asked = select(Event.kind).where(Event.entity == "disagreement").order_by(Event.seq)
    return [kind.removeprefix("disagreement.") for kind in db.session.execute(asked).scalars()]


def stands(cast: Cast) -> Disagreement:
    db.session.rollback()
    db.session.expire_all()
    return db.session.execute(select(Disagreement)).scalar_one()


def opened(cast: Cast, who: str = "customer.supervisor") -> str:
    """A disagreement about a new action; its address."""
    number = report(cast)
    answer = posted(cast.client(who), f"{cast.harbour.url}/actions/{number}/disagreements", **VIEW)
    assert answer.status_code == 303, answer.text
    return str(answer.location.partition("?")[0])


def sent(cast: Cast, who: str, url: str, **fields: Any) -> Any:
    """A form of the page as it stands now."""
    client = cast.client(who)
    revision = stands(cast).revision
    return posted(client, url, revision=revision, **fields)


def answered(cast: Cast, url: str, who: str = "contractor.supervisor") -> None:
    answer = sent(cast, who, f"{url}/statement", statement="It drips into the sink", wanted="")
    assert answer.status_code == 303, answer.text


@pytest.fixture
def agreement(cast: Cast) -> Cast:
    with clock.standing_at(MONDAY - timedelta(hours=1)):
        agreed(cast.harbour, "sla_policy", POLICY)
        agreed(cast.harbour, "calendar", CALENDAR_DK)
    return cast


def test_it_opens_on_the_first_step_of_both_sides_and_both_are_told(agreement: Cast) -> None:
    with clock.standing_at(MONDAY):
        opened(agreement)
    row = stands(agreement)
    assert (row.step, row.statement_customer, row.wanted_customer) == (1, *list(VIEW.values())[1:])
    assert row.statement_contractor == ""
    assert row.step_due_at == MONDAY + timedelta(days=2)
    for who in ("contractor.supervisor", "contractor.manager", "customer.manager"):
        assert inbox.page(agreement.harbour.members[who])[0].kind == "disagreement.opened"
    assert all(
        one.kind != "disagreement.opened"
        for one in inbox.page(agreement.harbour.members["customer.supervisor"])
    )


def test_the_second_step_waits_for_both_views_and_for_the_time(agreement: Cast) -> None:
    with clock.standing_at(MONDAY):
        url = opened(agreement)
        early = sent(agreement, "customer.supervisor", f"{url}/climb")
        assert early.status_code == 422
        assert "The other party has not written" in early.text
        answered(agreement, url)
        assert sent(agreement, "customer.supervisor", f"{url}/climb").location.endswith("wished")
        again = sent(agreement, "customer.supervisor", f"{url}/climb")
        assert again.status_code == 422
        assert stands(agreement).step == 1
    with clock.standing_at(MONDAY + timedelta(days=2, minutes=1)):
        assert sent(agreement, "contractor.staff", f"{url}/climb").location.endswith("climbed")
    row = stands(agreement)
    assert (row.step, row.climb_customer, row.time_over_at) == (2, False, None)
    assert kinds() == ["opened", "stated", "climb_wished", "time_over", "climbed"]
    for party in ("customer", "contractor"):
        for role, told in (("supervisor", True), ("executive", False)):
            page = inbox.page(agreement.harbour.members[f"{party}.{role}"])
            assert ("disagreement.climbed" in [one.kind for one in page]) is told


def test_it_climbs_at_once_when_both_wish(agreement: Cast) -> None:
    with clock.standing_at(MONDAY):
        url = opened(agreement)
        answered(agreement, url)
        for who in ("customer.supervisor", "contractor.supervisor"):
            assert sent(agreement, who, f"{url}/climb").status_code == 303
    assert stands(agreement).step == 2


def test_only_safety_skips_and_says_why(agreement: Cast) -> None:
    with clock.standing_at(MONDAY):
        url = opened(agreement)
        mute = sent(agreement, "customer.supervisor", f"{url}/climb", safety="1", to="3")
        assert mute.status_code == 422
        assert "What is not safe" in mute.text
        given = {"safety": "1", "to": "3", "reason": "Water near 230 V"}
        assert sent(agreement, "customer.supervisor", f"{url}/climb", **given).status_code == 303
    row = stands(agreement)
    assert (row.step, row.safety) == (3, True)
    texts = db.session.execute(select(EventText.text)).scalars().all()
    assert "Water near 230 V" in texts


def test_nobody_above_the_step_decides_and_one_text_is_signed_by_both(agreement: Cast) -> None:
    with clock.standing_at(MONDAY):
        url = opened(agreement)
        answered(agreement, url)
        text = {"resolution": "Urgent until the cable is moved"}
        above = sent(agreement, "customer.manager", f"{url}/resolution", **text)
        assert above.status_code == 422
        assert "Let them try before you decide" in above.text
        for who in ("customer.supervisor", "contractor.supervisor"):
            sent(agreement, who, f"{url}/climb")
        assert (
            sent(agreement, "customer.supervisor", f"{url}/resolution", **text).status_code == 303
        )
        assert sent(agreement, "customer.staff", f"{url}/signature").status_code == 422
        changed = {"resolution": "Urgent for a week"}
        assert (
            sent(agreement, "contractor.staff", f"{url}/resolution", **changed).status_code == 303
        )
        assert stands(agreement).signed_customer_at is None
        assert sent(agreement, "customer.staff", f"{url}/signature").status_code == 303
        late = sent(agreement, "contractor.supervisor", f"{url}/resolution", **text)
        assert late.status_code == 422
    row = stands(agreement)
    assert row.resolved_at == MONDAY
    assert (row.resolution, row.step) == ("Urgent for a week", 2)
    assert kinds()[-2:] == ["signed", "resolved"]
    assert first_broken(agreement.harbour.contract.id) is None


def test_nobody_signs_a_text_they_did_not_see(agreement: Cast) -> None:
    with clock.standing_at(MONDAY):
        url = opened(agreement)
        sent(agreement, "customer.staff", f"{url}/resolution", resolution="One")
        seen = stands(agreement).revision
        sent(agreement, "customer.staff", f"{url}/resolution", resolution="Two")
        signing = posted(agreement.client("contractor.staff"), f"{url}/signature", revision=seen)
    assert signing.status_code == 409


def test_a_view_may_change_and_what_stood_before_stays_readable(agreement: Cast) -> None:
    with clock.standing_at(MONDAY):
        url = opened(agreement)
        given = {"statement": "It drips on two cables", "wanted": "Emergency"}
        assert sent(agreement, "customer.staff", f"{url}/statement", **given).status_code == 303
        answered(agreement, url)
        page = agreement.client("contractor.staff").get(url).text
    for words in ("It drips on a cable", "It drips on two cables", "It drips into the sink"):
        assert words in page


def test_two_at_once_lose_no_words(agreement: Cast) -> None:
    with clock.standing_at(MONDAY):
        url = opened(agreement)
        one, two = agreement.client("customer.staff"), agreement.client("customer.manager")
        revision = stands(agreement).revision
        first = posted(one, f"{url}/statement", revision=revision, statement="First")
        second = posted(two, f"{url}/statement", revision=revision, statement="Second of all")
    assert (first.status_code, second.status_code) == (303, 409)
    assert "Second of all" in second.text
    assert stands(agreement).statement_customer == "First"


def test_work_goes_on_meanwhile(agreement: Cast) -> None:
    with clock.standing_at(MONDAY):
        opened(agreement)
        worker = agreement.client("contractor.staff")
        url = f"{agreement.harbour.url}/actions/1"
        assert posted(worker, f"{url}/start").status_code == 303
        assert "Seen differently" in worker.get(url).text


def test_tick_says_once_for_each_step_that_its_time_is_over(agreement: Cast) -> None:
    with clock.standing_at(MONDAY):
        opened(agreement)
    due = stands(agreement).step_due_at
    with clock.standing_at(MONDAY + timedelta(days=9)):
        for _ in range(3):
            tick.due_now()
    assert kinds() == ["opened", "time_over"]
    row = stands(agreement)
    assert (row.time_over_at, row.revision) == (due, 1)
    happened = db.session.execute(
        select(Event.data).where(Event.kind == "disagreement.time_over")
    ).scalar_one()
    assert datetime.fromisoformat(happened["happened_at"]) == due


def test_the_share_settled_at_the_first_step_stands_on_the_list(agreement: Cast) -> None:
    skipped = {"safety": "1", "reason": "Water near 230 V", "to": "2"}
    with clock.standing_at(MONDAY):
        first, second = opened_again(agreement), opened_again(agreement)
        posted(agreement.client("customer.staff"), f"{second}/climb", revision=1, **skipped)
        for url in (first, second):
            client = agreement.client("customer.staff")
            posted(client, f"{url}/resolution", resolution="So", revision=revision_of(url))
            client = agreement.client("contractor.staff")
            signing = posted(client, f"{url}/signature", revision=revision_of(url))
            assert signing.status_code == 303, signing.text
        page = agreement.client("contractor.manager").get(f"{agreement.harbour.url}/disagreements")
    assert re.search(r"Settled at the first step</dt><dd>1 <small>of 2<", page.text)
    assert "Lately resolved" in page.text


def opened_again(cast: Cast) -> str:
    number = report(cast, words=f"Another drip {clock.now()}")
    answer = posted(
        cast.client("customer.staff"), f"{cast.harbour.url}/actions/{number}/disagreements", **VIEW
    )
    return str(answer.location.partition("?")[0])


def revision_of(url: str) -> int:
    db.session.rollback()
    asked = select(Disagreement.revision).where(Disagreement.id == int(url.rpartition("/")[2]))
    return int(db.session.execute(asked).scalar_one())


def test_another_contract_knows_nothing_of_it(agreement: Cast) -> None:
    url = opened(agreement)
    stranger = agreement.client("customer.manager", agreement.elsewhere)
    assert stranger.get(url).status_code == 404
    elsewhere = url.replace("harbour", "elsewhere")
    assert stranger.get(elsewhere).status_code == 404
