"""XLSForm in and out: real forms, hostile files, and our own checklists there and back."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from pyxform import xls2xform

from inspection.checklists import workbook as program
from inspection.checklists import xlsform
from inspection.checklists.xlsform import Imported, Note, opening
from inspection.rules import checklist_body
from inspection.rules.checklist import Checklist, ItemKind
from tests.cast import ROOM

SHARED = Path(__file__).resolve().parents[3] / ".." / "shared" / "data"
REAL = SHARED / "checklists" / "xlsform"
HOSTILE = SHARED / "hostile"

Row = dict[str, Any]


def sheet(book: Any, name: str, rows: list[Row]) -> None:
    page = book.create_sheet(name)
    columns = list(dict.fromkeys(column for row in rows for column in row))
    page.append(columns)
    for row in rows:
        page.append([row.get(column) for column in columns])


def form_of(survey: list[Row], choices: list[Row] | None = None, **titled: str) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    sheet(book, "survey", survey)
    if choices:
        sheet(book, "choices", choices)
    if titled:
        sheet(book, "settings", [dict(titled)])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    """The workbook with one part more, or another in its place."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", 8) as new:
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
        new.writestr(name, content)
    return out.getvalue()


def text(name: str = "a", **more: Any) -> Row:
    return {"type": "text", "name": name, "label": name.upper(), **more}


def imported(survey: list[Row], choices: list[Row] | None = None, **titled: str) -> Imported:
    outcome = xlsform.read(form_of(survey, choices, **titled), "form.xlsx", "8.C.2")
    assert isinstance(outcome, Imported), outcome
    return outcome


def refused(data: bytes) -> list[Note]:
    outcome = xlsform.read(data, "form.xlsx")
    assert isinstance(outcome, list)
    return outcome


def items(outcome: Imported) -> dict[str, dict[str, Any]]:
    return {one["key"]: one for one in outcome.body["items"]}


def told(outcome: Imported) -> list[tuple[int, str, str]]:
    return [(one.row, one.column, one.why.code.removeprefix("xlsform.")) for one in outcome.notes]


def said(note: Note) -> str:
    return note.why.sentence % note.why.params if note.why.params else note.why.sentence


# ---------------------------------------------------------------- what becomes of the types

YES_NO = [
    {"list_name": "yn", "name": "yes", "label": "Yes"},
    {"list_name": "yn", "name": "no", "label": "No"},
]


def test_each_type_becomes_its_kind_or_is_noted_with_its_row() -> None:
    types = {
        "text": "text",
        "integer": "count",
        "decimal": "number",
        "select_one yn": "choice",
        "select_multiple yn": "choices",
        "date": "date",
        "image": "photo",
        "barcode": "barcode",
        "note": "note",
        "acknowledge": "choice",
        "range": "number",
        "time": "text",
        **dict.fromkeys(
            ("start", "end", "today", "deviceid", "geopoint", "audio", "video", "file"), ""
        ),
        "rank yn": "",
        "calculate": "",
    }
    rows = [
        {
            "type": kind,
            "name": f"q{n}",
            "label": kind,
            "calculation": "1" if kind == "calculate" else "",
        }
        for n, kind in enumerate(types)
    ]
    outcome = imported(rows, YES_NO, form_title="All of them")
    assert outcome.body["title"] == "All of them"
    kinds = {one["label"][""]: one["kind"] for one in outcome.body["items"]}
    assert kinds == {kind: became for kind, became in types.items() if became}
    gone = [one.row for one in outcome.notes if one.why.code == "xlsform.no_counterpart"]
    assert gone == [n for n, became in enumerate(types.values(), start=2) if not became]
    limits = items(outcome)[f"q{list(types).index('range')}"]
    assert (limits["low"], limits["high"]) == (1, 10)


def test_items_belong_to_the_requirement_chosen_for_all() -> None:
    assert items(imported([text()]))["a"]["requirement"] == "8.C.2"


def test_a_signature_is_drawn_and_words_that_cannot_be_changed_are_read() -> None:
    outcome = imported(
        [
            {"type": "image", "name": "s", "label": "Sign", "appearance": "signature"},
            text("r", read_only="yes"),
        ]
    )
    assert [one["kind"] for one in outcome.body["items"]] == ["signature", "note"]


def test_pass_and_fail_of_another_form_stay_choices() -> None:
    choices = [{"list_name": "pf", "name": one, "label": one} for one in ("pass", "fail")]
    outcome = imported([{"type": "select_one pf", "name": "a", "label": "A"}], choices)
    assert items(outcome)["a"]["kind"] == "choice"


