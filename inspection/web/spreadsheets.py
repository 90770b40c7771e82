"""Rows as a file for any spreadsheet, and no cell of it is ever a formula.

What begins like a formula gets an apostrophe in text and is marked as a string in a workbook.
"""

from __future__ import annotations

import csv as text
import io
import re
from collections.abc import Iterable, Mapping
from typing import IO, Any

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LONGEST = 32_767  # characters in a cell of a workbook

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_FORMULA = re.compile(r"[\t\r\n]|\s*[=+\-@＝＋－＠]")

Value = str | int | float
Lines = Iterable[list[Value]]


def plain(value: Value) -> Value:
    """A value without the characters that no spreadsheet takes; lines end in LF."""
    if isinstance(value, int | float):
        return value
    return _CONTROL.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))


def harmless(value: Value) -> Value:
    """A value that no spreadsheet takes for a formula when it reads it as text."""
    kept = plain(value)
    return f"'{kept}" if isinstance(kept, str) and _FORMULA.match(kept) else kept


def csv(lines: Lines, file: IO[bytes]) -> None:
    """UTF-8 with a byte order mark, every cell in quotes, lines ended by CR LF (RFC 4180)."""
    file.write(BYTE_ORDER_MARK)
    held = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
    writer = text.writer(held, quoting=text.QUOTE_ALL, lineterminator="\r\n")
    for line in lines:
        writer.writerow([harmless(value) for value in line])
    held.detach()


def xlsx(sheets: Mapping[str, Lines], file: IO[bytes]) -> None:
    """A workbook of named sheets; a text is a text, whatever it begins with.

    Hazard: loaded at start, openpyxl weighed 15 MB on web and tick, which may never write a file.
    """
    import openpyxl.cell

    book = openpyxl.Workbook(write_only=True)

    def cell(page: Any, value: Value) -> Any:
        """Hazard: openpyxl makes a formula of a string with `=` unless its type is set after it."""
        if not isinstance(value, str):
            return value
        made = openpyxl.cell.WriteOnlyCell(page, value=value[:LONGEST])
        made.data_type = "s"
        return made

    for title, lines in sheets.items():
        page = book.create_sheet(title)
        page.freeze_panes = "A2"
        for line in lines:
            page.append([cell(page, plain(value)) for value in line])
    book.save(file)
