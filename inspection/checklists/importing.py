"""XLSForm in and out: what is read is shown line by line before anything is kept.

What was read travels on inside the page, compressed and signed, until it is confirmed: nothing is
left behind by somebody who looks and goes, and another process may take the confirmation.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from flask import Blueprint, Response, abort, render_template, send_file
from flask.typing import ResponseReturnValue

from inspection import web
from inspection.checklists import agreed, pictures, xlsform
from inspection.checklists.xlsform import Imported, Note
from inspection.contracts import agreements, buttons, promises
from inspection.idempotency import Done, once
from inspection.rules import checklist as rule
from inspection.rules.checklist import KIND_WORDS, KINDS_OF_PLACES
from inspection.rules.refusal import N_, Refusal, missing
from inspection.web import Field, Refused, Rule, form

rooms = Blueprint("xlsforms", __name__)

DRAFT = Rule("member", "draft_agreement")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TRAVELS_S = 24 * 60 * 60
LARGEST_TOKEN = 400_000  # characters in a form; a thousand long items compress to a quarter of it


@dataclass(frozen=True)
class Choices:
    """What one who imports says of the whole; "" and none: as the workbook says."""

    requirement: str
    category: str
    kinds: tuple[str, ...]


@rooms.get("/c/<contract>/checklists/import")
@web.allow(DRAFT)
def offer(contract: str) -> ResponseReturnValue:
    """Choose a workbook, and what its items belong to."""
    return _page()


def _page(wrong: list[Note] | None = None, status: int = 200) -> ResponseReturnValue:
    here = web.contract().id
    page = render_template(
        "checklists/import.html",
        requirements=promises.requirements(here),
        categories=buttons.in_use(here),
        KINDS_OF_PLACES=KINDS_OF_PLACES,
        chosen=web.submitted(),
        kinds=web.submitted().getlist("kinds"),
        most_megabytes=xlsform.MOST_BYTES // 1_000_000,
        wrong=wrong or [],
    )
    return page, status


@rooms.post("/c/<contract>/checklists/import")
@web.allow(DRAFT)
@web.again(offer)
def look(contract: str) -> ResponseReturnValue:
    """Read a workbook and show what becomes of it; nothing is kept."""
    chosen = _chosen()
    file = next((one for one in web.files() if one.name == "file"), None)
    if file is None:
        raise Refused(missing("file"))
    outcome = xlsform.read(file.data, file.filename, chosen.requirement)
    if isinstance(outcome, list):
        return _page(outcome, 422)
    body = _ours(outcome.body, chosen)
    token = web.sign(_purpose(), body)
    if len(token) > LARGEST_TOKEN:
        raise Refused(_too_long())
    return _shown(outcome, body, token)


def _chosen() -> Choices:
    here = web.contract().id
    asked = form(
        requirement=Field(choices=[row.ref for row in promises.requirements(here)]),
        category=Field(choices=[row.key for row in buttons.in_use(here)]),
        kinds=Field(choices=KINDS_OF_PLACES),
    )
    posted = web.submitted().getlist("kinds")
    kinds = tuple(kind for kind in KINDS_OF_PLACES if kind in posted)
    return Choices(asked["requirement"], asked["category"], kinds)


def _ours(body: Mapping[str, Any], chosen: Choices) -> dict[str, Any]:
    """The body with what was chosen for the whole, and only pictures that this contract has."""
    known = pictures.guidance(web.contract().id)
    items = [
        one | {"picture": one["picture"] if one["picture"] in known else ""}
        for one in body["items"]
    ]
    head: dict[str, Any] = {"items": items, "active": True}
    if chosen.category:
        head["category"] = chosen.category
    if chosen.kinds:
        head["kinds"] = list(chosen.kinds)
    return {**body, **head}


def _shown(outcome: Imported, body: Mapping[str, Any], token: str) -> ResponseReturnValue:
    counted: dict[str, int] = {}
    for item in body["items"]:
        counted[item["kind"]] = counted.get(item["kind"], 0) + 1
    return render_template(
        "checklists/imported.html",
        body=body,
        notes=outcome.notes,
        counted=counted,
        KIND_WORDS=KIND_WORDS,
        said=lambda words: rule.said(words, web.language()),
        categories={row.key: row for row in buttons.in_use(web.contract().id)},
        token=token,
    )


@rooms.post("/c/<contract>/checklists/import/confirmation")
@web.allow(DRAFT)
@web.again(offer)
def confirm(contract: str) -> ResponseReturnValue:
    """Draft the checklist that was shown, and go to its form."""
    (token,) = form(token=Field("words", limit=LARGEST_TOKEN, required=True)).values()
    body = web.unsign(_purpose(), token, TRAVELS_S)
    if not isinstance(body, dict):
        raise Refused(
            Refusal(
                "xlsform.gone",
                N_("What was read is too old to be kept. Choose the workbook again."),
                where="file",
            )
        )
    here = web.contract().id

    def write() -> Done:
        key = agreed.new_key(here, body["title"])
        made = agreements.draft(web.member(), here, agreed.CHECKLIST, key, body)
        return Done(f"/c/{contract}/agreements/{made}/form", "", str(made))

    return once(write)


def _purpose() -> str:
    """For one contract and one person: nobody confirms what another read."""
    return f"xlsform/{web.contract().id}/{web.person().id}"


def _too_long() -> Refusal:
    return Refusal(
        "xlsform.too_long",
        N_("There are more words in this form than one checklist can hold; split it."),
        where="file",
    )


@rooms.get("/c/<contract>/agreements/<int:agreement>/xlsform")
@web.allow(web.MEMBER)
def download(contract: str, agreement: int) -> ResponseReturnValue:
    """A version of a checklist as a workbook that other XLSForm programs read."""
    row = agreements.found(web.contract().id, agreement)
    if row is None or row.kind != agreed.CHECKLIST:
        abort(404)
    made = xlsform.write(agreed.read(row.body), row.version)
    answer: Response = send_file(
        io.BytesIO(made),
        mimetype=XLSX,
        as_attachment=True,
        download_name=f"{row.subject}-v{row.version}.xlsx",
    )
    return cast(ResponseReturnValue, answer)