def test_other_brings_a_choice_and_the_question_beside_it() -> None:
    outcome = imported([{"type": "select_one yn or_other", "name": "a", "label": "A"}], YES_NO)
    assert [one["value"] for one in items(outcome)["a"]["options"]] == ["yes", "no", "other"]
    assert items(outcome)["a_other"]["relevant"] == "selected(${a}, 'other')"


def test_what_is_needed_only_sometimes_need_not_be_answered() -> None:
    outcome = imported([text("a", required="yes"), text("b", required="${a} = 'x'"), text("c")])
    assert [one["required"] for one in outcome.body["items"]] == [True, False, False]
    assert told(outcome) == [(3, "required", "required_if")]


def test_languages_are_kept_as_the_form_names_them() -> None:
    outcome = imported(
        [{"type": "text", "name": "a", "label::Dansk (da)": "Gulv", "label::English (en)": "Floor"}]
    )
    assert outcome.body["languages"] == ["Dansk (da)", "English (en)"]
    assert items(outcome)["a"]["label"] == {"Dansk (da)": "Gulv", "English (en)": "Floor"}


def test_groups_become_sections_and_those_within_become_their_own() -> None:
    outcome = imported(
        [
            {"type": "begin_group", "name": "out", "label": "Out", "relevant": "${z} = 'x'"},
            text("a"),
            {"type": "begin_group", "name": "in", "label": "In", "relevant": "${z} = 'y'"},
            text("b"),
            {"type": "end_group"},
            text("c"),
            {"type": "end_group"},
            text("z"),
        ]
    )
    assert [(one["key"], one["section"]) for one in outcome.body["items"]] == [
        *(("a", "out"), ("b", "in"), ("c", "out"), ("z", ""))
    ]
    assert [(one["title"], one["relevant"]) for one in outcome.body["sections"]] == [
        ({"": "Out"}, "${z} = 'x'"),
        ({"": "Out › In"}, "(${z} = 'x') and (${z} = 'y')"),
    ]
    assert told(outcome) == [(4, "type", "nested")]


def test_repeated_questions_are_left_out_with_everything_in_them() -> None:
    outcome = imported(
        [
            {"type": "begin_repeat", "name": "rep", "label": "Again"},
            text("a"),
            {"type": "begin_group", "name": "g", "label": "G"},
            text("b"),
            {"type": "end_group"},
            {"type": "end_repeat"},
            text("c"),
        ]
    )
    assert list(items(outcome)) == ["c"]
    assert told(outcome) == [(2, "type", "repeat")]


def test_what_waits_for_something_left_out_is_left_out_too_and_the_next_after_it() -> None:
    outcome = imported(
        [
            {"type": "calculate", "name": "x", "calculation": "1 + 1"},
            text("a", relevant="${x} = 2"),
            text("b", relevant="${a} = 'y'"),
            text("c", constraint=". != ${x}"),
        ]
    )
    assert list(items(outcome)) == ["c"]
    assert items(outcome)["c"]["constraint"] == ""
    assert told(outcome) == [
        (2, "type", "no_counterpart"),
        (3, "relevant", "waits"),
        (4, "relevant", "waits"),
        (5, "constraint", "condition"),
    ]
    assert said(outcome.notes[0]).endswith("these rows are left out too: 3")


def test_a_condition_that_is_not_understood_is_noted_with_row_and_text() -> None:
    outcome = imported([text("a"), text("b", relevant="regex(${a}, '^(x+)+$')")])
    (note,) = outcome.notes
    assert (note.row, note.column, note.what) == (3, "relevant", "regex(${a}, '^(x+)+$')")
    assert items(outcome)["b"]["relevant"] == ""


def test_a_choice_filter_becomes_the_condition_of_each_choice() -> None:
    choices = [
        {"list_name": "city", "name": "aarhus", "label": "Aarhus", "land": "dk"},
        {"list_name": "city", "name": "oslo", "label": "Oslo", "land": "no"},
        {"list_name": "land", "name": "dk", "label": "Danmark"},
        {"list_name": "land", "name": "no", "label": "Norge"},
    ]
    outcome = imported(
        [
            {"type": "select_one land", "name": "where", "label": "Where"},
            {
                "type": "select_one city",
                "name": "city",
                "label": "City",
                "choice_filter": "land = ${where}",
            },
        ],
        choices,
    )
    options = items(outcome)["city"]["options"]
    assert [one["when"] for one in options] == ["'dk' = ${where}", "'no' = ${where}"]
    assert outcome.notes == ()


