"""The form of a visit without any script: one long page, one post, nothing lost."""

from __future__ import annotations

import io
import re
from html import unescape
from typing import Any

import brotli
import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from inspection.db import db
from inspection.photos.models import Photo
from inspection.visits import record
from inspection.visits.models import Finding, Result, Signature, Visit
from tests.cast import PROMISES, ROOM, Cast, Setting, agreed, finding, key, posted, visited

WHO = "contractor.staff"
LARGEST = 25 * 1024  # bytes of a form of 200 items, as it travels
ANSWERS = {"a-clean": "4", "a-dry": "pass", "a-heat": "55"}


@pytest.fixture
def client(cast: Cast) -> FlaskClient:
    agreed(cast.harbour, "requirements", PROMISES)
    agreed(cast.harbour, "checklist", ROOM, subject="room")
    return cast.client(WHO)


def begun(client: FlaskClient, setting: Setting, checklist: str = "room") -> str:
    """Begin at the kitchen; the address of the visit."""
    place = setting.places["kitchen"].id
    answer = posted(client, f"{setting.url}/visits", place=place, checklist=checklist)
    assert answer.status_code == 303, answer.text
    return str(answer.location).removesuffix("/form")


def picture(colour: str = "red") -> tuple[io.BytesIO, str]:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(file, "JPEG")
    file.seek(0)
    return file, "IMG_1.jpg"


def rows(model: Any) -> list[Any]:
    db.session.rollback()
    return list(db.session.execute(select(model).order_by(model.id)).scalars())


def item(page: str, name: str) -> str:
    """The part of a page that shows one item."""
    found = re.search(rf'<fieldset class="field item[^>]*id="i-{name}".*?</fieldset>', page, re.S)
    assert found, name
    return found[0]


def kept(page: str) -> list[str]:
    return [unescape(one) for one in re.findall(r'name="kept" value="([^"]+)"', page)]


def test_beginning_leads_to_the_form_with_every_item(client: FlaskClient, cast: Cast) -> None:
    page = client.get(f"{begun(client, cast.harbour)}/form").text
    for label in ("Floor is clean", "Floor is dry", "Hot water", "Soap"):
        assert label in page
    assert "Only if “Floor is dry” is fail" in item(page, "why_wet")
    assert "50 to 60 °C" in item(page, "heat")
    assert item(page, "clean").count('type="radio" name="a-clean"') == 5
    assert "No visible dirt; soap and paper are there." in page


def test_a_planned_visit_is_begun_by_its_own_address(client: FlaskClient, cast: Cast) -> None:
    url = begun(client, cast.harbour)
    again = posted(client, f"{url}/start")
    assert again.location == f"{url}/form"


def test_the_whole_form_is_one_post(client: FlaskClient, cast: Cast) -> None:
    url = begun(client, cast.harbour)
    answer = posted(
        client,
        f"{url}/submission",
        **ANSWERS | {"a-clean": "2", "a-heat": "48,5", "fixed-clean": "1"},
        **{"n-clean": "Stains by the door", "photos-clean": picture(), "after-clean": picture()},
        **{"off-soap": "1", "na-soap": "No dispenser here", "note": "Busy today"},
        **{"accompanied_by": "Ib Client", "signed-them": "Ib Client", "sign-us": "M 1 1 L 9 9"},
    )
    assert answer.status_code == 303, answer.text
    assert answer.location == f"{url}?said=submitted"
    (visit,) = rows(Visit)
    results = {one.item: one for one in rows(Result)}
    assert (visit.note, visit.accompanied_by) == ("Busy today", "Ib Client")
    assert (results["clean"].level, results["clean"].note) == (2, "Stains by the door")
    assert (results["heat"].value, results["heat"].outside) == ({"is": 48.5}, True)
    assert results["soap"].reason == "No dispenser here"
    assert {one.item: one.corrected for one in rows(Finding)} == {"clean": True, "heat": False}
    assert [one.stage for one in rows(Photo)] == ["", "after"]
    assert len(rows(Signature)) == 2


