"""Many visits as a file: the rows of the list, every answer with its question, never a formula."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from openpyxl import load_workbook

from inspection.db import writing
from inspection.rules.checklist import Answer
from inspection.visits import exporting, following
from tests.cast import FINE, PROMISES, ROOM, Cast, agreed, visited
from tests.conftest import SHARED

WET: dict[str, Any] = {
    "clean": Answer(2, note="Stains by the door", no_photo="Dark"),
    "dry": Answer("fail", no_photo="Flash broken"),
    "why_wet": "The trap",
    "heat": Answer(43.5),
    "soap": Answer(reason="No dispenser"),
}
HOSTILE = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =cmd|' /C calc'!A0", "＝1+1", "bell\x07")


def rows(cast: Cast, query: str = "", who: str = "customer.staff") -> list[list[str]]:
    answer = cast.client(who).get(f"{cast.harbour.url}/visits?format=csv&{query}")
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    assert '.csv"' in answer.headers["Content-Disposition"]
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8")[1:], newline="")))


def book(cast: Cast, query: str = "") -> dict[str, list[list[Any]]]:
    answer = cast.client("customer.staff").get(f"{cast.harbour.url}/visits?format=xlsx&{query}")
    assert answer.status_code == 200
    sheets = load_workbook(io.BytesIO(answer.data))
    assert not any(
        cell.data_type == "f" for page in sheets for line in page.iter_rows() for cell in line
    )
    return {page.title: [list(line) for line in page.values] for page in sheets}


def test_a_row_for_each_visit_of_the_list_with_the_lists_own_filters(cast: Cast) -> None:
    visited(cast.harbour, "kitchen", WET)
    visited(cast.harbour, "hall", by="customer.staff")
    visited(cast.elsewhere, "hall")
    heads, latest, first = rows(cast)
    said = dict(zip(heads, latest, strict=True))
    assert said["Place"] == "Harbour › House A › Level 2 › 2.15 Hall"
    assert (said["Party"], said["Scale level"], said["Score in percent"]) == (
        "Customer",
        "4",
        "90.0",
    )
    assert dict(zip(heads, first, strict=True))["Findings"] == "3"
    for query in ("party=contractor", "level=2", f"place={cast.harbour.places['kitchen'].id}"):
        assert len(rows(cast, query)) == 2, query
    assert len(rows(cast, "state=planned")) == 1
    assert rows(cast, who="contractor.staff") == [heads, latest, first]


def test_a_row_for_each_answer_with_its_own_question_and_what_became_of_it(cast: Cast) -> None:
    visit = visited(cast.harbour, "kitchen", WET)
    with writing():
        lead = cast.harbour.members["customer.supervisor"]
        following.contest(lead, visit, "heat", 4, "We measured 52")
    changed = [dict(item, label="Another wording") for item in ROOM["items"]]
    agreed(cast.harbour, "checklist", ROOM | {"items": changed}, subject="room")
    sheets = book(cast)
    assert list(sheets) == ["Visits", "Answers"]
    heads, *lines = sheets["Answers"]
    by_item = {line[heads.index("Item")]: dict(zip(heads, line, strict=True)) for line in lines}
    assert list(by_item) == ["clean", "dry", "why_wet", "heat", "soap"]
    heat, soap, clean = by_item["heat"], by_item["soap"], by_item["clean"]
    assert (heat["Question"], heat["Answer"], heat["Unit"]) == ("Hot water", 43.5, "°C")
    assert (heat["Scale level"], heat["Verdict"], heat["Section"]) == (2, "finding", "Things")
    assert heat["The other view"] == "4 · We measured 52"
    assert (soap["Verdict"], soap["Why it does not apply"]) == ("not applicable", "No dispenser")
    assert (clean["Note"], clean["Became no."], clean["Version"]) == ("Stains by the door", 1, 1)
    assert clean["Visit"] == visit
    assert [[str(v or "") for v in line] for line in lines] == rows(cast, "what=answers")[1:]


def test_no_cell_is_ever_a_formula(cast: Cast) -> None:
    for words in HOSTILE:
        given = WET | {"clean": Answer(2, note=words, no_photo="Dark"), "why_wet": words}
        visited(cast.harbour, "kitchen", given, note=words)
    for query in ("", "what=answers"):
        for line in rows(cast, query):
            for cell in line:
                assert not cell.lstrip().startswith(("=", "+", "-", "@", "＝")), cell
                assert not cell.startswith("\t"), cell
                assert "\x07" not in cell
    assert "=1+1" in {line[-1] for line in book(cast)["Visits"]}


@pytest.mark.real_data
def test_strings_that_broke_others_are_harmless_in_a_workbook(cast: Cast) -> None:
    blns = json.loads((SHARED / "hostile" / "blns" / "blns.json").read_text())
    texts = [one.replace("\x00", "") for one in blns if one.strip("\x00 ")]
    injections = [
        line
        for path in sorted((SHARED / "hostile" / "csv_injection").rglob("*"))
        if path.is_file() and path.suffix in (".txt", ".csv")
        for line in path.read_text(errors="replace").splitlines()
    ]
    items = [
        {"key": f"t{n}", "kind": "text", "label": "Words", "requirement": "8.C.1.a"}
        for n in range(400)
    ]
    given = dict(zip((item["key"] for item in items), [*injections[:150], *texts], strict=False))
    items = [item for item in items if item["key"] in given]
    agreed(cast.harbour, "requirements", PROMISES)
    agreed(cast.harbour, "checklist", ROOM | {"items": items, "sections": []}, subject="hard")
    visited(cast.harbour, "kitchen", given, checklist="hard")
    assert len(given) > 200
    assert len(book(cast)["Answers"]) == len(rows(cast, "what=answers")) == 1 + len(given)


def test_a_file_says_when_there_is_more(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "MOST", 2)
    for _ in range(3):
        visited(cast.harbour, "kitchen", FINE)
    assert len(rows(cast)) == 4
    assert "more rows" in rows(cast)[-1][0]
    assert "more rows" in rows(cast, "what=answers")[-1][0]


def test_more_visits_than_are_read_at_a_time_are_all_there(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "STEP", 2)
    made = [visited(cast.harbour, "kitchen") for _ in range(5)]
    assert [int(line[0]) for line in rows(cast)[1:]] == made[::-1]
    answers = rows(cast, "what=answers")[1:]
    assert list(dict.fromkeys(int(line[0]) for line in answers)) == made[::-1]


def test_an_unknown_format_is_the_page(cast: Cast) -> None:
    answer = cast.client("customer.staff").get(f"{cast.harbour.url}/visits?format=exe")
    assert answer.mimetype == "text/html"
