from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from inspection.db import db
from inspection.journal import Event
from inspection.people.models import Invitation, Mail, Membership
from inspection.people.sessions import cookie_name
from tests.cast import Cast, Setting, posted
from tests.inspection.people.conftest import separate_requests

__all__ = ["separate_requests"]  # a fixture that works by being here


def invited(client: Any, setting: Setting, **fields: str) -> Any:
    typed = {"name": "Noor", "email": "noor@x.example", "role": "staff", "language": "da", **fields}
    return posted(client, f"{setting.url}/people/invitations", **typed)


def ending(setting: Setting, who: str) -> str:
    return f"{setting.url}/people/{setting.members[who].id}/ending"


def last_event() -> Event:
    return db.session.execute(select(Event).order_by(Event.id.desc()).limit(1)).scalar_one()


@pytest.mark.parametrize("who", ["customer.staff", "contractor.executive", "customer.manager"])
def test_both_parties_see_everybody(cast: Cast, who: str) -> None:
    page = cast.client(who).get("/c/harbour/people").text
    for person in cast.harbour.people.values():
        assert person.email in page
    for person in cast.elsewhere.people.values():
        assert person.email not in page


@pytest.mark.parametrize("party", ["customer", "contractor"])
def test_a_supervisor_invites_to_their_own_party(cast: Cast, party: str) -> None:
    answer = invited(cast.client(f"{party}.supervisor"), cast.harbour)
    assert (answer.status_code, answer.location) == (303, "/c/harbour/people?said=invited")
    row = db.session.execute(select(Invitation)).scalar_one()
    organisation = getattr(cast.harbour.contract, f"{party}_id")
    assert (row.party, row.organisation_id, row.role) == (party, organisation, "staff")
    assert last_event().kind == "person.invited"
    assert "Noor" in cast.client("contractor.staff").get("/c/harbour/people").text


def test_the_link_is_never_shown_to_the_person_who_invites(cast: Cast) -> None:
    client = cast.client("customer.manager")
    invited(client, cast.harbour)
    mail = db.session.execute(select(Mail.text)).scalar_one()
    token = mail.partition("/invitations/")[2].partition("?")[0]
    assert len(token) == 22
    assert token not in client.get("/c/harbour/people").text


@pytest.mark.parametrize("who", ["customer.staff", "customer.executive"])
def test_others_neither_invite_nor_end(cast: Cast, who: str) -> None:
    client = cast.client(who)
    assert invited(client, cast.harbour).status_code == 403
    assert posted(client, ending(cast.harbour, "customer.staff")).status_code == 403
    assert "Send the invitation" not in client.get("/c/harbour/people").text


def test_only_a_manager_makes_or_ends_a_manager(cast: Cast) -> None:
    supervisor, manager = cast.client("customer.supervisor"), cast.client("customer.manager")
    assert invited(supervisor, cast.harbour, role="manager").status_code == 422
    assert posted(supervisor, ending(cast.harbour, "customer.manager")).status_code == 403
    assert invited(manager, cast.harbour, role="manager").status_code == 303


def test_a_mistake_brings_the_form_back_as_typed(cast: Cast) -> None:
    answer = invited(cast.client("customer.manager"), cast.harbour, email="noor at home")
    assert answer.status_code == 422
    assert "noor at home" in answer.text
    assert "An address has a name" in answer.text
    known = cast.harbour.people["customer.staff"].email
    answer = invited(cast.client("customer.manager"), cast.harbour, email=known)
    assert answer.status_code == 422
    assert "works in this contract already" in answer.text


def test_an_invitation_is_withdrawn_by_its_own_party_only(cast: Cast) -> None:
    invited(cast.client("customer.manager"), cast.harbour)
    row = db.session.execute(select(Invitation.id)).scalar_one()
    url = f"/c/harbour/people/invitations/{row}/withdrawal"
    assert posted(cast.client("contractor.manager"), url).status_code == 404
    foreign = cast.client("customer.manager", cast.elsewhere)
    assert posted(foreign, url.replace("harbour", "elsewhere")).status_code == 404
    assert posted(cast.client("customer.supervisor"), url).status_code == 303
    mail = db.session.execute(select(Mail.text)).scalar_one()
    path = "/invitations/" + mail.partition("/invitations/")[2].partition("?")[0]
    assert cast.client().get(path).status_code == 404
    assert last_event().kind == "invitation.withdrawn"


def test_ending_a_membership_says_what_it_means_and_leaves_an_event(cast: Cast) -> None:
    client = cast.client("customer.supervisor")
    leaving = cast.client("customer.staff")
    url = ending(cast.harbour, "customer.staff")
    page = client.get(url).text
    assert "Open work becomes unassigned" in page
    assert posted(client, url).location == "/c/harbour/people?said=ended"
    event = last_event()
    member = cast.harbour.members["customer.staff"]
    assert (event.kind, event.entity_id) == ("membership.ended", member.id)
    assert event.member_id == cast.harbour.members["customer.supervisor"].id
    row = db.session.get(Membership, member.id)
    assert row is not None
    assert row.ended_at is not None
    assert leaving.get("/c/harbour/people").status_code in (303, 404)
    assert posted(client, url).status_code == 404


def test_who_works_nowhere_any_more_is_signed_out(cast: Cast) -> None:
    leaving = cast.client("customer.staff")
    assert leaving.get_cookie(cookie_name()) is not None
    posted(cast.client("customer.manager"), ending(cast.harbour, "customer.staff"))
    assert leaving.get("/me").status_code == 303


def test_ending_withdraws_what_would_bring_the_person_back(cast: Cast) -> None:
    manager = cast.client("customer.manager")
    invited(manager, cast.harbour)
    mail = db.session.execute(select(Mail.text)).scalar_one()
    first = "/invitations/" + mail.partition("/invitations/")[2].partition("?")[0]
    invited(manager, cast.harbour)
    posted(cast.client(), first, name="Noor")
    member = db.session.execute(select(Membership.id).order_by(Membership.id.desc())).scalars()
    posted(manager, f"/c/harbour/people/{next(iter(member))}/ending")
    open_ones = select(Invitation.id).where(
        Invitation.used_at.is_(None), Invitation.withdrawn_at.is_(None)
    )
    assert db.session.execute(open_ones).all() == []


@pytest.mark.parametrize("who", ["contractor.staff", "nobody"])
def test_the_other_partys_and_foreign_memberships_answer_as_never_made(
    cast: Cast, who: str
) -> None:
    client = cast.client("customer.manager")
    foreign = cast.elsewhere.members["customer.staff"].id
    number = cast.harbour.members[who].id if who != "nobody" else foreign
    for answer in (
        client.get(f"/c/harbour/people/{number}/ending"),
        posted(client, f"/c/harbour/people/{number}/ending"),
    ):
        assert answer.status_code == 404


def test_the_last_one_who_leads_cannot_be_ended(cast: Cast) -> None:
    manager = cast.client("customer.manager")
    assert posted(manager, ending(cast.harbour, "customer.supervisor")).status_code == 303
    refused = posted(manager, ending(cast.harbour, "customer.manager"))
    assert refused.status_code == 422
    assert "Invite a supervisor or manager first" in refused.text
