"""The scan page and what it takes, on both engines."""

from __future__ import annotations

import gzip
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import event, func, select, update

from inspection import clock, web
from inspection.actions.models import Action
from inspection.budgets import Budget
from inspection.db import db, writing
from inspection.idempotency import Variant
from inspection.photos.models import Photo
from inspection.reports import receiving
from inspection.reports.models import Report
from inspection.rules.refusal import Refusal
from qr import payload, tags
from qr.models import Tag
from qr.routes import MISSES
from tests.cast import Cast, key, posted

UNKNOWN = payload.mint(7)
LANGUAGES = ("en", "da", "sv", "nb", "fi", "de", "pl", "ar")


def picture(colour: str = "teal") -> tuple[io.BytesIO, str]:
    data = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(data, "PNG")
    data.seek(0)
    return data, "tap.png"


def says(client: FlaskClient, code: str, **fields: Any) -> Any:
    """Report at the door of `code`."""
    return posted(client, f"/Q/{code}/reports", **({"category": "leak"} | fields))


def reports() -> list[Report]:
    db.session.rollback()  # look again, not at what was read before
    return list(db.session.execute(select(Report).order_by(Report.id)).scalars())


def actions() -> list[Action]:
    db.session.rollback()
    return list(db.session.execute(select(Action).order_by(Action.id)).scalars())


def count(model: type) -> int:
    db.session.rollback()
    return int(db.session.execute(select(func.count()).select_from(model)).scalar_one())


def joins(page: str) -> list[str]:
    return re.findall(r'name="joins" value="([^"]+)"', page)


# ---------------------------------------------------------------- where a code leads


def test_the_door_says_where_you_are_and_needs_no_further_request(cast: Cast) -> None:
    page = cast.client().get(f"/Q/{cast.harbour.codes['kitchen']}")
    assert page.status_code == 200
    assert "2.14 Tea kitchen" in page.text
    assert "Harbour › House A › Level 2" in page.text
    assert "Call 112 first." in page.text
    assert "both parties of the contract" in page.text
    blocking = re.findall(r"<link[^>]*stylesheet|<script(?![^>]*type=\"module\")|<img", page.text)
    assert blocking == []


