"""The only program that opens a stranger's workbook: it limits itself, reads one, answers, ends.

`xlsform` runs this file by path, with an empty environment; no module of ours imports it and it
imports none, so that pyxform, openpyxl and xlrd stay out of the web process. Standard input holds
the bytes of one workbook, .xlsx or .xls. Standard output gets one JSON object: the rows of the
sheets survey, choices and settings as XLSForm names them, or why not:

    {"survey": [[2, {"type": "text", "name": "a", "label": {"Dansk (da)": "…"}}]], "choices": […],
     "settings": {…}, "formulas": [["survey", 4, "label"]], "links": false, "warnings": […]}
    {"refused": "standard", "said": "[row : 9] Unknown question type 'x'."}
"""

from __future__ import annotations

import io
import json
import os
import re
import resource
import sys
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

MEGABYTE = 1024 * 1024
LIMITS = {
    resource.RLIMIT_AS: (768 * MEGABYTE, 768 * MEGABYTE),
    resource.RLIMIT_CPU: (20, 21),  # seconds; the soft limit ends us by SIGXCPU
    resource.RLIMIT_FSIZE: (0, 0),  # the answer leaves through a pipe
    resource.RLIMIT_CORE: (0, 0),
}
UNPACKED = 60 * MEGABYTE  # of all parts together
RATIO = 200  # how many times larger than packed; sheets come to 10 to 60
TAGS = 2_000_000  # what is read in about ten seconds
ROWS, COLUMNS = 5000, 200
SHEETS = ("survey", "choices", "settings", "external_choices", "entities", "osm")
OLE, ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04"
DECLARED = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']*)")


class Refused(Exception):
    """Why this workbook is not read: a word for it, and what there is to say."""

    def __init__(self, why: str, said: str = "", **more: Any) -> None:
        super().__init__(why)
        self.answer = {"refused": why, "said": said[:1000], **more}


# ---------------------------------------------------------------- before any library sees it


def looked_over(data: bytes) -> bool:
    """Refuse what is no plain workbook; tell whether it points to other files."""
    if data.startswith(OLE):
        return _looked_over_old(data)
    if not data.startswith(ZIP):
        raise Refused("no_workbook")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            return _looked_over_parts(packed)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, RuntimeError) as error:
        raise Refused("damaged") from error


def _looked_over_old(data: bytes) -> bool:
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise Refused("encrypted")
    if "_VBA_PROJECT".encode("utf-16-le") in data:
        raise Refused("macros")
    return False


def _looked_over_parts(packed: zipfile.ZipFile) -> bool:
    """Hazard: the sizes a zip declares bound what Python unpacks, so that they can be believed."""
    parts = packed.infolist()
    whole, packed_size = sum(p.file_size for p in parts), sum(p.compress_size for p in parts)
    if len(parts) > 2000 or whole > UNPACKED or whole > 5 * MEGABYTE + RATIO * packed_size:
        raise Refused("bomb")
    names = [part.filename for part in parts]
    if "xl/workbook.xml" not in names and "[Content_Types].xml" not in names:
        raise Refused("no_workbook")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Refused("macros")
    tags = 0
    for part in parts:
        if part.filename.lower().endswith((".xml", ".rels", ".vml")):
            tags += _looked_over_xml(packed.read(part))
    if tags > TAGS:
        raise Refused("bomb")
    return any(name.startswith("xl/externalLinks/") for name in names)


def _looked_over_xml(xml: bytes) -> int:
    """How many tags a part has; no part of a workbook needs a document type or another encoding.

    Hazard: in UTF-16 or a code page declared for the purpose, a DOCTYPE would not be found below.
    """
    declared = DECLARED.search(xml[:200])
    hidden = b"\x00" in xml or (declared and declared[1].lower() not in (b"utf-8", b"us-ascii"))
    if hidden or b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        raise Refused("entities")
    return xml.count(b"<")


# ---------------------------------------------------------------- the cells


Cells = Iterator[Sequence[Any]]


def sheets_of(data: bytes) -> tuple[list[tuple[str, Cells]], list[tuple[str, Cells]]]:
    """The sheets with their cells: what they show, and (of .xlsx) what stands in them."""
    if data.startswith(OLE):
        return _old_sheets(data), []
    has_formulas = _has_formulas(data)
    return _new_sheets(data, True), _new_sheets(data, False) if has_formulas else []


