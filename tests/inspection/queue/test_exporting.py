"""A file holds exactly the rows of the view, and no cell of it is a formula."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import update

from inspection.actions.models import Action
from inspection.db import db, table, writing
from inspection.queue import exporting, listing
from inspection.queue.view import View
from inspection.web import spreadsheets
from tests.cast import Cast
from tests.conftest import SHARED
from tests.inspection.queue.test_story import report

_actions = table(Action)
FORMULAS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "  =cmd|' /C calc'!A0",
    "＝1+1",
    '=HYPERLINK("http://x","y")',
    "plain",
    'quoted "words", with comma',
    "two\nlines",
    "bell\x07 and \x0bvertical",
)


def text(cast: Cast, query: str, who: str = "customer.staff") -> list[list[str]]:
    answer = cast.client(who).get(f"{cast.harbour.url}/queue.csv?{query}")
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    assert ".csv" in answer.headers["Content-Disposition"]
    content = answer.data.decode("utf-8")
    assert content.startswith("\ufeff")
    assert content.replace("\r\n", "").count("\r") == 0
    return list(csv.reader(io.StringIO(content[1:], newline="")))


def book(cast: Cast, query: str = "") -> list[list[Any]]:
    answer = cast.client("customer.staff").get(f"{cast.harbour.url}/queue.xlsx?{query}")
    assert answer.status_code == 200
    workbook = load_workbook(io.BytesIO(answer.data))
    return [[(cell.value, cell.data_type) for cell in row] for row in workbook.active.iter_rows()]


def titled(cast: Cast, titles: list[str]) -> None:
    numbers = [report(cast, "words") for _ in titles]
    with writing():
        for number, title in zip(numbers, titles, strict=True):
            db.session.execute(
                update(_actions).where(_actions.c.number == number).values(title=title)
            )


def test_a_file_holds_the_rows_and_columns_of_the_view_in_its_order(cast: Cast) -> None:
    for n in range(listing.PAGE + 5):  # more than a page
        report(cast, f"Thing {n}", "leak" if n % 2 else "equipment")
    heads, *rows = text(cast, "columns=number,what,priority&sort=number&desc=1&court=contractor")
    assert heads == ["No.", "What", "Place", "Priority", "Reported", "Due"]
    shown = [
        row.number
        for row in listing.every(
            View(court="contractor", sort="number", desc="1"), cast.harbour.contract.id, 20
        )
    ]
    assert [int(row[0]) for row in rows] == shown == sorted(shown, reverse=True)
    assert rows[0][2] == "Harbour › House A › Level 2 › 2.14 Tea kitchen › Tap 2.14-1"
    moment = datetime.fromisoformat(rows[0][4])
    assert moment.utcoffset() is not None
    everything = text(cast, "")
    assert len(everything) == 1 + listing.PAGE + 5
    ours = [row[heads_at] for heads_at in [everything[0].index("Whose turn")] for row in everything]
    assert ours[1] == "Customer"  # our own side first, as on the page
    assert len(book(cast)) == len(everything)


def test_no_cell_is_ever_a_formula(cast: Cast) -> None:
    titled(cast, list(FORMULAS))
    _heads, *rows = text(cast, "sort=number")
    for row in rows:
        for cell in row:
            assert not cell.lstrip().startswith(("=", "+", "-", "@", "＝")), cell
            assert not cell.startswith(("\t", "\r")), cell
            assert "\x07" not in cell
    assert 'quoted "words", with comma' in [row[1] for row in rows]
    assert "'=1+1" in [row[1] for row in rows]
    for line in book(cast)[1:]:
        assert all(kind != "f" for _, kind in line)
    assert "=1+1" in [line[1][0] for line in book(cast)]


@pytest.mark.real_data
def test_strings_that_broke_others_are_harmless_in_files(cast: Cast) -> None:
    blns = json.loads((SHARED / "hostile" / "blns" / "blns.json").read_text())
    titled(cast, [one.replace("\x00", "")[:200] for one in blns[:150]])
    assert len(text(cast, "")) == len(book(cast)) == 151
    injections = [
        line
        for path in sorted((SHARED / "hostile" / "csv_injection").rglob("*"))
        if path.is_file() and path.suffix in (".txt", ".csv")
        for line in path.read_text(errors="replace").splitlines()
    ]
    assert injections
    for line in injections:
        kept = str(spreadsheets.harmless(line))
        assert not kept.lstrip().startswith(("=", "+", "-", "@")), line
        assert not kept.startswith(("\t", "\r")), line


def test_a_file_says_when_there_is_more(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "MOST", 3)
    for _ in range(5):
        report(cast)
    rows = text(cast, "")
    assert len(rows) == 5
    assert "more rows" in rows[-1][0]


def test_the_house_starts_without_what_only_files_calendars_and_migrations_need() -> None:
    program = (
        "import sys, app; app.create_app();"
        "print(sorted({'openpyxl', 'numpy', 'PIL', 'holidays', 'alembic'} & set(sys.modules)))"
    )
    root = Path(__file__).resolve().parents[3]
    said = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True
    )
    assert said.stdout == "[]\n"
