"""A workbook opened by a program of its own (../workbook.py), which limits itself."""

from __future__ import annotations

import json
import logging
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inspection.checklists.xlsform.cells import SURVEY
from inspection.checklists.xlsform.notes import MOST_BYTES, Note, refused

LONGEST_READING_S = 30.0
MOST_ANSWER_BYTES = 40_000_000
PROGRAM = Path(__file__).parent.with_name("workbook.py")
log = logging.getLogger(__name__)


def opened(data: bytes) -> dict[str, Any] | Note:
    """What stands in the workbook, from a program that limits itself."""
    if not data:
        return refused("empty")
    if len(data) > MOST_BYTES:
        return refused("too_large")
    try:
        done = subprocess.run(  # noqa: S603 - our own program, and no word of it comes from outside
            [sys.executable, "-I", str(PROGRAM)],
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={},
            timeout=LONGEST_READING_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return refused("took_too_long")
    if done.returncode == -signal.SIGXCPU:
        return refused("took_too_long")
    try:
        answer = json.loads(done.stdout[:MOST_ANSWER_BYTES].decode())
    except ValueError:
        log.warning("a workbook of %d bytes ended its reader: %d", len(data), done.returncode)
        return refused("damaged")
    return why_not(answer) if "refused" in answer else dict(answer)


_ROW = re.compile(r"\[row : (\d+)\]\s*")
_SHEET = re.compile(r"On the '(\w+)' sheet, ")
_LIST = re.compile(r"List name not in choices sheet: (.+)")


def why_not(answer: Mapping[str, Any]) -> Note:
    """A refusal of the program, with the sheet and row it names."""
    why, said = answer["refused"], str(answer.get("said", ""))
    if why != "standard":
        log.info("workbook refused: %s %s", why, said)
        return refused(why, answer.get("sheet", ""), 0, said, answer.get("most", 0))
    row, sheet = _ROW.search(said), _SHEET.search(said)
    at = sheet[1] if sheet else SURVEY if row else ""
    plain = _SHEET.sub("", _ROW.sub("", said)).partition(" Learn more: ")[0].strip()
    if found := _LIST.fullmatch(plain):
        return refused("no_list", at, int(row[1]) if row else 0, found[1])
    return refused("standard", at, int(row[1]) if row else 0, plain)