def test_columns_that_are_not_taken_over_are_named_once_with_their_rows() -> None:
    outcome = imported([text("a", default="1", note="x"), text("b", default="2")])
    assert [(one.column, one.why.params.get("rows")) for one in outcome.notes] == [
        ("default", "2, 3"),
        ("note", "2"),
    ]


def test_a_formula_is_told_and_never_worked_out() -> None:
    shown = imported([text("a", hint="=HYPERLINK(1)"), text("b")])
    assert told(shown)[0] == (2, "hint", "formula")
    assert items(shown)["a"]["hint"] == {}


# ---------------------------------------------------------------- what is refused


def test_the_standards_own_refusals_come_with_sheet_and_row() -> None:
    survey = [text("a"), {"type": "select_one nowhere", "name": "b", "label": "B"}]
    (note,) = refused(form_of(survey, YES_NO))
    assert (note.sheet, note.row, note.why.code) == ("survey", 3, "xlsform.no_list")
    (note,) = refused(form_of([text("a"), {"type": "hologram", "name": "b", "label": "B"}]))
    assert (note.sheet, note.row) == ("survey", 3)
    assert "hologram" in said(note)
    (note,) = refused(form_of([text("a", relevant="${nobody} = 1")]))
    assert (note.sheet, note.row) == ("survey", 2)


def test_our_own_refusals_come_with_sheet_and_row() -> None:
    rows = [text("a", relevant="${b} = '1'"), text("b", relevant="${a} = '1'")]
    (note,) = refused(form_of(rows))
    assert (note.sheet, note.row, note.why.code) == ("survey", 2, "checklist.circle")
    (note,) = refused(form_of([text("å")]))
    assert (note.row, note.column, note.why.code) == (2, "key", "checklist.key")


def test_ten_thousand_rows_are_refused_at_once() -> None:
    data = form_of([text(f"q{n}") for n in range(10_000)])
    began = time.perf_counter()
    (note,) = refused(data)
    assert note.why.code == "xlsform.too_many_rows"
    assert time.perf_counter() - began < 15


def test_more_items_than_a_checklist_holds_are_refused() -> None:
    (note,) = refused(form_of([text(f"q{n}") for n in range(checklist_body.MOST_ITEMS + 1)]))
    assert note.why.code == "checklist.too_many"


