"""Who is told of what: by event, never the person who did it, never the wrong contract."""

from __future__ import annotations

import pytest

from inspection.alerts import inbox
from inspection.db import db, writing
from inspection.people import memberships
from inspection.rules.access import Party
from inspection.rules.alerting import concerned
from tests.cast import POLICY, Cast, agreed, posted
from tests.inspection.queue.test_story import report


def kinds(cast: Cast, who: str) -> list[str]:
    db.session.rollback()
    return [row.kind for row in inbox.page(cast.harbour.members[who])]


@pytest.mark.parametrize(
    ("kind", "leads", "in_person"),
    [
        ("report.received", {Party.CONTRACTOR}, True),
        ("action.fixed", {Party.CUSTOMER}, False),
        ("action.accepted", {Party.CONTRACTOR}, True),
        ("action.commented", {Party.CUSTOMER, Party.CONTRACTOR}, True),
        ("action.assigned", set(), True),
        ("action.acknowledged", set(), True),
        ("asset.edited", set(), False),
    ],
)
def test_whom_an_event_concerns(kind: str, leads: set[Party], in_person: bool) -> None:
    told = concerned(kind, Party.CONTRACTOR, assignee=7, actor=9)
    assert told == (leads, {7} if in_person else set(), None)
    assert concerned(kind, Party.CONTRACTOR, assignee=7, actor=7).members == frozenset()


@pytest.mark.parametrize("party", list(Party))
def test_whose_time_runs_out_is_warned_and_both_hear_that_it_is_over(party: Party) -> None:
    warned = concerned("clock.warned", Party.CONTRACTOR, 7, None, timed=party)
    assert warned == ({party}, {7} if party is Party.CONTRACTOR else set(), None)
    late = concerned("clock.breached", Party.CONTRACTOR, 7, None, timed=party, step=1)
    assert late == (set(Party), {7}, None)


@pytest.mark.parametrize(
    ("step", "role"),
    [(1, None), (2, "supervisor"), (3, "manager"), (4, "executive"), (5, "executive")],
)
def test_a_step_tells_its_counterparts_on_both_sides(step: int, role: str | None) -> None:
    for kind in ("clock.climbed", "disagreement.climbed", "disagreement.time_over"):
        told = concerned(kind, Party.CUSTOMER, 7, None, timed=Party.CUSTOMER, step=step)
        assert told.role == role
        assert bool(told.leads) == (step == 1)


def test_the_story_of_a_fix_reaches_those_it_concerns(cast: Cast) -> None:
    number = report(cast)
    url = f"{cast.harbour.url}/actions/{number}"
    hand = cast.harbour.members["contractor.staff"].id
    lead, worker = cast.client("contractor.supervisor"), cast.client("contractor.staff")
    posted(lead, f"{url}/acknowledgement", category="leak", priority="P3", assignee=hand)
    posted(worker, f"{url}/start")
    posted(worker, f"{url}/fix", text="New washer")
    posted(cast.client("customer.supervisor"), f"{url}/acceptance")
    assert kinds(cast, "contractor.supervisor") == ["action.accepted", "report.received"]
    assert kinds(cast, "contractor.staff") == ["action.accepted", "action.acknowledged"]
    assert kinds(cast, "customer.supervisor") == ["action.fixed"]
    assert kinds(cast, "customer.staff") == []


def test_a_notice_opened_is_read_once_and_leads_to_its_action(cast: Cast) -> None:
    number = report(cast)
    member = cast.harbour.members["contractor.manager"]
    client = cast.client("contractor.manager")
    assert inbox.unread_count(member) == 1
    notice = inbox.page(member)[0].id
    for _ in range(2):
        answer = posted(client, f"{cast.harbour.url}/inbox/{notice}/opening")
        assert answer.location.endswith(f"/actions/{number}")
    db.session.rollback()
    assert inbox.unread_count(member) == 0
    assert inbox.unread_count(cast.harbour.members["contractor.supervisor"]) == 1


def test_all_can_be_read_at_once_and_the_next_is_new_again(cast: Cast) -> None:
    member = cast.harbour.members["contractor.supervisor"]
    for _ in range(3):
        report(cast)
    newest = inbox.page(member)[0].id
    posted(cast.client("contractor.supervisor"), f"{cast.harbour.url}/inbox/reading", newest=newest)
    db.session.rollback()
    assert inbox.unread_count(member) == 0
    report(cast)
    db.session.rollback()
    assert inbox.unread_count(member) == 1


def test_who_leaves_hands_the_open_work_back_and_the_supervisor_is_told(cast: Cast) -> None:
    number = report(cast)
    url = f"{cast.harbour.url}/actions/{number}"
    posted(cast.client("contractor.staff"), f"{url}/start")
    with writing():
        memberships.end(
            cast.harbour.members["contractor.manager"],
            cast.harbour.members["contractor.staff"].id,
        )
    page = cast.client("contractor.supervisor").get(url).text
    assert "Nobody yet" in page
    assert kinds(cast, "contractor.supervisor")[0] == "action.unassigned"


def test_a_proposal_reaches_the_party_that_has_to_answer_and_leads_to_it(cast: Cast) -> None:
    made = agreed(cast.harbour, "sla_policy", POLICY, by=Party.CONTRACTOR)
    assert kinds(cast, "customer.manager") == ["agreement.proposed"]
    assert kinds(cast, "contractor.supervisor") == ["agreement.agreed"]
    assert kinds(cast, "contractor.staff") == []
    customer = cast.client("customer.manager")
    assert "SLA policy" in customer.get(f"{cast.harbour.url}/inbox").text
    notice = inbox.page(cast.harbour.members["customer.manager"])[0].id
    answer = posted(customer, f"{cast.harbour.url}/inbox/{notice}/opening")
    assert answer.location == f"{cast.harbour.url}/agreements/{made}"
