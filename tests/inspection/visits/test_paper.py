"""One visit on paper: everything both parties said, in any language, handed over as one file."""

from __future__ import annotations

import io
import json
import re
import tracemalloc
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from PIL import Image

from inspection.contracts import logos
from inspection.db import db, writing
from inspection.photos import evidence
from inspection.photos.evidence import Kept
from inspection.photos.pictures import Refined
from inspection.rules import scale
from inspection.rules.checklist import Answer
from inspection.visits import following, starting, typesetting
from inspection.visits.filled import Signed
from tests.cast import FINE, PROMISES, ROOM, Cast, Setting, agreed, posted, visited
from tests.conftest import SHARED

STROKES = "M 10 10 L 90 90 L 120 40"
LEAD = "customer.supervisor"
ARABIC = "الماء يتسرب من تحت المغسلة"


def kept(
    colour: str = "red", field: str = "photos-clean", size: tuple[int, int] = (80, 60)
) -> Kept:
    """A picture in the photo store."""
    held = io.BytesIO()
    Image.new("RGB", size, colour).save(held, "JPEG")
    return evidence.keep(Refined("0" * 64, held.getvalue(), held.getvalue(), *size), field)


def wet() -> dict[str, Any]:
    return {
        "clean": Answer(2, note="Pletter ved døren – æøå", photos=1, corrected=True),
        "dry": Answer("fail", no_photo="Flash broken", note=ARABIC),
        "why_wet": Answer("The trap"),
        "heat": Answer(43.5),
        "soap": Answer(reason="No dispenser"),
    }


def found(setting: Setting, **more: Any) -> int:
    pictures = {"clean": ((kept(),), (kept("green"),))}
    signed = {"us": Signed("Ane Sørensen", STROKES), "them": Signed("Ida Holm", "")}
    return visited(setting, "kitchen", wet(), pictures=pictures, signed=signed, **more)


def paper(cast: Cast, visit: int, who: str = LEAD) -> pypdfium2.PdfDocument:
    answer = cast.client(who).get(f"{cast.harbour.url}/visits/{visit}/paper")
    assert answer.status_code == 200
    assert answer.mimetype == "application/pdf"
    return pypdfium2.PdfDocument(answer.data)


def text(pdf: pypdfium2.PdfDocument) -> str:
    pages = (page.get_textpage().get_text_range() for page in pdf)
    return re.sub(r"\s+", " ", " ".join(pages))


def images(pdf: pypdfium2.PdfDocument) -> int:
    kinds = (one.type for page in pdf for one in page.get_objects())
    return sum(kind == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE for kind in kinds)


def test_a_paper_says_who_where_when_and_by_what_both_agreed(cast: Cast) -> None:
    agreed(cast.harbour, "scale", scale.PROPOSED)
    said = text(paper(cast, found(cast.harbour, accompanied_by="Ida Holm")))
    for words in (
        *("Harbour House customer", "Harbour House contractor", "Tea kitchen, daily"),
        *("Harbour › House A › Level 2 › 2.14 Tea kitchen", "Staff Contractor, Contractor"),
        *("Together with Ida Holm", "not scanned", "Page 1 of", "http://localhost/c/harbour/"),
        "Manager Contractor (Contractor), Manager Customer (Customer)",
    ):
        assert words in said, words
    assert said.count("version 1, agreed") == 2


def test_findings_come_first_with_photos_promise_and_what_became_of_them(cast: Cast) -> None:
    pdf = paper(cast, found(cast.harbour))
    said = text(pdf)
    places = [said.index(words) for words in ("Findings (3)", "Every answer (5)", "Signed")]
    assert places == sorted(places)
    for words in (
        *("Pletter ved døren – æøå", "As found", "Once corrected", "Corrected on the spot"),
        *("Requirement 8.C.1.a · Toilets are clean", "No visible dirt; soap and paper are there."),
        *("It became no. 1 · received · turn: Contractor", "43.5 °C · Outside 50 to 60 °C"),
        *("Why it does not apply: No dispenser", "Why there is no photo: Flash broken"),
    ):
        assert words in said, words
    assert images(pdf) == 2


def test_the_scale_stands_on_it_with_four_faces_that_need_no_colour(cast: Cast) -> None:
    said = text(paper(cast, visited(cast.harbour, "kitchen")))
    for words in (
        "5 Exceeds",
        "green · counts 100 %",
        "85 to below 95 %",
        "1 Fails",
        "red · counts",
    ):
        assert words in said, words
    assert "4 Meets · 90.0 %" in said