PLAIN = form_of([text()])
BOMB = b"<x>" + b" " * 70_000_000 + b"</x>"
ENTITIES = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b"name,type\n", "no_workbook"),
        (b"PK\x03\x04 no more", "damaged"),
        (PLAIN[: len(PLAIN) // 2], "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "damaged"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "encrypted",
        ),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "_VBA_PROJECT".encode("utf-16-le"), "macros"),
        (with_part(PLAIN, "xl/vbaProject.bin", b"x"), "macros"),
        (with_part(PLAIN, "xl/worksheets/sheet1.xml", BOMB), "bomb"),
        (with_part(PLAIN, "xl/worksheets/sheet1.xml", b"<c/>" * 2_100_000), "bomb"),
        (with_part(PLAIN, "xl/worksheets/sheet1.xml", ENTITIES), "entities"),
        (
            with_part(PLAIN, "xl/worksheets/sheet1.xml", ENTITIES.decode().encode("utf-16")),
            "entities",
        ),
        (
            with_part(
                PLAIN,
                "xl/worksheets/sheet1.xml",
                b'<?xml version="1.0" encoding="cp037"?>' + ENTITIES.decode().encode("cp037"),
            ),
            "entities",
        ),
        (form_of([{"question": "x"}]), "standard"),
        (b"x" * (xlsform.MOST_BYTES + 1), "too_large"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_no_plain_workbook_is_refused_in_a_sentence(data: bytes, why: str) -> None:
    (note,) = refused(data)
    assert note.why.code == f"xlsform.{why}"
    assert said(note).endswith((".", "”"))


def test_links_to_other_files_are_told_and_not_followed() -> None:
    data = with_part(PLAIN, "xl/externalLinks/externalLink1.xml", b"<externalLink/>")
    outcome = xlsform.read(data, "form.xlsx")
    assert isinstance(outcome, Imported)
    assert told(outcome) == [(0, "", "links")]


def test_a_workbook_as_wide_as_it_can_be_ends_in_time() -> None:
    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet("survey")
    page.append(["type", "name", "label", *(f"c{n}" for n in range(15_000))])
    for n in range(900):
        page.append(["text", f"q{n}", "L"])
    file = io.BytesIO()
    book.save(file)
    began = time.perf_counter()
    assert isinstance(xlsform.read(file.getvalue(), "wide.xlsx"), Imported)
    assert time.perf_counter() - began < 20


# ---------------------------------------------------------------- there and back

WORDS = some.text(
    some.characters(exclude_categories=("Cs",)), min_size=1, max_size=12
) | some.sampled_from(
    ["=1+1", "@SUM(A1)", "+1", "-1", "a  b\n c", "TRUE", "007", "1e5", "_x0041_", "21 °C", "${a}"]
)
LANGUAGES = some.sampled_from(["", "da", "Dansk (da)", "English (en)", "العربية (ar)"])
SAID = some.dictionaries(LANGUAGES, WORDS, min_size=1, max_size=3)
KEYS = some.from_regex(r"[A-Za-z_][A-Za-z0-9_.-]{0,8}", fullmatch=True)


@some.composite
def bodies(draw: Any) -> dict[str, Any]:
    keys = draw(some.lists(KEYS, min_size=1, max_size=5, unique=True))
    sections = draw(some.lists(KEYS, max_size=3, unique=True))
    made: list[dict[str, Any]] = []
    for n, key in enumerate(keys):
        earlier = keys[:n]
        conditions = some.just("")
        if earlier:
            conditions = conditions | some.sampled_from(
                [f"${{{one}}} = 'x' or not(selected(${{{one}}}, \"it's\"))" for one in earlier]
            )
        kind = draw(some.sampled_from(list(ItemKind)))
        values = st_values(kind is ItemKind.CHOICES)
        low = draw(some.none() | some.floats(-1e6, 1e6) | some.integers(-9, 9))
        made.append(
            {
                "key": key,
                "kind": kind.value,
                "label": draw(SAID),
                "section": draw(some.sampled_from(["", *sections])),
                "hint": draw(some.just({}) | SAID),
                "requirement": draw(some.sampled_from(["", "8.C.1.a", "=1", "${"])),
                "weight": draw(some.integers(1, 5)),
                "critical": draw(some.booleans()),
                "required": draw(some.booleans()),
                "photo_below": draw(some.booleans()),
                "relevant": draw(conditions),
                "constraint": draw(some.sampled_from(["", ". >= 0", ". <= today()"])),
                "constraint_message": draw(some.just({}) | SAID),
                "unit": draw(some.sampled_from(["", "°C", "=m", "${x}"])),
                "low": low,
                "high": None if low is None else low + 1,
                "options": [
                    {"value": value, "label": draw(SAID), "when": draw(conditions)}
                    for value in draw(some.lists(values, min_size=1, max_size=4, unique=True))
                ],
                "picture": draw(some.sampled_from(["", "a" * 64])),
                "appearance": draw(some.sampled_from(["", "minimal", "signature", "field-list"])),
            }
        )
    return {
        "title": draw(WORDS),
        "items": made,
        "sections": [
            {"key": key, "title": draw(some.just({}) | SAID), "relevant": ""} for key in sections
        ],
        "kinds": draw(some.sampled_from([["space"], ["equipment", "space"]])),
        "category": draw(some.sampled_from(["", "cleaning"])),
        "service_line": draw(some.sampled_from(["", "building"])),
        "languages": draw(some.lists(LANGUAGES, min_size=1, max_size=3, unique=True)),
        "active": draw(some.booleans()),
    }


def st_values(several: bool) -> some.SearchStrategy[str]:
    plain = some.from_regex(r"[A-Za-z0-9_.'=-]{1,6}", fullmatch=True)
    return plain if several else plain | some.sampled_from(["two words", "=1", "TRUE", "5"])


def checklist(body: dict[str, Any]) -> Checklist | None:
    made = checklist_body.read(body)
    return made if isinstance(made, Checklist) else None


@pytest.fixture(scope="module")
def here() -> Iterator[None]:
    """The program that opens workbooks, in this process: hundreds of starts would take minutes."""

    def opened(data: bytes) -> Any:
        answer = json.loads(json.dumps(program.answer_to(data)))
        return opening.why_not(answer) if "refused" in answer else answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "opened", opened)
        yield


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=bodies())
def test_every_checklist_of_ours_comes_back_as_it_went(here: None, body: dict[str, Any]) -> None:
    made = checklist(body)
    if made is None:
        return
    outcome = xlsform.read(xlsform.write(made, 3), "export.xlsx", "other")
    assert isinstance(outcome, Imported), [said(one) for one in outcome]
    assert outcome.body == checklist_body.write(made)
    assert outcome.notes == ()


def ours() -> Checklist:
    made = checklist_body.read(ROOM)
    assert isinstance(made, Checklist)
    return made


def test_other_programs_read_what_we_write() -> None:
    result = xls2xform.convert(xlsform.write(ours(), 7), file_type=".xlsx", form_name="data")
    assert "Tea kitchen, daily" in result.xform
    assert "/data/section_1/dry" in result.xform
    assert 'version="7"' in result.xform