def _has_formulas(data: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        sheets = (name for name in packed.namelist() if name.startswith("xl/worksheets/"))
        return any(re.search(rb"<(?:\w+:)?f[ >/]", packed.read(name)) for name in sheets)


def _new_sheets(data: bytes, shown: bool) -> list[tuple[str, Cells]]:
    import openpyxl

    warnings.simplefilter("ignore")
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=shown)
    made: list[tuple[str, Cells]] = []
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # other programs write 0 rows or the whole sheet
        made.append((sheet.title, sheet.iter_rows(values_only=shown, max_col=COLUMNS)))
    return made


def _old_sheets(data: bytes) -> list[tuple[str, Cells]]:
    import xlrd  # type: ignore[import-untyped]

    try:
        book = xlrd.open_workbook(file_contents=data, on_demand=True, logfile=io.StringIO())
    except xlrd.XLRDError as error:
        raise Refused("encrypted" if "ncrypt" in str(error) else "damaged") from error
    return [(name, _old_rows(book, name)) for name in book.sheet_names()]


def _old_rows(book: Any, name: str) -> Cells:
    sheet = book.sheet_by_name(name)
    for n in range(sheet.nrows):
        yield [_old_value(cell, book.datemode) for cell in sheet.row(n)[:COLUMNS]]


def _old_value(cell: Any, mode: int) -> Any:
    import xlrd

    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return bool(cell.value)
    if cell.ctype == xlrd.XL_CELL_DATE:
        return xlrd.xldate.xldate_as_datetime(cell.value, mode)
    return None if cell.ctype == xlrd.XL_CELL_ERROR else cell.value