def test_a_refused_form_keeps_everything_and_names_what_is_missing(
    client: FlaskClient, cast: Cast
) -> None:
    url = begun(client, cast.harbour)
    answer = posted(
        client,
        f"{url}/submission",
        **{"a-clean": "2", "n-clean": "Stains", "a-heat": "hot", "off-soap": "1"},
        **{"photos-heat": picture(), "signed-them": "Ib", "accompanied_by": "Ib"},
    )
    assert answer.status_code == 422
    page = answer.text
    assert "3 answers need something more" in page
    for name in ("clean", "dry", "soap"):
        assert f'href="#i-{name}"' in page
        assert "field--wrong" in item(page, name)
    assert "field--wrong" not in item(page, "heat")
    assert 'value="2" checked' in item(page, "clean")
    assert "Stains</textarea>" in item(page, "clean")
    assert 'value="hot"' in item(page, "heat")
    assert 'name="off-soap" value="1" checked' in item(page, "soap")
    assert kept(item(page, "heat"))
    assert page.count('value="Ib"') == 2
    assert rows(Result) == []
    once_more = posted(
        client,
        f"{url}/submission",
        **{"a-clean": "4", "a-dry": "pass", "a-heat": "hot", "kept": kept(page)},
    )
    assert once_more.status_code == 303
    (photo,) = rows(Photo)
    assert photo.result_id is not None


def test_what_is_kept_for_later_stands_in_the_form_again_photos_too(
    client: FlaskClient, cast: Cast
) -> None:
    url = begun(client, cast.harbour)
    fields = {"a-clean": "2", "n-clean": "Stains", "photos-clean": picture(), "a-soap": "low"}
    answer = posted(client, f"{url}/draft", **fields, version=2)
    assert answer.location == f"{url}?said=kept", answer.text
    page = client.get(f"{url}/form").text
    assert 'value="2" checked' in item(page, "clean")
    assert "Stains</textarea>" in item(page, "clean")
    assert 'value="low" checked' in item(page, "soap")
    assert len(kept(item(page, "clean"))) == 1
    done = posted(client, f"{url}/submission", **ANSWERS | {"a-clean": "2"}, kept=kept(page))
    assert done.status_code == 303
    assert len(rows(Photo)) == 1


def test_what_another_device_kept_is_not_written_over_unseen(
    client: FlaskClient, cast: Cast
) -> None:
    url = begun(client, cast.harbour)

    def keeps(words: str, device: str, seen: str) -> int:
        given = {"n-clean": words, "draft_device": device, "draft_seen": seen}
        fields = {name: value for name, value in given.items() if value}  # as the page sends them
        return posted(client, f"{url}/draft", **fields, version=2).status_code

    def seen() -> str:
        page = client.get(f"{url}/form").text
        assert '"by": "desk"' in unescape(page)
        found = re.search(r'name="draft_seen" value="([^"]+)"', page)
        assert found
        return found[1]

    assert keeps("At the desk", "desk", "") == 303
    assert keeps("Under way", "phone", "") == 409
    assert keeps("At the desk again", "desk", "") == 303  # its own, whatever it has seen
    shown = seen()
    assert "At the desk again</textarea>" in item(client.get(f"{url}/form").text, "clean")
    assert keeps("Under way", "phone", shown) == 303
    assert keeps("At the desk, too late", "desk", shown) == 409
    visit = record.found(cast.harbour.contract.id, int(url.rsplit("/", 1)[1]))
    assert visit.draft["fields"] == {"n-clean": ["Under way"]}


def test_last_time_stands_beside_each_item_and_what_failed_comes_first(
    client: FlaskClient, cast: Cast
) -> None:
    visited(cast.harbour, "kitchen", {"clean": 3, "dry": "fail", "heat": 55, "why_wet": "A pipe"})
    page = client.get(f"{begun(client, cast.harbour)}/form").text
    assert "Last: 3 Meets, minor gaps · " in item(page, "clean")
    assert "Last: Fail · " in item(page, "dry")
    assert "Last: 55 °C · " in item(page, "heat")
    titles = re.findall(r'<section class="asks"[^>]*><h2 dir="auto">([^<]+)</h2>', page)
    assert titles == ["Re-inspect", "Floor", "Things"]
    order = re.findall(r'<fieldset class="field item[^>]*id="i-(\w+)"', page)
    assert order == ["dry", "clean", "why_wet", "heat", "soap"]


def test_a_finding_can_be_joined_to_what_is_open_here(client: FlaskClient, cast: Cast) -> None:
    number = finding(cast.harbour, 2, "tap", "leak", "Tap drips")
    url = begun(client, cast.harbour)
    assert f'<option value="{number}">' in item(client.get(f"{url}/form").text, "clean")


def test_only_who_began_it_gets_the_form(client: FlaskClient, cast: Cast) -> None:
    url = begun(client, cast.harbour)
    other = cast.client("customer.staff").get(f"{url}/form")
    assert (other.status_code, other.location) == (303, url)
    assert posted(cast.client("customer.staff"), f"{url}/submission", **ANSWERS).status_code == 403


def test_a_visit_begun_by_mistake_is_left(client: FlaskClient, cast: Cast) -> None:
    url = begun(client, cast.harbour)
    assert posted(client, f"{url}/leaving", version=2).location == f"{url}?said=left"
    assert client.get(f"{url}/form").location == url


