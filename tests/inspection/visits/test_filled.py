"""The form of a visit, read as it was posted."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from flask import Flask
from PIL import Image
from werkzeug.exceptions import RequestEntityTooLarge

from inspection.rules import checklist as rule
from inspection.rules import checklist_body
from inspection.rules.checklist import Answer, Checklist, Verdict
from inspection.visits import filled, starting
from inspection.visits.filled import Filled, Signed
from inspection.web import Refused

KINDS: dict[str, Any] = {
    "title": "Every kind",
    "kinds": ["space"],
    "category": "cleaning",
    "items": [
        {"key": kind, "kind": kind, "label": kind, "requirement": "1", "unit": unit, "low": low}
        | ({"options": [{"value": "a", "label": "A"}, {"value": "b", "label": "B"}]} if of else {})
        for kind, unit, low, of in (
            ("level", "", None, False),
            ("pass_fail", "", None, False),
            ("number", "°C", 50, False),
            ("count", "", 1, False),
            ("choice", "", None, True),
            ("choices", "", None, True),
            ("text", "", None, False),
            ("date", "", None, False),
            ("photo", "", None, False),
            ("signature", "", None, False),
            ("barcode", "", None, False),
            ("note", "", None, False),
        )
    ],
}
EVERY = cast(Checklist, checklist_body.read(KINDS))


pytestmark = pytest.mark.parametrize("app", ["sqlite"], indirect=True)
"""Nothing of this reaches the database."""


def picture(colour: str = "red") -> tuple[io.BytesIO, str]:
    """A small picture as a phone sends it; every phone calls it the same."""
    data = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(data, "JPEG")
    data.seek(0)
    return data, "image.jpg"


@contextmanager
def posting(app: Flask, **fields: Any) -> Iterator[None]:
    named = {name.replace("__", "-"): value for name, value in fields.items()}
    with app.app_context(), app.test_request_context("/", method="POST", data=named):
        yield  # its own context: what a form said is remembered in it


def read(app: Flask, **fields: Any) -> Filled:
    with posting(app, **fields):
        return filled.read(EVERY)


def refused(app: Flask, **fields: Any) -> dict[str | None, str]:
    """What was refused, by field."""
    with pytest.raises(Refused) as no:
        read(app, **fields)
    return {one.where: one.code for one in no.value.refusals}


def test_every_kind_of_answer_is_read(app: Flask) -> None:
    answers = read(
        app,
        a__level="4",
        a__pass_fail="fail",
        a__number="45,5",
        a__count="12",
        a__choice="b",
        a__choices=["b", "a", "b"],
        a__text=" two\r\nlines ",
        a__date="2026-11-22",
        a__signature="M 1 1 L 20 20",
        a__barcode="7KX2-M9QF-4TDH",
    ).answers
    assert {key: one.value for key, one in answers.items()} == {
        "level": 4,
        "pass_fail": "fail",
        "number": 45.5,
        "count": 12,
        "choice": "b",
        "choices": ["b", "a"],
        "text": "two\nlines",
        "date": "2026-11-22",
        "photo": None,
        "signature": "M 1 1 L 20 20",
        "barcode": "7KX2-M9QF-4TDH",
        "note": None,
    }


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("45", 45),
        ("45.0", 45),
        ("45,25", 45.25),
        ("-3", -3),
        ("\u22123", -3),
        (",5", 0.5),
        ("45 °C", 45),
        ("about 45", "about 45"),
        ("1.234,5", "1.234,5"),
        ("1e5", "1e5"),
        ("inf", "inf"),
        ("nan", "nan"),
        ("٤٥", "٤٥"),
        ("", None),
    ],
)
def test_a_number_is_read_with_comma_or_point_else_kept_as_typed(
    app: Flask, typed: str, value: Any
) -> None:
    answer = read(app, a__number=typed).answers["number"]
    assert answer.value == value
    judged = {one.item.key: one for one in rule.judge(EVERY, {"number": answer})}["number"]
    assert judged.outside == (isinstance(value, str) or (value is not None and value < 50))
    assert judged.verdict is (Verdict.OPEN if value is None else judged.verdict)


def test_a_count_that_is_none_is_kept_and_marked(app: Flask) -> None:
    for typed in ("3.5", "-1", "many"):
        answer = read(app, a__count=typed).answers["count"]
        assert answer.value == typed
        judged = {one.item.key: one for one in rule.judge(EVERY, {"count": answer})}["count"]
        assert judged.outside


@pytest.mark.parametrize("typed", ["8/10", "0", "6", "yellow", "4.5", "-1", "٤"])
def test_no_free_score_is_taken(app: Flask, typed: str) -> None:
    assert refused(app, a__level=typed) == {"a-level": "form.not_a_choice"}


def test_only_what_is_offered_can_be_chosen(app: Flask) -> None:
    wrong = refused(app, a__choice="c", a__choices=["a", "c"], a__pass_fail="maybe")
    assert wrong == dict.fromkeys(("a-choice", "a-choices", "a-pass_fail"), "form.not_a_choice")


def test_every_mistake_is_said_at_once_beside_its_field(app: Flask) -> None:
    wrong = refused(
        app, n__text="x" * 4001, joins__level="#12", wrong="1", a__elsewhere="4", sign__us="<svg>"
    )
    assert wrong == {
        "n-text": "form.too_long",
        "joins-level": "form.not_a_number",
        None: "form.unknown_field",
        "sign-us": "signature.strokes",
    }


def test_a_form_that_was_made_after_another_names_it(app: Flask) -> None:
    alone, following = (read(app, a__level="4", **more) for more in ({}, {"after": "0" * 36}))
    assert following.answers == alone.answers


def test_why_something_does_not_apply_is_read(app: Flask) -> None:
    answers = read(
        app,
        off__level="1",
        na__level="Locked",
        off__count="1",
        na__text="No text here",
        a__pass_fail="pass",
        na__pass_fail="First I thought so",
        n__pass_fail="Dry",
    ).answers
    assert answers["level"] == Answer(reason="Locked")
    assert answers["count"] == Answer(reason="")  # asked for when it is submitted
    assert answers["text"] == Answer(reason="No text here")
    assert answers["pass_fail"] == Answer("pass", note="Dry\nFirst I thought so")


def test_what_becomes_of_a_finding_is_read(app: Flask) -> None:
    answers = read(
        app, a__level="2", joins__level="17", nophoto__level="Dark", fixed__pass_fail="1"
    ).answers
    assert answers["level"] == Answer(2, joins=17, no_photo="Dark")
    assert answers["pass_fail"] == Answer(corrected=True)


def test_two_pictures_of_the_same_name_are_both_kept_with_their_answers(app: Flask) -> None:
    said = read(
        app,
        photos__level=[picture("red"), picture("blue")],
        after__level=[picture("green")],
        photos__photo=[picture("white")],
    )
    before, after = said.pictures["level"]
    assert (len(before), len(after)) == (2, 1)
    assert said.answers["level"].photos == 2
    assert said.answers["photo"].photos == 1
    assert set(said.pictures) == {"level", "photo"}


def test_a_picture_that_is_none_is_refused_beside_its_field(app: Flask) -> None:
    wrong = refused(app, photos__level=(io.BytesIO(b"no picture"), "image.jpg"))
    assert list(wrong) == ["photos-level"]
    assert refused(app, photos__nowhere=picture()) == {"photos": "form.unknown_file"}


def test_the_phones_clock_and_the_signatures_are_read(app: Flask) -> None:
    said = read(
        app,
        captured_at="2026-11-22T10:00:00+01:00",
        accompanied_by="Anna Berg",
        accompanied_id="4",
        note="All in all fine",
        version="3",
        sign__us="M 1 1 L 2 2",
        signed__us="Bo",
        signed__them="Anna Berg",
    )
    assert said.captured_at == datetime(2026, 11, 22, 9, tzinfo=UTC)
    assert (said.accompanied_by, said.accompanied_id, said.note, said.version) == (
        *("Anna Berg", 4),
        *("All in all fine", 3),
    )
    assert said.signed == {"us": Signed("Bo", "M 1 1 L 2 2"), "them": Signed("Anna Berg", "")}
    for wrong in ("yesterday", "2026-11-22T10:00:00", "0001-01-01T00:00:00+14:00"):
        assert read(app, captured_at=wrong).captured_at is None


def test_a_draft_keeps_what_was_typed_and_gives_the_pictures_back(app: Flask) -> None:
    with posting(
        app, a__level="9", a__choices=["a", "b"], n__text="", photos__level=picture(), version="2"
    ):
        draft = filled.as_typed(EVERY)
    assert draft["fields"] == {"a-level": ["9"], "a-choices": ["a", "b"]}
    (kept,) = starting.kept_pictures(draft)
    assert kept.field == "photos-level"
    with posting(app, b__level="4"), pytest.raises(Refused):
        filled.as_typed(EVERY)


def _long(items: int) -> tuple[Checklist, dict[str, str]]:
    body = {
        **KINDS,
        "items": [
            {"key": f"i{n}", "kind": "level", "label": f"Item {n}", "requirement": "1"}
            for n in range(items)
        ],
    }
    fields = {}
    for n in range(items):
        fields |= {f"a-i{n}": "2", f"n-i{n}": "What is wrong here " * 10, f"na-i{n}": ""}
        fields |= {f"off-i{n}": "", f"nophoto-i{n}": "Dark", f"fixed-i{n}": "", f"joins-i{n}": ""}
    return cast(Checklist, checklist_body.read(body)), fields


def _as_browsers_send(fields: dict[str, str], file: str) -> tuple[bytes, str]:
    """A multipart body, and its type; Werkzeug's own client leaves out a line of empty fields."""
    line, (data, name) = "--boundary of this form", picture()
    parts = [
        f'{line}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{text}\r\n'
        for field, text in fields.items()
    ]
    said = f'form-data; name="{file}"; filename="{name}"\r\nContent-Type: image/jpeg'
    parts.append(f"{line}\r\nContent-Disposition: {said}\r\n\r\n")
    body = "".join(parts).encode() + data.read() + f"\r\n{line}--\r\n".encode()
    return body, f'multipart/form-data; boundary="{line[2:]}"'


def test_a_form_of_a_thousand_items_is_read_once_there_is_room_for_it(app: Flask) -> None:
    checklist, fields = _long(checklist_body.MOST_ITEMS)
    body, kind = _as_browsers_send(fields, "photos-i7")
    sent = {"method": "POST", "data": body, "content_type": kind}
    with app.app_context(), app.test_request_context("/", **sent):
        filled.make_room()
        began = time.process_time()
        said = filled.read(checklist)
        assert time.process_time() - began < 5
    assert all(one.value == 2 and one.note for one in said.answers.values())
    assert list(said.pictures) == ["i7"]
    no_room = pytest.raises(RequestEntityTooLarge)  # as any other form
    with app.app_context(), app.test_request_context("/", **sent), no_room:
        filled.read(checklist)