def text_of(value: Any) -> str:
    """A cell as it is read by people."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value).replace("\r\n", "\n").strip()


Rows = list[dict[str, str]]


def rows_of(name: str, cells: Cells) -> tuple[list[str], Rows]:
    """The headings of a sheet and its rows by heading; row 2 comes first, empty rows stay."""
    headings = [" ".join(text_of(value).split()) for value in next(cells, ())]
    rows: Rows = []
    for values in cells:
        named = zip(headings, map(text_of, values), strict=False)
        rows.append({heading: text for heading, text in named if heading and text})
        if len(rows) > ROWS + 1000:
            break
    while rows and not rows[-1]:
        rows.pop()
    if len(rows) > ROWS:
        raise Refused("too_many_rows", sheet=name, most=ROWS)
    twice = next((one for one in headings if one and headings.count(one) > 1), "")
    if twice:
        raise Refused("column_twice", twice, sheet=name)
    return [one for one in headings if one], rows


def formulas_in(name: str, cells: Cells) -> Iterator[tuple[str, int, str]]:
    """Where formulas stand: sheet, row, heading."""
    headings = [text_of(cell.value) for cell in next(cells, ())]
    for row, line in enumerate(cells, start=2):
        if row > ROWS:
            return
        for heading, cell in zip(headings, line, strict=False):
            if heading and cell.data_type == "f":
                yield name, row, heading


# ---------------------------------------------------------------- as XLSForm understands it


def read(data: bytes) -> dict[str, Any]:
    """The form in the workbook; raises `Refused`, and whatever the libraries raise."""
    links = looked_over(data)
    shown, written = sheets_of(data)
    book = _named(shown)
    headings, rows = {}, {}
    for name, cells in book.items():
        headings[name], rows[name] = rows_of(name, cells)
    formulas = [at for name, cells in _named(written).items() for at in formulas_in(name, cells)]
    definition: dict[str, Any] = {"sheet_names": [name for name, _ in shown]}
    for name in book:
        definition[name] = rows[name]
        definition[f"{name}_header"] = [dict.fromkeys(headings[name])]
    answer = understood(definition)
    return answer | {"formulas": formulas, "links": links}


def _named(sheets: Sequence[tuple[str, Cells]]) -> dict[str, Cells]:
    """The sheets of the standard by name; a single sheet is the survey, whatever it is called."""
    named = {name.lower(): cells for name, cells in sheets if name.lower() in SHEETS}
    if not named and len(sheets) == 1:
        return {"survey": sheets[0][1]}
    return named


def understood(definition: dict[str, Any]) -> dict[str, Any]:
    """What pyxform makes of the rows; it checks the whole form first."""
    from pyxform import aliases, xls2json
    from pyxform.builder import create_survey_element_from_dict
    from pyxform.errors import PyXFormError
    from pyxform.parsing.sheet_headers import dealias_and_group_headers
    from pyxform.question import MultipleChoiceQuestion, Option

    said: list[str] = []
    if not definition.get("survey"):
        raise Refused("no_survey", ", ".join(definition["sheet_names"]))
    try:
        # A copy: the check changes what it is given. Its `convert` would write a file.
        book = xls2json.get_xlsform(json.loads(json.dumps(definition)))
        form = xls2json.workbook_to_json(book, form_name="data", warnings=said)
        create_survey_element_from_dict(form).xml()
        settings: dict[str, str] = next(
            (row for row in definition.get("settings") or [] if row), {}
        )
        settings = {name.strip().lower(): text for name, text in settings.items()}
        usual = {"default_language": settings.get("default_language") or "default"}
        definition = _quoted(definition, CURLY, HELD)
        clean = aliases.yes_no.get(settings.get("clean_text_values", "yes"), True)
        survey = dealias_and_group_headers(
            sheet_name="survey",
            sheet_data=definition["survey"],
            sheet_header=definition["survey_header"],
            header_aliases=aliases.survey_header,
            header_columns=set(MultipleChoiceQuestion.get_slot_names()),
            strip_whitespace=clean,
            **usual,
        ).data
        choices = dealias_and_group_headers(
            sheet_name="choices",
            sheet_data=definition.get("choices") or [],
            sheet_header=definition.get("choices_header") or [],
            header_aliases=aliases.list_header,
            header_columns=set(Option.get_slot_names()),
            **usual,
        ).data
    except PyXFormError as error:
        raise Refused("standard", _with_row(str(error), definition["survey"])) from error
    survey, choices = (_quoted(sheet, HELD, CURLY) for sheet in (survey, choices))
    rows = [[n, _typed(row, xls2json)] for n, row in enumerate(survey, start=2) if row]
    return {
        "survey": rows,
        "choices": [[n, dict(row)] for n, row in enumerate(choices, start=2) if row],
        "settings": settings,
        "warnings": said,
    }


CURLY, HELD = "“”‘’", "\ue0a0\ue0a1\ue0a2\ue0a3"


def _quoted(part: Any, these: str, those: str) -> Any:
    """The same with other quotes. Hazard: pyxform makes straight ones of all, in words too."""
    return json.loads(json.dumps(part, ensure_ascii=False).translate(str.maketrans(these, those)))


def _with_row(said: str, survey: Rows) -> str:
    """What pyxform says, with the row it does not name when it knows no such type."""
    unknown = re.search(r"Unknown question type '([^']+)'", said)
    if unknown is None or "[row" in said:
        return said
    rows = (n for n, row in enumerate(survey, start=2) if unknown[1] in row.values())
    return f"[row : {next(rows, 1)}] {said}"


def _typed(row: Mapping[str, Any], standard: Any) -> dict[str, Any]:
    """A row with what its type is by the standard: its `kind` is select…, begin, end or plain."""
    from pyxform import aliases

    words = str(row.get("type") or "")
    if found := standard.RE_SELECT.search(words):
        command = found["select_command"]
        kind = "file" if command in aliases.select_from_file else aliases.select[command]
        other = bool(found["specify_other"])
        return {**row, "kind": kind, "list": found["list_name"], "other": other}
    for which, pattern in (("begin", standard.RE_BEGIN_CONTROL), ("end", standard.RE_END_CONTROL)):
        if found := pattern.search(words):
            return {**row, "kind": which, "group": aliases.control[found["type"]]}
    return {**row, "kind": "plain", **_question(words)}


def _question(words: str) -> dict[str, str]:
    """What a plain type asks for, in the words of XForms: type of its value, control, medium."""
    from pyxform.question_type_dictionary import QUESTION_TYPE_DICT

    known = QUESTION_TYPE_DICT.get(words) or {}
    bind, control = known.get("bind") or {}, known.get("control") or {}
    asks = bind.get("type", ""), control.get("tag", ""), control.get("mediatype", "")
    return {"asks": " ".join(filter(None, asks)), "reads": bind.get("readonly", "")}


# ---------------------------------------------------------------- one workbook


def answer_to(data: bytes) -> dict[str, Any]:
    """What the parent is told; never raises."""
    try:
        return read(data)
    except Refused as no:
        return no.answer
    except MemoryError:
        return {"refused": "bomb", "said": ""}
    except Exception as error:  # whatever a library says about a stranger's bytes, it is a refusal
        return {"refused": "damaged", "said": repr(error)[:300]}


def main() -> None:
    """Limit, read, answer, and end without the interpreter's tidying up."""
    for which, (soft, hard) in LIMITS.items():
        resource.setrlimit(which, (soft, hard))
    answer = json.dumps(answer_to(sys.stdin.buffer.read()), ensure_ascii=False)
    sys.stdout.buffer.write(answer.encode("utf-8", "surrogatepass"))
    sys.stdout.buffer.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