def test_a_capped_level_is_said_in_words(cast: Cast) -> None:
    heavy = [dict(item, weight=5 if item["key"] == "clean" else 1) for item in ROOM["items"]]
    agreed(cast.harbour, "requirements", PROMISES)
    agreed(cast.harbour, "checklist", ROOM | {"items": heavy}, subject="room")
    given = {"clean": 5, "dry": "fail", "why_wet": "The trap", "heat": 55}
    said = text(paper(cast, visited(cast.harbour, "kitchen", given)))
    assert "A critical item did not pass, so the level is at most 2" in said


def test_contested_views_stand_side_by_side_and_amendments_and_comments_with_names(
    cast: Cast,
) -> None:
    visit, here = found(cast.harbour), cast.harbour.members
    with writing():
        following.contest(here[LEAD], visit, "heat", 4, "We measured 52 °C")
    with writing():
        following.comment(here["customer.staff"], visit, "Thanks for the look")
    with writing():
        following.amend(here["contractor.staff"], visit, "The trap was replaced")
    said = text(paper(cast, visit))
    for words in ("We measured 52 °C", "Thanks for the look", "The trap was replaced"):
        assert words in said, words
    assert "Not settled: both views stand" in said
    assert said.index("The trap was replaced") < said.index("Findings (3)")


def test_signatures_are_vectors_with_names_and_typed_ones_say_so(cast: Cast) -> None:
    pdf = paper(cast, found(cast.harbour))
    assert re.search(r"Ane Sørensen · Contractor · \d+ \w+ \d{4}", text(pdf))
    assert re.search(r"Ida Holm · Customer · [^·]+ · typed", text(pdf))


def test_every_letter_is_embedded_and_arabic_is_joined_from_the_right(cast: Cast) -> None:
    visit = found(cast.harbour)
    raw = cast.client(LEAD).get(f"{cast.harbour.url}/visits/{visit}/paper").data
    assert b"NotoSansArabic" in raw
    fonts = set(re.findall(rb"/BaseFont /(\S+)", raw))
    assert all(b"+" in font for font in fonts if b"Noto" in font)  # a subset is embedded
    assert "?" not in text(pypdfium2.PdfDocument(raw)).replace(
        "Where does the water come from?", ""
    )


def test_it_speaks_the_readers_language(cast: Cast) -> None:
    visit = found(cast.harbour)
    client = cast.client(LEAD)
    danish = client.get(f"{cast.harbour.url}/visits/{visit}/paper?lang=da").data
    assert "Gulvet er rent" in text(pypdfium2.PdfDocument(danish))


def test_both_logos_stand_on_it_and_a_name_where_there_is_none(cast: Cast) -> None:
    visit = visited(cast.harbour, "kitchen")
    assert images(paper(cast, visit)) == 0
    for party in ("customer", "contractor"):
        with writing():
            logos.choose(cast.harbour.members[f"{party}.manager"], (kept("blue", "logo"),))
    assert images(paper(cast, visit)) == 2


def test_a_picture_that_is_gone_leaves_a_word_and_not_an_error(cast: Cast) -> None:
    gone = Kept("0" * 64, "1" * 64, "2" * 64, 800, 600, 100, "photos-clean")
    answers = FINE | {"clean": Answer(2, note="Stains", photos=1)}
    visit = visited(cast.harbour, "kitchen", answers, pictures={"clean": ((gone,), ())})
    assert "This picture is missing" in text(paper(cast, visit))


def test_what_is_not_submitted_has_no_paper_and_says_why(cast: Cast) -> None:
    visited(cast.harbour, "kitchen")
    me = cast.harbour.members["contractor.staff"]
    with writing():
        begun = starting.begin(me, cast.harbour.contract.id, cast.harbour.places["hall"].id, "room")
    answer = cast.client(LEAD).get(f"{cast.harbour.url}/visits/{begun}/paper")
    assert answer.status_code == 409
    assert "not submitted yet, so there is nothing to print" in answer.text
    other = cast.client("customer.staff", cast.elsewhere)
    assert other.get(f"{cast.elsewhere.url}/visits/1/paper").status_code == 404


def test_the_file_has_a_name_that_people_read(cast: Cast) -> None:
    visit = visited(cast.harbour, "kitchen")
    said = cast.client(LEAD).get(f"{cast.harbour.url}/visits/{visit}/paper").headers
    assert re.search(
        rf'filename="inspection-{visit}-2\.14-Tea-kitchen-\d{{4}}-\d\d-\d\d\.pdf"',
        said["Content-Disposition"],
    )


def test_a_note_longer_than_a_page_goes_on_on_the_next(cast: Cast) -> None:
    note = " ".join(f"word{n}" for n in range(1500))
    pdf = paper(cast, visited(cast.harbour, "kitchen", FINE, note=note))
    assert len(pdf) > 2
    assert all(f"word{n}" in text(pdf) for n in (0, 700, 1499))