def test_the_door_opens_with_three_reads(cast: Cast) -> None:
    """The code with its place and contract; what is open here; the categories."""
    address = f"/Q/{cast.harbour.codes['kitchen']}"
    read: list[str] = []

    def heard(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("SELECT"):
            read.append(statement)

    event.listen(db.engine, "before_cursor_execute", heard)
    try:
        cast.client().get(address)
    finally:
        event.remove(db.engine, "before_cursor_execute", heard)
    assert len(read) == 3


def test_a_code_is_read_as_people_type_it(cast: Cast) -> None:
    code = cast.harbour.codes["tap"]
    client = cast.client()
    for written in (code.lower(), payload.grouped(code), payload.grouped(code).lower()):
        for door in ("Q", "q"):
            assert "Tap 2.14-1" in client.get(f"/{door}/{written}").text
        onward = client.get("/Q", query_string={"code": written, "lang": "da"})
        assert (onward.status_code, onward.location) == (303, f"/Q/{code}?lang=da")


def test_a_typing_mistake_is_told_at_once_without_a_look_up(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = cast.harbour.codes["tap"]
    wrong = code[:-1] + next(c for c in payload.ALPHABET if c != code[-1])
    monkeypatch.setattr(tags, "door", lambda code: pytest.fail("looked up"))
    refusal = payload.read(wrong)
    assert isinstance(refusal, Refusal)
    for address in (f"/Q/{wrong}", f"/Q?code={wrong}"):
        page = cast.client().get(address)
        assert page.status_code == 404
        assert refusal.sentence.split(":")[0] in page.text
        assert f'value="{wrong}"' in page.text
    assert count(Budget) == 0


def test_an_unknown_code_is_met_kindly_and_counted(cast: Cast) -> None:
    page = cast.client().get(f"/Q/{UNKNOWN}")
    assert page.status_code == 404
    assert "We do not know that code" in page.text
    assert 'name="code"' in page.text
    assert count(Budget) == 1


def test_too_many_unknown_codes_from_one_address_must_wait_and_known_ones_pass(cast: Cast) -> None:
    client = cast.client()
    with clock.standing_at(clock.now()):
        answers = [client.get(f"/Q/{payload.mint(n)}").status_code for n in range(1, MISSES + 3)]
        assert answers == [404] * MISSES + [429] * 2
        assert client.get(f"/Q/{cast.harbour.codes['tap']}").status_code == 200
    with clock.shifted_by(timedelta(minutes=2)):
        assert client.get(f"/Q/{UNKNOWN}").status_code == 404


def test_a_blank_code_is_not_in_use_yet(cast: Cast) -> None:
    with writing():
        (code,) = tags.mint(cast.harbour.contract.id, 1)
    page = cast.client().get(f"/Q/{code}")
    assert page.status_code == 200
    assert "not in use yet" in page.text
    assert "<fieldset" not in page.text


def test_a_retired_code_is_never_another_place_and_says_what_replaced_it(cast: Cast) -> None:
    here, by = cast.harbour, cast.harbour.members["customer.supervisor"]
    with writing():
        old, new = (tags.found(by.contract_id, here.codes[name]) for name in ("tap", "kitchen"))
        tags.retire(by, old, new)
    page = cast.client().get(f"/Q/{old.code}?lang=en")
    assert page.status_code == 200
    assert f"/Q/{new.code}?lang=en" in page.text
    assert "This label has been replaced" in page.text
    assert "2.14 Tea kitchen" not in page.text


def test_a_report_that_was_being_written_when_its_code_was_retired_still_arrives(
    cast: Cast,
) -> None:
    by = cast.harbour.members["customer.supervisor"]
    with writing():
        tags.retire(by, tags.found(by.contract_id, cast.harbour.codes["tap"]), None)
    assert says(cast.client(), cast.harbour.codes["tap"], words="drips").status_code == 303
    assert reports()[0].asset_id == cast.harbour.places["tap"].id


def test_a_rebound_code_needs_a_note_and_opens_the_new_place(cast: Cast) -> None:
    here, by = cast.harbour, cast.harbour.members["customer.supervisor"]
    with pytest.raises(web.Refused, match=r"tag\.note_missing"), writing():
        tags.bind(by, tags.found(by.contract_id, here.codes["tap"]), here.places["hall"])
    with writing():
        tags.bind(by, tags.found(by.contract_id, here.codes["tap"]), here.places["hall"], "moved")
    assert "2.15 Hall" in cast.client().get(f"/Q/{here.codes['tap']}").text


def test_a_member_of_the_contract_goes_to_the_place_with_proof_of_the_scan(cast: Cast) -> None:
    here = cast.harbour
    code, place = here.codes["tap"], here.places["tap"]
    client = cast.client("contractor.staff")
    answer = client.get(f"/Q/{code}")
    assert answer.status_code == 303
    address, _, token = answer.location.partition("?scan=")
    assert address == f"{here.url}/places/{place.id}"
    with cast.app.test_request_context():
        scan = web.unsign("scan", token, 900)
    member = here.members["contractor.staff"].id
    assert scan == {"code": code, "asset": place.id, "member": member}
    assert client.get(f"/Q/{code}?public=1").status_code == 200


def test_staff_of_another_contract_see_the_public_page(cast: Cast) -> None:
    client = cast.client("contractor.staff", cast.elsewhere)
    assert client.get(f"/Q/{cast.harbour.codes['tap']}").status_code == 200


def test_the_public_page_asks_for_no_credential(cast: Cast) -> None:
    page = cast.client().get(f"/Q/{cast.harbour.codes['tap']}").text
    assert 'type="password"' not in page
    assert "one-time-code" not in page
    assert f'href="/sign-in?next=/Q/{cast.harbour.codes["tap"]}"' in page


@pytest.mark.parametrize("text", ["//evil.example", "\\\\evil.example", "https://evil.example/Q/x"])
def test_a_typed_code_never_leads_to_another_host(cast: Cast, text: str) -> None:
    answer = cast.client().get("/Q", query_string={"code": text})
    assert answer.status_code == 404
    assert "Location" not in answer.headers


def test_an_address_with_a_real_code_on_a_former_host_still_opens(cast: Cast) -> None:
    code = cast.harbour.codes["tap"]
    answer = cast.client().get("/Q", query_string={"code": f"HTTPS://OLD.EXAMPLE/Q/{code}"})
    assert answer.location == f"/Q/{code}"


# ---------------------------------------------------------------- eight languages, few bytes


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_door_speaks_the_language_of_the_phone_or_the_one_picked(
    cast: Cast, language: str
) -> None:
    client, address = cast.client(), f"/Q/{cast.harbour.codes['tap']}"
    root = f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}" '
    assert root in client.get(address, headers={"Accept-Language": language}).text
    assert root in client.get(f"{address}?lang={language}").text


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_whole_page_fits_into_fourteen_kilobytes_on_the_line(cast: Cast, language: str) -> None:
    for place in ("tap", "kitchen", "hall", "level", "building"):
        says(cast.client(), cast.harbour.codes[place], category="danger")
    client, address = cast.client(), f"/Q/{cast.harbour.codes['site']}?lang={language}"
    page = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert page.headers["Content-Encoding"] == "gzip"
    assert len(joins(gzip.decompress(page.data).decode())) == 5
    assert len(page.data) + len(str(page.headers)) <= 14 * 1024


# ---------------------------------------------------------------- a report


def test_three_taps_make_a_report(cast: Cast) -> None:
    """Category, photo, send: everything else may stay empty."""
    client, code = cast.client(), cast.harbour.codes["kitchen"]
    answer = says(client, code, photos=picture())
    assert answer.status_code == 303
    assert re.fullmatch(r"/r/[\w-]{22}\?said=received", answer.location)
    (report,), (action,) = reports(), actions()
    assert report.action_id == action.id
    assert (report.asset_id, report.tag_code) == (cast.harbour.places["kitchen"].id, code)
    assert (report.language, report.source, report.held) == ("en", "qr", False)
    assert count(Photo) == 1
    page = client.get(answer.location)
    assert report.reference in page.text
    assert "Received. Thank you" in page.text


def test_the_language_picked_by_hand_stays_on_the_receipt(cast: Cast) -> None:
    answer = says(cast.client(), cast.harbour.codes["tap"], lang="da")
    assert "?lang=da&said=received" in answer.location
    assert reports()[0].language == "da"


def test_a_form_without_a_category_comes_back_with_everything_as_typed(cast: Cast) -> None:
    client, code = cast.client(), cast.harbour.codes["tap"]
    page = says(
        client,
        code,
        category="",
        words="It <b>drips</b>\nall night",
        contact="me@x.example",
        photos=picture(),
    )
    assert page.status_code == 422
    assert "Choose what it is about." in page.text
    assert "It &lt;b&gt;drips&lt;/b&gt;\nall night" in page.text
    assert 'value="me@x.example"' in page.text
    assert reports() == []
    (kept,) = re.findall(r'name="kept" value="([^"]+)"', page.text)
    assert says(client, code, kept=kept).status_code == 303
    assert count(Photo) == 1


def test_a_form_that_came_back_can_be_reloaded_or_read_in_another_language(cast: Cast) -> None:
    code = cast.harbour.codes["tap"]
    answer = cast.client().get(f"/Q/{code}/reports?lang=da")
    assert (answer.status_code, answer.location) == (303, f"/Q/{code}?lang=da")


def test_an_unknown_field_is_refused(cast: Cast) -> None:
    answer = says(cast.client(), cast.harbour.codes["tap"], priority="P1")
    assert answer.status_code == 422
    assert reports() == []


def test_a_stranger_is_known_by_nothing_they_said(cast: Cast) -> None:
    client, code = cast.client(), cast.harbour.codes["kitchen"]
    words = "Somebody keeps a cat behind the fridge"
    says(client, code, words=words, contact="+45 12 34 56 78", photos=picture())
    page = client.get(f"/Q/{code}").text
    assert "Leak" in page
    assert "Not looked at yet" in page
    (report,), (action,) = reports(), actions()
    for secret in (words, "12 34 56 78", "/photos/", report.reference):
        assert secret not in page
    assert f'value="{action.id}"' not in page


def test_what_is_open_here_or_below_is_shown_first_and_what_is_elsewhere_is_not(
    cast: Cast,
) -> None:
    client, codes = cast.client(), cast.harbour.codes
    says(client, codes["tap"], category="leak")
    says(client, codes["kitchen"], category="cleaning")
    says(client, codes["hall"], category="doors")
    says(client, cast.elsewhere.codes["kitchen"], category="danger")
    page = client.get(f"/Q/{codes['kitchen']}").text
    known = page[page.index('class="known"') : page.index("</ul></form>")]
    assert re.findall(r"<b>(\w+)</b>", known) == ["Cleaning", "Leak"]
    assert "(2)" in page
    assert page.index('class="known"') < page.index("<fieldset")


def test_at_most_five_are_shown_and_the_number_is_said(cast: Cast) -> None:
    client, code = cast.client(), cast.harbour.codes["tap"]
    for _ in range(7):
        says(client, code)
    page = client.get(f"/Q/{code}").text
    assert len(joins(page)) == 5
    assert "Already reported here (7)" in page


def test_me_too_is_one_tap_and_one_more_report_on_the_same_action(cast: Cast) -> None:
    client, code = cast.client(), cast.harbour.codes["kitchen"]
    says(client, code, category="cleaning")
    says(client, code, category="leak")
    page = client.get(f"/Q/{code}").text
    first = joins(page)[0]  # the newest: the leak
    answer = posted(client, f"/Q/{code}/reports", joins=first)
    assert answer.status_code == 303
    last, leak = reports()[-1], actions()[-1]
    assert (last.action_id, last.me_too) == (leak.id, True)
    assert leak.report_count == 2
    assert len(actions()) == 2
    assert "2 people" in client.get(f"/Q/{code}").text
    assert "We have your report" in client.get(answer.location).text


def test_me_too_joins_nothing_of_another_place_or_contract(cast: Cast) -> None:
    client, codes = cast.client(), cast.harbour.codes
    says(client, codes["hall"])
    says(client, cast.elsewhere.codes["kitchen"])
    tokens = [
        *joins(client.get(f"/Q/{codes['hall']}").text),
        *joins(client.get(f"/Q/{cast.elsewhere.codes['kitchen']}").text),
    ]
    assert len(tokens) == 2
    for token in (*tokens, str(actions()[0].id), "x"):
        answer = posted(client, f"/Q/{codes['kitchen']}/reports", joins=token)
        assert answer.status_code == 422
        assert "That has just been closed" in answer.text
    assert len(reports()) == 2


def test_a_code_that_is_no_place_takes_no_report(cast: Cast) -> None:
    with writing():
        (blank,) = tags.mint(cast.harbour.contract.id, 1)
    client = cast.client()
    assert says(client, UNKNOWN).status_code == 404
    assert says(client, "nonsense").status_code == 404
    assert "not in use yet" in says(client, blank).text
    assert reports() == []


# ---------------------------------------------------------------- held, not refused


def test_a_filled_trap_is_held_with_a_receipt(cast: Cast) -> None:
    client, code = cast.client(), cast.harbour.codes["tap"]
    answer = says(client, code, website="https://spam.example")
    assert answer.status_code == 303
    assert reports()[0].held
    assert "a person looks at this one first" in client.get(answer.location).text
    assert joins(client.get(f"/Q/{code}").text) == []


def test_a_flood_at_one_code_is_held_and_other_codes_pass(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "PER_CODE", 2)
    client = cast.client()
    with clock.standing_at(clock.now()):
        for _ in range(4):
            assert says(client, cast.harbour.codes["tap"]).status_code == 303
        says(client, cast.harbour.codes["hall"])
    assert [report.held for report in reports()] == [False, False, True, True, False]


def test_a_held_voice_counts_only_when_it_is_let_in(cast: Cast) -> None:
    client, code = cast.client(), cast.harbour.codes["tap"]
    says(client, code)
    (token,) = joins(client.get(f"/Q/{code}").text)
    posted(client, f"/Q/{code}/reports", joins=token, website="x")
    assert actions()[0].report_count == 1
    lead = cast.client("customer.supervisor")
    posted(lead, f"{cast.harbour.url}/tray/release", report=reports()[-1].id)
    assert actions()[0].report_count == 2


# ---------------------------------------------------------------- once


def test_a_double_tap_is_one_report_and_one_receipt(cast: Cast) -> None:
    client, code, one = cast.client(), cast.harbour.codes["tap"], key()
    fields = {"category": "leak", "words": "drips", "submission_key": one}
    first, second = (client.post(f"/Q/{code}/reports", data=fields) for _ in range(2))
    assert first.location == second.location
    assert len(reports()) == 1


def test_the_same_key_with_other_words_changes_nothing_and_both_are_kept(cast: Cast) -> None:
    client, code, one = cast.client(), cast.harbour.codes["tap"], key()
    fields = {"category": "leak", "words": "drips", "submission_key": one}
    client.post(f"/Q/{code}/reports", data=fields)
    answer = client.post(f"/Q/{code}/reports", data=fields | {"words": "floods"})
    assert answer.status_code == 409
    assert "floods" in answer.text
    assert [report.words for report in reports()] == ["drips"]
    (variant,) = db.session.execute(select(Variant)).scalars()
    assert ["words", "floods"] in variant.fields


def test_the_same_form_works_as_json_and_replays_with_the_same_receipt(cast: Cast) -> None:
    client, code, one = cast.client(), cast.harbour.codes["tap"], key()
    headers = {"Accept": "application/json", "Idempotency-Key": one}
    fields = {"category": "leak", "words": "drips", "lang": "de"}
    first = client.post(f"/Q/{code}/reports", json=fields, headers=headers)
    again = client.post(f"/Q/{code}/reports", data=fields, headers=headers)
    assert (first.status_code, again.status_code) == (201, 200)
    for answer in (first, again):
        assert answer.json["ack"] == one
        assert answer.json["number"] == reports()[0].reference
    assert first.json["sha256"] == again.json["sha256"]
    assert first.json["location"].split("?")[0] == again.json["location"].split("?")[0]
    assert len(reports()) == 1
    assert reports()[0].language == "de"


def test_a_mistake_over_json_names_its_field(cast: Cast) -> None:
    headers = {"Accept": "application/json"}
    code = cast.harbour.codes["tap"]
    answer = cast.client().post(f"/Q/{code}/reports", data={"words": "x"}, headers=headers)
    assert answer.status_code == 422
    assert answer.json["refused"][0]["field"] == "category"
    missing = cast.client().post(f"/Q/{UNKNOWN}/reports", data={"words": "x"}, headers=headers)
    assert (missing.status_code, missing.is_json) == (404, True)


def test_a_stranger_can_neither_read_nor_squat_a_key_at_another_code(cast: Cast) -> None:
    client, one = cast.client(), key()
    fields = {"category": "leak", "submission_key": one}
    first = client.post(f"/Q/{cast.harbour.codes['tap']}/reports", data=fields)
    other = client.post(f"/Q/{cast.harbour.codes['hall']}/reports", data=fields)
    assert other.status_code == 303
    assert first.location != other.location
    assert len(reports()) == 2


def test_a_post_from_another_site_changes_nothing(cast: Cast) -> None:
    client, code = cast.client(), cast.harbour.codes["tap"]
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "cross-site"
    assert says(client, code).status_code == 403
    assert reports() == []


# ---------------------------------------------------------------- pictures that are none


def bomb() -> bytes:
    data = io.BytesIO()
    Image.new("1", (13_000, 13_000)).save(data, "PNG")
    return data.getvalue()


def truncated() -> bytes:
    data = io.BytesIO()
    Image.effect_noise((200, 200), 50).convert("RGB").save(data, "JPEG")
    return data.getvalue()[:2000]


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "not a photo"),
        (truncated, "could not be read"),
        (bomb, "million pixels"),
        (lambda: b"", "is empty"),
    ],
    ids=["svg", "truncated", "bomb", "empty"],
)
def test_a_refused_picture_never_loses_the_words(cast: Cast, make: Any, why: str) -> None:
    client, code = cast.client(), cast.harbour.codes["tap"]
    answer = says(
        client,
        code,
        words="it drips",
        photos=[picture(), (io.BytesIO(make()), "<script>alert(1)</script>.svg")],
    )
    assert answer.status_code == 303
    assert [report.words for report in reports()] == ["it drips"]
    assert count(Photo) == 1
    assert "script" not in answer.location
    page = client.get(answer.location).text
    assert "Photo 2 was left out." in page
    assert why in page
    assert "alert(1)" not in page