def test_the_same_form_twice_is_submitted_once(client: FlaskClient, cast: Cast) -> None:
    url = begun(client, cast.harbour)
    form = ANSWERS | {"submission_key": key()}
    first, second = (client.post(f"{url}/submission", data=form) for _ in range(2))
    assert first.location == second.location
    assert len(rows(Result)) == len(ROOM["items"])


def long(items: int) -> dict[str, Any]:
    """A checklist of so many items of every kind, each with words of its own."""
    things = [
        "Floor",
        "Wall",
        "Ceiling",
        "Door",
        "Window",
        "Table",
        "Chair",
        "Sink",
        "Tap",
        "Lamp",
        "Shelf",
        "Bin",
        "Mirror",
    ]
    faults = ["free of dust", "dry and clean", "undamaged", "in its place", "without stains"]
    made: list[dict[str, Any]] = []
    for n in range(items):
        kind = ("level", "level", "pass_fail", "number", "choice")[n % 5]
        one: dict[str, Any] = {
            "key": f"item_{n}",
            "kind": kind,
            "label": f"{things[n % 13]} {n // 13 + 1} {faults[n % 5]}",
            "hint": f"Look behind {things[n * 7 % 13].lower()} {n % 9}." if n % 3 == 0 else "",
            "section": f"s{n // 20}",
            "requirement": "8.C.1.a" if n % 2 else "8.C.2",
            "weight": n % 5 + 1,
            "photo_below": True,
            "critical": n % 20 == 0,
        }
        if n % 10 == 9:
            one["relevant"] = f"${{item_{n - 9}}} <= 2"
        if kind == "number":
            one |= {"unit": "°C", "low": n, "high": n + 10}
        if kind == "choice":
            one["options"] = [{"value": f"v{i}", "label": f"Kind {i} of {n}"} for i in range(4)]
        made.append(one)
    titles = [{"key": f"s{n}", "title": f"Room 2.{n + 10}"} for n in range((items + 19) // 20)]
    return ROOM | {"title": "A long round", "items": made, "sections": titles}


def test_a_form_of_200_items_is_small(client: FlaskClient, cast: Cast) -> None:
    agreed(cast.harbour, "checklist", long(200), subject="long")
    for n in range(6):
        finding(cast.harbour, 2, "tap", "leak", f"Tap {n} drips")
    url = begun(client, cast.harbour, "long")
    sizes = {}
    for coding in ("zstd", "br", "gzip"):
        answer = client.get(f"{url}/form", headers={"Accept-Encoding": coding})
        assert answer.headers["Content-Encoding"] == coding
        sizes[coding] = len(answer.data)
    plain = client.get(f"{url}/form").data
    assert plain.count(b"<fieldset") >= 200
    print(f"\nform of 200 items: {len(plain)} bytes plain, {sizes}, br -q11 {_best(plain)}")
    assert max(sizes["zstd"], sizes["br"]) <= LARGEST


def _best(plain: bytes) -> int:
    return len(brotli.compress(plain))


def test_every_field_of_200_items_may_be_sent_empty(client: FlaskClient, cast: Cast) -> None:
    agreed(cast.harbour, "checklist", long(200), subject="long")
    url = begun(client, cast.harbour, "long")
    page = client.get(f"{url}/form").text
    names = set(re.findall(r'<(?:textarea|select)[^>]* name="([^"]+)"', page))
    files = set(re.findall(r'type="file" name="([^"]+)"', page))
    fields: dict[str, Any] = dict.fromkeys(names, "")
    answer = posted(
        client, f"{url}/draft", **fields, **{name: (io.BytesIO(b""), "") for name in files}
    )
    assert answer.location == f"{url}?said=kept", answer.text[:300]
    assert record.found(cast.harbour.contract.id, int(url.rsplit("/", 1)[1])).draft["fields"] == {}


@pytest.mark.parametrize(
    ("noun", "status"), [("draft", 303), ("submission", 422), ("leaving", 413), ("start", 413)]
)
def test_only_what_carries_a_whole_checklist_has_room_for_one(
    client: FlaskClient, cast: Cast, noun: str, status: int
) -> None:
    agreed(cast.harbour, "checklist", long(200), subject="long")
    url = begun(client, cast.harbour, "long")
    notes = {f"n-item_{n}": "words" for n in range(150)}
    nothing = {"photos-item_0": (io.BytesIO(b""), "")}  # a form with files goes in parts
    assert posted(client, f"{url}/{noun}", **notes, **nothing).status_code == status