def test_no_cell_of_ours_is_a_formula() -> None:
    made = checklist_body.read(
        {**ROOM, "title": "=cmd()", "items": [{**ROOM["items"][0], "label": "=1+1", "unit": "@x"}]}
    )
    assert isinstance(made, Checklist)
    book = openpyxl.load_workbook(io.BytesIO(xlsform.write(made)))
    cells = [cell for page in book for line in page.iter_rows() for cell in line]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}


def test_the_choices_of_ours_are_filtered_in_other_programs_too() -> None:
    item = {
        **ROOM["items"][4],
        "options": [{"value": "a", "when": "${clean} = 1"}, {"value": "b"}],
    }
    made = checklist_body.read({**ROOM, "items": [ROOM["items"][0], item]})
    assert isinstance(made, Checklist)
    result = xls2xform.convert(xlsform.write(made), file_type=".xlsx", form_name="data")
    assert "name != 'a' or" in result.xform


# ---------------------------------------------------------------- real inputs


@pytest.mark.real_data
def test_every_real_form_is_read_or_refused_with_line_and_reason() -> None:
    outcomes = {}
    for path in sorted(REAL.glob("*.xls*")):
        began = time.perf_counter()
        outcome = xlsform.read(path.read_bytes(), path.name)
        assert time.perf_counter() - began < 15, path.name
        notes = outcome if isinstance(outcome, list) else outcome.notes
        assert all(said(one) for one in notes)
        outcomes[path.name] = (
            [(one.sheet, one.row, one.why.code) for one in outcome]
            if isinstance(outcome, list)
            else len(outcome.body["items"])
        )
    assert outcomes == {
        "Mentorship Checklist Metadata v1.0.0.xlsx": [("", 0, "xlsform.no_survey")],
        "building_natural_risks_survey.xlsx": 27,
        "buildings.xls": [("survey", 34, "xlsform.no_list")],
        "case_insensitivity.xlsx": 1,
        "choice_filter_test.xlsx": 3,
        "field-list.xlsx": 1,
        "flat_xlsform_test.xlsx": 37,
        "good_eats_multilang.xlsx": 9,
        "or_other.xlsx": 3,
        "specify_other.xlsx": 2,
        "toilets.xls": 27,
        "tutorial_arabic_labels.xlsx": 5,
        "waste_collection.xlsx": 42,
    }


@pytest.mark.real_data
def test_every_real_form_that_was_read_comes_back_from_our_own_workbook() -> None:
    for name in ("waste_collection.xlsx", "toilets.xls", "flat_xlsform_test.xlsx"):
        first = xlsform.read((REAL / name).read_bytes(), name)
        assert isinstance(first, Imported)
        made = checklist_body.read(first.body)
        assert isinstance(made, Checklist)
        second = xlsform.read(xlsform.write(made), "export.xlsx")
        assert isinstance(second, Imported), [said(one) for one in second]
        assert second.body == first.body


@pytest.mark.real_data
@pytest.mark.parametrize(
    "name",
    [
        "xmlbomb.xml",
        "xmlbomb2.xml",
        "quadratic.xml",
        "cyclic.xml",
        "dtd.xml",
        "external.xml",
        "external_file.xml",
    ],
)
def test_hostile_xml_in_a_workbook_is_refused_before_it_is_parsed(name: str) -> None:
    xml = (HOSTILE / "xxe" / name).read_bytes()
    for part in ("xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "docProps/core.xml"):
        (note,) = refused(with_part(PLAIN, part, xml))
        assert note.why.code == "xlsform.entities"


@pytest.mark.real_data
def test_a_hostile_zip_is_no_workbook() -> None:
    (note,) = refused((HOSTILE / "upload" / "etc_passwd.zip").read_bytes())
    assert note.why.code in ("xlsform.no_workbook", "xlsform.damaged")


@pytest.mark.real_data
def test_naughty_words_come_back_as_they_went() -> None:
    naughty = json.loads((HOSTILE / "blns" / "blns.json").read_text())
    rows = [{"key": f"k{n}", "kind": "text", "label": one[:1000]} for n, one in enumerate(naughty)]
    rows = [one for one in rows if checklist({"title": "One", "items": [one]})]
    assert len(rows) > 450
    made = checklist({"title": "Naughty", "items": rows})
    assert made is not None
    outcome = xlsform.read(xlsform.write(made), "naughty.xlsx")
    assert isinstance(outcome, Imported), [said(one) for one in outcome]
    assert outcome.body == checklist_body.write(made)
