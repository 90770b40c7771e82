"""The checklists both parties agreed on: each is signed version by version like everything else."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, cast

from sqlalchemy import Row

from inspection.contracts import agreements, buttons, promises
from inspection.contracts.agreements import Kind
from inspection.rules import checklist_body
from inspection.rules.checklist import Checklist, ItemKind
from inspection.rules.checklist import said as said_in
from inspection.rules.refusal import N_, Refusal
from inspection.web import accepted

CHECKLIST = "checklist"


def checklist(agreement_id: int) -> Checklist:
    """The checklist of a version that is or was in force."""
    return agreements.meant(agreement_id, read)


def read(body: Mapping[str, Any]) -> Checklist:
    """The checklist a body says; raises `Refused` with every mistake."""
    return cast(Checklist, accepted(checklist_body.read(body)))


def in_force(contract_id: int) -> list[Row[Any]]:
    """The checklists that can be filled now, by key (`subject`); retired ones are left out."""
    rows = agreements.all_in_force(contract_id, CHECKLIST)
    return [row for row in rows if row.body.get("active", True)]


def fitting(contract_id: int, kind: str) -> list[Row[Any]]:
    """Those in force for a kind of place: space, equipment, …"""
    return [row for row in in_force(contract_id) if kind in (row.body.get("kinds") or ("space",))]


def named(contract_id: int, key: str) -> Row[Any] | None:
    """The version in force of one checklist, unless it was retired."""
    row = agreements.in_force(contract_id, CHECKLIST, key)
    return row if row is not None and row.body.get("active", True) else None


def new_key(contract_id: int, title: str) -> str:
    """A key for a new checklist that reads like its title and that none here has."""
    return free_key(title, agreements.subjects(contract_id))


def free_key(title: str, taken: set[str]) -> str:
    """Letters and digits of `title` with dashes between, and a number where it is taken."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50] or "one"
    numbers = ("", *(f"-{n}" for n in range(2, len(taken) + 3)))
    return next(stem + number for number in numbers if stem + number not in taken)


def wrong(contract_id: int, body: Mapping[str, Any]) -> list[Refusal]:
    """What keeps a checklist from being signed: every item belongs to a promise in force."""
    refs = {row.ref for row in promises.requirements(contract_id)}
    keys = {row.key for row in buttons.in_use(contract_id)}
    return [*_unpromised(body["items"], refs), *_homeless(body, keys)]


def _unpromised(items: list[Mapping[str, Any]], refs: set[str]) -> Iterator[Refusal]:
    for n, one in enumerate(items):
        ref = one.get("requirement") or ""
        if one["kind"] == ItemKind.NOTE or ref in refs:
            continue
        said = said_in(one["label"], "en") or one["key"]
        if ref:
            yield Refusal(
                "checklist.unknown_requirement",
                N_("“%(item)s” points to requirement %(ref)s, which is not agreed."),
                {"item": said, "ref": ref},
                where=f"items-{n}-requirement",
            )
        else:
            yield Refusal(
                "checklist.no_requirement",
                N_("“%(item)s” has no requirement. Nothing is inspected that was not promised."),
                {"item": said},
                where=f"items-{n}-requirement",
            )


def _homeless(body: Mapping[str, Any], keys: set[str]) -> Iterator[Refusal]:
    if body.get("category") not in keys:
        yield Refusal(
            "checklist.no_category",
            N_("Choose what findings of this checklist are about: one of the categories in use."),
            where="category",
        )


KIND = Kind(
    key=CHECKLIST,
    title=N_("Checklist"),
    read=checklist_body.read,
    write=checklist_body.write,
    start=lambda _contract: {
        "title": "",
        "items": [],
        "sections": [],
        "kinds": ["space"],
        "category": "",
        "service_line": "",
        "languages": [""],
        "active": True,
    },
    apply=lambda _contract, _agreement: None,
    page="checklists/_checklist.html",
    form="checklists/_checklist_form.html",
    check=wrong,
    several=True,
)


def init_app() -> None:
    """Let checklists be signed."""
    agreements.add(KIND)
