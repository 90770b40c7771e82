"""One visit on paper, as a manager hands it over: findings first, every answer, who signed.

Hazard: importing this loads reportlab and Pillow; only who hands a paper over may import it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import IO, Any

from flask_babel import gettext
from reportlab.lib.units import mm
from reportlab.platypus import SimpleDocTemplate
from sqlalchemy import Row

from inspection import web
from inspection.visits import reading, record
from inspection.visits.paper import answers, since, top
from inspection.visits.paper.told import Album, Story, Told
from inspection.visits.typesetting import MARGIN, pages_with
from inspection.web import ContractCard


def write(row: Row[Any], here: ContractCard, file: IO[bytes]) -> None:
    """Write the paper of a submitted visit, A4, in the reader's language."""
    with tempfile.TemporaryDirectory() as folder:
        told = Told(
            row,
            here,
            record.checklist_of(row),
            record.scale_of(row),
            reading.lines(row),
            Album.of(row, Path(folder)),
            reading.happened(row),
        )
        said = {"number": row.id, "contract": here.name}
        paper = SimpleDocTemplate(
            file,
            leftMargin=MARGIN - 6,
            rightMargin=MARGIN - 6,
            topMargin=14 * mm,
            bottomMargin=16 * mm,
            title=f"{told.checklist.title}, {row.place_name}",
            author=here.name,
            subject=gettext("Inspection no. %(number)s, %(contract)s", **said),
            lang=web.language(),
        )
        foot = f"{gettext('Inspection no. %(number)s, %(contract)s', **said)} · {told.address}"
        paper.build(list(_story(told)), canvasmaker=pages_with(foot, _page_of))


def _page_of(number: int, of: int) -> str:
    return str(gettext("Page %(number)s of %(all)s", number=number, all=of))


def _story(told: Told) -> Story:
    yield from top.story(told)
    yield from since.amended(told)
    yield from answers.found(told)
    yield from answers.every(told)
    yield from since.said(told)
    yield from since.signed(told)
