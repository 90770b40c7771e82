"""Reading an XLSForm on the page: shown first, kept when confirmed, and out again as a workbook."""

from __future__ import annotations

import io
import re
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient

from inspection.checklists import importing, xlsform
from inspection.contracts import agreements
from inspection.db import begin_reading, db
from inspection.rules import checklist as rule
from inspection.rules import checklist_body
from tests.cast import PROMISES, ROOM, Cast, agreed, key, posted
from tests.inspection.checklists.test_xlsform import form_of

URL = "/c/harbour/checklists/import"
SURVEY = [
    {"type": "text", "name": "a", "label": "What is seen?"},
    {"type": "geopoint", "name": "where", "label": "Where?"},
    {"type": "text", "name": "b", "label": "Why there?", "relevant": "${where} != ''"},
]


@pytest.fixture
def promised(cast: Cast) -> Cast:
    agreed(cast.harbour, "requirements", PROMISES)
    return cast


def sent(client: FlaskClient, data: bytes, name: str = "form.xlsx", **fields: Any) -> Any:
    return client.post(URL, data={"file": (io.BytesIO(data), name), **fields})


def token(page: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found
    return unescape(found[1])


def drafted() -> list[Any]:
    """The checklists there are, each with its body."""
    db.session.rollback()
    begin_reading()
    return [row for row in agreements.signed(1) if row.kind == "checklist"]


def test_the_page_says_line_by_line_what_becomes_of_it_and_keeps_nothing(promised: Cast) -> None:
    page = sent(
        promised.client("contractor.supervisor"),
        form_of(SURVEY, form_title="Toilets"),
        requirement="8.C.1.a",
        category="cleaning",
        kinds=["space", "equipment"],
    )
    assert page.status_code == 200
    assert "<h1>Toilets</h1>" in page.text
    assert "survey, row 3" in page.text
    assert "these rows are left out too: 4" in page.text
    assert "survey, row 4" in page.text
    assert drafted() == []


def test_what_was_shown_becomes_a_draft_when_confirmed(promised: Cast) -> None:
    client = promised.client("contractor.supervisor")
    page = sent(
        client,
        form_of(SURVEY, form_title="Toilets"),
        requirement="8.C.1.a",
        category="cleaning",
        kinds=["equipment"],
    ).text
    answer = posted(client, f"{URL}/confirmation", token=token(page))
    assert answer.status_code == 303
    row = drafted()[0]
    assert answer.location == f"/c/harbour/agreements/{row.id}/form"
    assert (row.kind, row.subject, row.state) == ("checklist", "toilets", "draft")
    assert row.body["category"] == "cleaning"
    assert row.body["kinds"] == ["equipment"]
    assert [(one["key"], one["requirement"]) for one in row.body["items"]] == [("a", "8.C.1.a")]
    assert client.get(f"/c/harbour/agreements/{row.id}/form").status_code == 200


def test_confirming_twice_drafts_once(promised: Cast) -> None:
    client = promised.client("contractor.supervisor")
    form = {
        "token": token(sent(client, form_of(SURVEY)).text),
        "submission_key": key(),
    }
    first = client.post(f"{URL}/confirmation", data=form)
    again = client.post(f"{URL}/confirmation", data=form)
    assert first.location.split("?")[0] == again.location.split("?")[0]
    assert len(drafted()) == 1


def test_nobody_confirms_what_another_read_or_what_was_altered(promised: Cast) -> None:
    read = token(sent(promised.client("contractor.supervisor"), form_of(SURVEY)).text)
    for who, what in (("customer.supervisor", read), ("contractor.supervisor", read[:-3] + "xxx")):
        answer = posted(promised.client(who), f"{URL}/confirmation", token=what)
        assert answer.status_code == 422
        assert "Choose the workbook again" in answer.text
    assert drafted() == []


def test_a_workbook_that_is_refused_says_sheet_row_and_why(promised: Cast) -> None:
    client = promised.client("customer.manager")
    survey = [*SURVEY, {"type": "hologram", "name": "c", "label": "C"}]
    answer = sent(client, form_of(survey), requirement="8.C.2")
    assert answer.status_code == 422
    assert "survey, row 5" in answer.text
    assert "hologram" in answer.text
    assert '<option value="8.C.2" selected>' in answer.text
    assert sent(client, b"no workbook").status_code == 422


def test_without_a_file_the_page_comes_back(promised: Cast) -> None:
    answer = promised.client("customer.manager").post(URL, data={"requirement": "8.C.2"})
    assert answer.status_code == 422
    assert 'id="f-file-error"' in answer.text


def test_words_of_a_workbook_are_never_markup(promised: Cast) -> None:
    survey = [{"type": "text", "name": "a", "label": "<script>x</script>", "default": "1"}]
    page = sent(promised.client("customer.manager"), form_of(survey, form_title="<b>T</b>")).text
    assert "<script>x" not in page
    assert "<b>T</b>" not in page


def test_staff_do_not_import(promised: Cast) -> None:
    client = promised.client("customer.staff")
    assert client.get(URL).status_code == 403
    assert sent(client, form_of(SURVEY)).status_code == 403


def test_a_form_too_long_to_travel_is_refused(
    promised: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "LARGEST_TOKEN", 100)
    answer = sent(promised.client("customer.manager"), form_of(SURVEY))
    assert answer.status_code == 422
    assert "split it" in answer.text


def test_a_picture_of_another_contract_does_not_come_along(promised: Cast) -> None:
    body = {
        **ROOM,
        "items": [{**ROOM["items"][0], "picture": "1" * 64}],
        "sections": ROOM["sections"],
    }
    made = checklist_body.read(body)
    assert isinstance(made, rule.Checklist)
    client = promised.client("contractor.supervisor")
    page = sent(client, xlsform.write(made)).text
    posted(client, f"{URL}/confirmation", token=token(page))
    assert drafted()[0].body["items"][0]["picture"] == ""


def test_every_version_comes_out_as_a_workbook_that_reads_as_it_is(promised: Cast) -> None:
    version = agreed(promised.harbour, "checklist", ROOM, subject="kitchen")
    for who in ("customer.staff", "contractor.executive"):
        answer = promised.client(who).get(f"/c/harbour/agreements/{version}/xlsform")
        assert answer.status_code == 200
        assert "kitchen-v1.xlsx" in answer.headers["Content-Disposition"]
    outcome = xlsform.read(answer.data, "kitchen.xlsx")
    assert isinstance(outcome, xlsform.Imported)
    db.session.rollback()
    row = agreements.found(promised.harbour.contract.id, version)
    assert row is not None
    assert outcome.body == row.body


def test_only_checklists_come_out_as_workbooks(promised: Cast) -> None:
    row = next(row for row in agreements.signed(1) if row.kind == "requirements")
    answer = promised.client("customer.staff").get(f"/c/harbour/agreements/{row.id}/xlsform")
    assert answer.status_code == 404