def test_nothing_of_the_address_is_shown_as_a_reason(cast: Cast) -> None:
    client = cast.client()
    receipt = says(client, cast.harbour.codes["tap"]).location.split("?")[0]
    page = client.get(f"{receipt}?refused=1.photo.evil&refused=x&refused=<b>&said=<script>x").text
    assert not re.search(r"Photo \d+ was left out", page)
    assert "evil" not in page
    assert "<script>x" not in page


def test_a_sixth_photo_is_left_out_and_said_so(cast: Cast) -> None:
    client = cast.client()
    colours = ("red", "green", "blue", "black", "white", "teal")
    answer = says(client, cast.harbour.codes["tap"], photos=[picture(c) for c in colours])
    assert count(Photo) == 5
    assert "Photo 6 was left out. At most 5 photos fit" in client.get(answer.location).text


XSS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}${7*7}<%= 7*7 %>",
    "javascript:alert(1)//<svg/onload=alert(1)>",
)


@pytest.mark.parametrize("attack", XSS)
def test_what_somebody_writes_is_text_everywhere(cast: Cast, attack: str) -> None:
    client, code = cast.client(), cast.harbour.codes["tap"]
    with writing():
        db.session.execute(update(Tag).where(Tag.code == code).values(note=attack))
    wrong = says(client, code, category="", words=attack, contact=attack)
    answer = says(client, code, words=attack, contact=attack)
    for page in (wrong.text, client.get(answer.location).text, client.get(f"/Q/{attack}").text):
        assert attack not in page or "<" not in attack
        assert not re.search(r"<(img|svg)[^>]*\bon\w+=", page)


def test_the_page_of_somebody_signed_in_is_never_shown_to_a_stranger(cast: Cast) -> None:
    url = f"/Q/{cast.harbour.codes['tap']}?public=1"
    staff = cast.client("contractor.staff").get(url).text
    stranger = cast.client().get(url).text
    person = cast.harbour.people["contractor.staff"].id
    assert f'owner="{person}"' in staff
    assert 'owner=""' in stranger
    assert f'owner="{person}"' not in stranger


def test_every_answer_has_a_nonce_and_keys_of_its_own(cast: Cast) -> None:
    import re

    url = f"/Q/{cast.harbour.codes['tap']}"
    pages = [cast.client().get(url).text for _ in range(3)]
    keys = [re.findall(r'name="submission_key" value="([0-9a-f]{32})"', page) for page in pages]
    nonces = [re.findall(r'<style nonce="([^"]+)"', page) for page in pages]
    assert len({key for page in keys for key in page}) == sum(map(len, keys)) >= 3
    assert len({nonce for page in nonces for nonce in page}) == 3
    assert "Xm4rk" not in "".join(pages)
