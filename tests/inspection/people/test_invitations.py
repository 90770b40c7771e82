from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from inspection import clock
from inspection.db import db, writing
from inspection.journal import Event
from inspection.people import invitations, sessions
from inspection.people.models import Invitation, Mail, Membership, Person
from inspection.rules.access import Party, Role
from tests.cast import Cast, posted

NEW = "noor@harbour.example"


def place(cast: Cast, role: Role = Role.STAFF) -> invitations.Place:
    contract = cast.harbour.contract
    return invitations.Place(contract.id, contract.name, contract.customer_id, Party.CUSTOMER, role)


def invite(cast: Cast, email: str = NEW, **more: Any) -> str:
    with cast.app.test_request_context(), writing():
        return invitations.invite(email, "Noor Bakke", place(cast), **more)


def kinds() -> list[str]:
    return list(db.session.execute(select(Event.kind).order_by(Event.id)).scalars())


def test_an_invitation_makes_the_person_the_membership_and_the_session(cast: Cast) -> None:
    token = invite(cast, by=cast.harbour.members["customer.manager"], language="da")
    browser = cast.client()
    page = browser.get(f"/invitations/{token}").text
    for said in ("Manager Customer", "Harbour House", NEW):
        assert said in page
    answer = posted(browser, f"/invitations/{token}", name="Noor B.")
    assert (answer.status_code, answer.location) == (303, "/me/passkeys/new?next=/")
    assert browser.get("/c/harbour/people").status_code == 200
    assert browser.get("/c/elsewhere/people").status_code == 404
    person = db.session.execute(select(Person).where(Person.email == NEW)).scalar_one()
    assert (person.name, person.language) == ("Noor B.", "da")
    assert kinds() == ["person.invited", "membership.started"]


def test_a_used_old_withdrawn_or_made_up_link_gets_the_same_friendly_page(cast: Cast) -> None:
    used, old = invite(cast), invite(cast, "other@harbour.example")
    assert posted(cast.client(), f"/invitations/{used}", name="N").status_code == 303
    seen = set()
    with clock.shifted_by(timedelta(days=7, seconds=1)):
        for token in (used, old, "made-up", "A" * 22):
            for answer in (
                cast.client().get(f"/invitations/{token}"),
                posted(cast.client(), f"/invitations/{token}", name="N"),
            ):
                assert "Set-Cookie" not in answer.headers
                seen.add((answer.status_code, re.sub(r'(nonce|value)="[^"]*"', "", answer.text)))
    assert len(seen) == 1
    status, text = seen.pop()
    assert status == 404
    assert "ask the person who invited you" in text


def test_an_invitation_used_twice_makes_one_membership(cast: Cast) -> None:
    token = invite(cast)
    answers = [posted(cast.client(), f"/invitations/{token}", name="N") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 404]
    person = db.session.execute(select(Person.id).where(Person.email == NEW)).scalar_one()
    memberships = select(Membership.id).where(Membership.person_id == person)
    assert len(db.session.execute(memberships).all()) == 1


def test_two_invitations_of_one_person_make_one_membership(cast: Cast) -> None:
    tokens = [invite(cast), invite(cast)]
    for token in tokens:
        assert posted(cast.client(), f"/invitations/{token}", name="N").status_code == 303
    assert kinds().count("membership.started") == 1


def test_opening_the_link_does_not_use_it_up(cast: Cast) -> None:
    token = invite(cast)
    for _ in range(3):
        assert cast.client().get(f"/invitations/{token}").status_code == 200
    assert cast.client().head(f"/invitations/{token}").status_code == 200
    assert posted(cast.client(), f"/invitations/{token}", name="N").status_code == 303


def test_the_link_is_mailed_and_stored_only_hashed(cast: Cast) -> None:
    token = invite(cast)
    row = db.session.execute(select(Invitation)).scalar_one()
    assert token not in repr(row)
    mail = db.session.execute(select(Mail)).scalar_one()
    assert (mail.to, f"http://localhost/invitations/{token}" in mail.text) == (NEW, True)


def test_an_invitation_of_a_known_person_changes_neither_name_nor_language(cast: Cast) -> None:
    person = cast.elsewhere.people["customer.staff"]
    token = invite(cast, person.email)
    browser = cast.client()
    assert 'name="name"' not in browser.get(f"/invitations/{token}").text
    posted(browser, f"/invitations/{token}")
    db.session.rollback()
    assert db.session.get(Person, person.id).name == "Staff Customer"
    assert browser.get("/c/harbour/people").status_code == 200


def test_a_member_is_not_invited_again(cast: Cast) -> None:
    with pytest.raises(Exception, match=r"invitation\.member_already"):
        invite(cast, cast.harbour.people["customer.staff"].email)


def test_without_a_contract_a_link_lets_in_a_known_person_only(cast: Cast) -> None:
    person = cast.harbour.people["contractor.manager"]
    with cast.app.test_request_context(), writing():
        link = invitations.way_in_link(person.email)
        stranger = invitations.invite("stranger@nowhere.example", "S", mail=False)
        with pytest.raises(LookupError):
            invitations.way_in_link("nobody@nowhere.example")
    browser = cast.client()
    path = link.removeprefix("http://localhost").partition("?")[0]
    assert person.name in browser.get(path).text
    assert posted(browser, path).status_code == 303
    assert person.email in browser.get("/me").text
    assert posted(cast.client(), f"/invitations/{stranger}", name="S").status_code == 404


def test_accepting_ends_the_session_of_whoever_was_signed_in_there(cast: Cast) -> None:
    token = invite(cast)
    browser, copy = cast.client("customer.staff"), cast.client()
    cookie = browser.get_cookie(sessions.cookie_name())
    assert cookie is not None
    copy.set_cookie(sessions.cookie_name(), cookie.value)
    posted(browser, f"/invitations/{token}", name="Noor")
    assert NEW in browser.get("/me").text
    assert copy.get("/me").status_code == 303