def test_photos_beyond_what_can_be_sent_are_small_and_the_paper_says_so(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    from inspection.visits.paper import told

    monkeypatch.setattr(told, "AS_THEY_ARE", 100)
    said = text(paper(cast, found(cast.harbour)))
    assert "There are more photos than a file can carry" in said


def test_a_thousand_items_make_a_paper_of_bounded_memory(cast: Cast) -> None:
    items = [
        dict(ROOM["items"][0], key=f"k{n}", label=f"Item {n} is clean", photo_below=False)
        for n in range(1000)
    ]
    agreed(cast.harbour, "requirements", PROMISES)
    agreed(cast.harbour, "checklist", ROOM | {"items": items}, subject="big")
    visit = visited(cast.harbour, "kitchen", {f"k{n}": 4 for n in range(1000)}, checklist="big")
    tracemalloc.start()
    pdf = paper(cast, visit)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "Item 999 is clean" in text(pdf)
    assert peak < 60_000_000


@pytest.mark.real_data
def test_strings_that_broke_others_stand_on_paper_as_text(cast: Cast) -> None:
    texts = json.loads((SHARED / "hostile" / "blns" / "blns.json").read_text())
    given = {f"t{n}": one.replace("\x00", "") for n, one in enumerate(texts) if one.strip("\x00 ")}
    items = [
        {"key": key, "kind": "text", "label": "Words", "requirement": "8.C.1.a"} for key in given
    ]
    agreed(cast.harbour, "requirements", PROMISES)
    agreed(cast.harbour, "checklist", ROOM | {"items": items, "sections": []}, subject="hard")
    answers = {key: Answer(one, note=one) for key, one in given.items()}
    said = text(paper(cast, visited(cast.harbour, "kitchen", answers, checklist="hard")))
    assert len(given) > 400
    assert "<script>alert(123)</script>" in said


# ---------------------------------------------------------------- logos


def logo(colour: str = "blue") -> tuple[io.BytesIO, str]:
    held = io.BytesIO()
    Image.new("RGB", (300, 90), colour).save(held, "PNG")
    held.seek(0)
    return held, "logo.png"


def test_a_manager_sets_the_logo_of_its_own_party_alone(cast: Cast) -> None:
    url = f"{cast.harbour.url}/people"
    for who in ("customer.staff", "customer.supervisor", "customer.executive"):
        assert posted(cast.client(who), f"{url}/logo", logo=logo()).status_code == 403
    client = cast.client("customer.manager")
    assert posted(client, f"{url}/logo", logo=logo()).status_code == 303
    page = cast.client("contractor.staff").get(url).text
    assert page.count('alt="Logo of ') == 1
    assert 'alt="Logo of Harbour House customer"' in page
    assert posted(cast.client("contractor.manager"), f"{url}/logo/removal").status_code == 404
    assert posted(client, f"{url}/logo/removal").status_code == 303
    assert 'alt="Logo of ' not in client.get(url).text


def test_a_new_logo_takes_the_place_of_the_one_before(cast: Cast) -> None:
    client, url = cast.client("customer.manager"), f"{cast.harbour.url}/people/logo"
    for colour in ("blue", "black"):
        posted(client, url, logo=logo(colour))
    db.session.rollback()
    organisation = cast.harbour.contract.customer_id
    assert len(evidence.of(cast.harbour.contract.id, organisation_id=organisation)) == 1


def test_what_is_no_picture_is_refused_beside_the_field(cast: Cast) -> None:
    client, url = cast.client("customer.manager"), f"{cast.harbour.url}/people/logo"
    for file in ((io.BytesIO(b"<svg/>"), "logo.svg"), (io.BytesIO(b""), "")):
        answer = posted(client, url, logo=file)
        assert answer.status_code == 422
        assert 'id="f-logo-error"' in answer.text


def test_the_colours_of_paper_are_those_of_the_pages() -> None:
    tokens = (Path(__file__).resolve().parents[3] / "static/css/tokens.css").read_text()
    light = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", tokens.partition("@media")[0]))
    ours = {
        "ink": typesetting.INK,
        "muted": typesetting.MUTED,
        "line": typesetting.HAIR,
        "sunken": typesetting.SUNKEN,
        "customer": typesetting.PARTIES["customer"],
        "contractor-edge": typesetting.PARTIES["contractor"],
        "done": typesetting.COLOURS["green"][0],
        "yellow": typesetting.COLOURS["yellow"][0],
        "late": typesetting.COLOURS["red"][0],
    }
    assert {name: f"#{colour.hexval()[2:]}" for name, colour in ours.items()} == {
        name: light[name] for name in ours
    }
