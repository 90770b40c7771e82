from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from inspection import clock
from inspection.db import db
from inspection.people import limits
from inspection.people.models import Mail, SignInCode
from tests.cast import Cast, posted

WHO = "customer.supervisor"


def ask(cast: Cast, email: str, client: Any = None, **fields: str) -> Any:
    return posted(client or cast.client(), "/sign-in/code", email=email, **fields)


def handle(answer: Any) -> str:
    return parse_qs(urlsplit(answer.location).query)["ask"][0]


def code() -> str:
    """The digits in the newest mail."""
    mail = db.session.execute(select(Mail.text).order_by(Mail.id.desc()).limit(1)).scalar_one()
    found = re.search(r"\b\d{4} \d{4}\b", mail)
    assert found
    return found.group()


def wrong(right: str) -> str:
    return f"{(int(right.replace(' ', '')) + 1) % 10**8:08d}"


def email(cast: Cast) -> str:
    return cast.harbour.people[WHO].email


def prove(client: Any, asked: Any, digits: str, **fields: str) -> Any:
    return posted(client, "/sign-in/code/proof", ask=handle(asked), code=digits, **fields)


def test_the_mailed_code_signs_in_and_goes_on_to_the_page_asked_for(cast: Cast) -> None:
    client = cast.client()
    asked = ask(cast, email(cast).upper(), client, next="/c/harbour/people?x=1")
    assert client.get(asked.location).status_code == 200
    answer = prove(client, asked, code(), next="/c/harbour/people?x=1")
    assert (answer.status_code, answer.location) == (303, "/c/harbour/people?x=1")
    assert client.get("/me").status_code == 200


def test_known_and_unknown_addresses_get_the_same_answers(cast: Cast) -> None:
    seen = []
    for address in (email(cast), "nobody@nowhere.example"):
        client = cast.client()
        asked = ask(cast, address, client)
        page = client.get(asked.location)
        refused = [prove(client, asked, "0000 0000") for _ in range(7)]
        texts = [re.sub(r'value="[^"]*"|nonce="[^"]*"', "", answer.text) for answer in refused]
        shape = re.sub(r"=.*", "", asked.location)
        seen.append((asked.status_code, shape, page.status_code, texts))
    assert seen[0] == seen[1]
    assert len(list(db.session.execute(select(Mail.id)).scalars())) == 1


def test_a_code_works_once(cast: Cast) -> None:
    client = cast.client()
    asked = ask(cast, email(cast), client)
    digits = code()
    assert prove(client, asked, digits).status_code == 303
    assert prove(cast.client(), asked, digits).status_code == 422


def test_a_code_works_only_at_the_page_that_asked_for_it(cast: Cast) -> None:
    first = ask(cast, email(cast))
    of_first = code()
    second = ask(cast, email(cast))
    assert prove(cast.client(), second, of_first).status_code == 422
    assert prove(cast.client(), first, of_first).status_code == 303


def test_a_code_is_good_for_ten_minutes(cast: Cast) -> None:
    asked = ask(cast, email(cast))
    digits = code()
    with clock.shifted_by(timedelta(minutes=10, seconds=1)):
        assert prove(cast.client(), asked, digits).status_code == 422


def test_after_five_wrong_tries_the_right_code_is_refused_too(cast: Cast) -> None:
    asked = ask(cast, email(cast))
    digits = code()
    for _ in range(5):
        assert prove(cast.client(), asked, wrong(digits)).status_code == 422
    assert prove(cast.client(), asked, digits).status_code == 422


def test_the_fifth_try_may_still_be_right(cast: Cast) -> None:
    asked = ask(cast, email(cast))
    digits = code()
    for _ in range(4):
        prove(cast.client(), asked, wrong(digits))
    assert prove(cast.client(), asked, digits).status_code == 303


def test_one_account_is_sent_few_codes_an_hour_and_one_network_tries_few(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "CODES_PER_ACCOUNT", 2)
    monkeypatch.setattr(limits, "TRIES_PER_NETWORK", 3)
    noon = clock.now().replace(minute=30)
    with clock.standing_at(noon):
        asked = [ask(cast, email(cast)) for _ in range(3)]
        assert [answer.status_code for answer in asked] == [303, 303, 429]
        assert ask(cast, "customer.manager@harbour.example").status_code == 303
        tries = [prove(cast.client(), asked[0], "1").status_code for _ in range(4)]
        assert tries == [422, 422, 422, 429]
    with clock.standing_at(noon + timedelta(hours=1)):
        assert ask(cast, email(cast)).status_code == 303


def test_neither_the_code_nor_the_address_it_is_typed_at_is_stored(cast: Cast) -> None:
    asked = ask(cast, email(cast))
    row = db.session.execute(select(SignInCode)).scalar_one()
    assert handle(asked) not in row.code_hash
    assert code().replace(" ", "") not in row.code_hash


def test_a_mail_is_in_the_language_of_its_reader_and_readable_as_plain_text(cast: Cast) -> None:
    ask(cast, email(cast))
    mail = db.session.execute(select(Mail)).scalar_one()
    assert mail.to == email(cast)
    assert code() in mail.subject
    assert "ten minutes" in mail.text


@pytest.mark.parametrize("typed", ["", "maja", "maja@", "a b@c.dk", "a@b", "x" * 300 + "@a.dk"])
def test_what_is_no_address_comes_back_with_the_mistake_beside_it(cast: Cast, typed: str) -> None:
    answer = ask(cast, typed)
    assert answer.status_code == 422
    assert "field__error" in answer.text
    assert typed in answer.text


HOSTILE = [
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https://evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "/ok\r\nLocation: https://evil.example",
    "/\t/evil.example",
    " //evil.example",
    "evil.example",
]


@pytest.mark.parametrize("elsewhere", HOSTILE)
def test_nobody_is_sent_to_another_host_after_signing_in(cast: Cast, elsewhere: str) -> None:
    client = cast.client()
    assert "evil" not in client.get("/sign-in", query_string={"next": elsewhere}).text
    asked = ask(cast, email(cast), client, next=elsewhere)
    assert "next" not in asked.location
    answer = prove(client, asked, code(), next=elsewhere)
    assert (answer.status_code, answer.location) == (303, "/")
