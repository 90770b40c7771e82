"""The pages on which both parties sign what they work under."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

from babel import Locale
from flask import Blueprint, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import Row

from inspection import clock, web, words
from inspection.contracts import agreements, buttons, hours, promises, saying, typed
from inspection.contracts.agreements import KINDS, Kind
from inspection.idempotency import Done, once
from inspection.photos import evidence
from inspection.rules import policy
from inspection.rules.access import Party
from inspection.rules.agreement import OPEN, Standing, possible
from inspection.rules.refusal import N_, Refusal, missing
from inspection.rules.scale import translated
from inspection.web import Field, Refused, Rule, form

rooms = Blueprint("agreements", __name__)

MOST_FIELDS = 60_000
MOST_BYTES = 8_000_000
"""Of a form of a thousand items, with many fields each; the usual limits of a form are far less."""

SAID = {
    "drafted": N_("The draft is there. Change it, then propose it to the other party."),
    "changed": N_("The draft is kept. Nothing changes until both parties have agreed."),
    "proposed": N_("Proposed. It waits for the other party to agree."),
    "agreed": N_("Agreed by both. It is in force from now on."),
    "declined": N_("Declined. It is a draft again, with your reason beside it."),
    "withdrawn": N_("Withdrawn. What is in force stays in force."),
}
MOST_SAID = 8  # mistakes of a draft on its page
SEE = web.MEMBER  # of the moves too: who makes which one, the rules say
DRAFT = Rule("member", "draft_agreement")


@dataclass(frozen=True)
class Shelf:
    """One kind on the list, or one of several of a kind (`subject`).

    What is in force, what is on its way, and what was before.
    """

    kind: Kind
    subject: str
    in_force: Row[Any] | None
    open: Row[Any] | None
    before: list[Row[Any]]

    @property
    def title(self) -> str:
        """What it is called: of several, as the newest version of its body says."""
        newest = self.open or self.in_force or next(iter(self.before), None)
        return str(newest.body["title"]) if self.subject and newest is not None else ""

    @property
    def retired(self) -> bool:
        """Of several: whether both agreed that it ends, or its only draft was taken back."""
        if self.open is not None:
            return False
        return self.in_force is None or not self.in_force.body.get("active", True)

    @property
    def waits_for(self) -> Party | None:
        """The party whose turn it is to answer a proposal."""
        proposed = self.open is not None and self.open.state == Standing.PROPOSED
        return Party(self.open.proposed_party).other if proposed and self.open else None


def shelves(contract_id: int) -> list[Shelf]:
    """Everything that can be signed in a contract, by kind; those with several by subject too."""
    rows = agreements.signed(contract_id)
    return [shelf for kind in KINDS.values() for shelf in _shelves(kind, rows)]


def shelves_of(contract_id: int, kind: str) -> list[Shelf]:
    """All of a kind with several, by their subject."""
    return _shelves(KINDS[kind], agreements.signed(contract_id, kind))


def _shelves(kind: Kind, rows: list[Row[Any]]) -> list[Shelf]:
    mine = [row for row in rows if row.kind == kind.key]
    subjects = sorted({row.subject for row in mine}) if kind.several else [""]
    return [_shelf(kind, subject, mine) for subject in subjects]


def _shelf(kind: Kind, subject: str, of_kind: list[Row[Any]]) -> Shelf:
    rows = [row for row in of_kind if row.subject == subject]
    agreed = next((row for row in rows if row.state == Standing.AGREED), None)
    coming = next((row for row in rows if row.state in OPEN), None)
    return Shelf(
        kind, subject, agreed, coming, [row for row in rows if row not in (agreed, coming)]
    )


@rooms.before_request
def _large_forms() -> None:
    if request.endpoint == "agreements.change":
        request.max_form_parts, request.max_form_memory_size = MOST_FIELDS, MOST_BYTES


def begin(kind: str, subject: Callable[[], str], body: Mapping[str, Any]) -> ResponseReturnValue:
    """Draft the first version of one more of a kind, and go to its form.

    `subject` is asked within the write, so that two at once do not get the same.
    """

    def write() -> Done:
        here = web.contract()
        made = agreements.draft(web.member(), here.id, kind, subject(), body)
        return Done(_here(here.slug, made, "/form"), "", str(made))

    return once(write)


def retire(row: Row[Any]) -> ResponseReturnValue:
    """Draft the version that ends what is in force; like every other it needs both parties."""

    def write() -> Done:
        ended = {**row.body, "active": False}
        made = agreements.draft(web.member(), row.contract_id, row.kind, row.subject, ended)
        return Done(_here(web.contract().slug, made), "retiring", str(made))

    return once(write)


def _here(contract: str, agreement: int | None = None, part: str = "") -> str:
    address = f"/c/{contract}/agreements"
    return f"{address}/{agreement}{part}" if agreement else address


def _found(agreement: int) -> Any:
    row = agreements.found(web.contract().id, agreement)
    if row is None or row.kind not in KINDS:
        abort(404)
    return row


def called(row: Any) -> str:
    """What a version is a version of: its kind, and of several which."""
    kind = str(gettext(KINDS[row.kind].title))
    return f"{kind}: {row.body['title']}" if row.subject else kind


# ---------------------------------------------------------------- pages


@rooms.get("/c/<contract>/agreements")
@web.allow(SEE)
def agreed(contract: str) -> ResponseReturnValue:
    """Per kind what is in force, what waits for whom, and the drafts."""
    return render_template(
        "contracts/agreements.html",
        shelves=[one for one in shelves(web.contract().id) if not one.kind.several],
        notices=words.said(SAID),
    )


@rooms.get("/c/<contract>/agreements/<int:agreement>")
@web.allow(SEE)
def version(contract: str, agreement: int) -> ResponseReturnValue:
    """One version to read, what differs from what is in force, and what can be done with it."""
    row = _found(agreement)
    rows = agreements.versions(row.contract_id, row.kind, row.subject)
    base = _base(row, rows)
    who = web.member()
    return render_template(
        "contracts/agreement.html",
        kind=KINDS[row.kind],
        called=called(row),
        row=row,
        versions=rows,
        base=base,
        differences=saying.differences(base.body, row.body) if base else [],
        moves=set(possible(agreements.facts(row), who.party, who.role)),
        incomplete=_incomplete(row),
        history=agreements.history(row.contract_id, row.id),
        notices=words.said(SAID),
        HAPPENED=agreements.HAPPENED,
        **_words(row),
    )


def _base(row: Any, rows: list[Row[Any]]) -> Any:
    """What a version is read against: what it followed, else what is in force beside it."""
    if row.state in OPEN:
        return next((one for one in rows if one.state == Standing.AGREED), None)
    return next((one for one in rows if one.id == row.supersedes_id), None)


def _incomplete(row: Any) -> list[str]:
    """What is still to be said before a draft can be proposed."""
    if row.state != Standing.DRAFT:
        return []
    outcome = KINDS[row.kind].read(row.body)
    wrong = (
        outcome if isinstance(outcome, list) else KINDS[row.kind].check(row.contract_id, row.body)
    )
    said = [web.say(one) for one in wrong]
    rest = len(said) - MOST_SAID
    more = [gettext("and %(number)s more", number=rest)] if rest > 0 else []
    return [*said[:MOST_SAID], *more]


@rooms.get("/c/<contract>/agreements/<int:agreement>/comparison")
@web.allow(SEE)
def comparison(contract: str, agreement: int) -> ResponseReturnValue:
    """Any two versions side by side: only what differs."""
    row = _found(agreement)
    rows = agreements.versions(row.contract_id, row.kind, row.subject)
    wanted = web.whole(request.args.get("with", ""))
    others = [one for one in rows if one.id != row.id]
    other = next((one for one in others if one.id == wanted), None)
    if wanted is not None and other is None:
        abort(404)
    other = other or _base(row, rows) or next(iter(others), None)
    return render_template(
        "contracts/comparison.html",
        kind=KINDS[row.kind],
        called=called(row),
        row=row,
        other=other,
        versions=rows,
        differences=saying.differences(other.body, row.body) if other else [],
    )


@rooms.get("/c/<contract>/agreements/<int:agreement>/form")
@web.allow(DRAFT)
def edit(contract: str, agreement: int) -> ResponseReturnValue:
    """The draft as a form; a version that is no draft any more is shown instead."""
    row = _found(agreement)
    if row.state != Standing.DRAFT:
        return redirect(_here(contract, row.id), 303)
    return render_template(
        "contracts/agreement_form.html",
        kind=KINDS[row.kind],
        called=called(row),
        row=row,
        **_words(row),
    )


def _listed(name: str, stored: list[Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The rows of a list as a form shows them: as typed when it came back, and an empty one."""
    came = request.method == "POST"
    rows: list[tuple[str, Mapping[str, Any]]] = (
        list(typed.rows(name).items()) if came else [(str(n), one) for n, one in enumerate(stored)]
    )
    numbers = [int(key) for key, _ in rows if key.isdecimal()]
    yield from ((key, row) for key, row in rows if key.isdecimal())
    wants_more = not came or web.submitted().get(typed.ADD) == name
    if wants_more:
        yield str(max(numbers, default=-1) + 1), {}


def _words(row: Any) -> dict[str, Any]:
    """What the templates of the kinds need beside the body."""
    known = {"saying": saying, "buttons": buttons, "listed": _listed, "policy": policy}
    return known | AROUND.get(row.kind, lambda _row: {})(row)


def _land_words(row: Any) -> dict[str, Any]:
    """Zones, lands and regions to choose from, and the coming year as the calendar sees it."""
    today = words.local(clock.now()).date()
    names = Locale.parse(web.language()).territories
    known: dict[str, Any] = {
        "zones": [(zone, zone) for zone in sorted(available_timezones())],
        "lands": sorted(
            ((code, names.get(code, code)) for code in hours.countries()), key=lambda one: one[1]
        ),
        "regions": hours.countries().get(row.body.get("country", ""), ()),
    }
    if isinstance(hours.read(row.body), list):
        return known
    language = "da" if web.language() == "da" else "en_US"
    days = {
        day: name
        for year in (today.year, today.year + 1)
        for day, name in hours.closed(row.body, year, language).items()
        if today <= day < today.replace(year=today.year + 1, day=min(today.day, 28))
    }
    return known | {
        "holidays": days,
        "changes": hours.clock_changes(row.body["tz"], today),
        "day_minutes": hours.made(row.body).day_minutes,
    }


def _levels(row: Any) -> dict[str, Any]:
    """The scale that a version says, and what an older word means on it to each party."""
    scale = web.accepted(KINDS[row.kind].read(row.body))
    older = request.args.get("older", "").strip()[:60]
    meant = [(party, translated(scale, party, older)) for party in Party] if older else []
    return {"scale": scale, "older": older, "meant": meant}


AROUND: dict[str, Callable[[Any], dict[str, Any]]] = {"calendar": _land_words, "scale": _levels}
"""What else the page and the form of a kind show; rooms above add theirs with the kind."""


# ---------------------------------------------------------------- moves


@rooms.post("/c/<contract>/agreements")
@web.allow(DRAFT)
@web.again(agreed)
def draft(contract: str) -> ResponseReturnValue:
    """Begin the next version of a kind (of several: of a subject), from what is in force."""
    wanted = form(kind=Field(required=True, choices=list(KINDS)), subject=Field(limit=60)).values()
    kind, subject = wanted
    several = agreements.subjects(web.contract().id, kind) if KINDS[kind].several else {""}
    if subject not in several:
        abort(404)

    def write() -> Done:
        made = agreements.draft(web.member(), web.contract().id, kind, subject)
        return Done(_here(contract, made), "drafted", str(made))

    return once(write)


@rooms.post("/c/<contract>/agreements/<int:agreement>/body")
@web.allow(DRAFT)
@web.again(edit)
def change(contract: str, agreement: int) -> ResponseReturnValue:
    """Keep the draft as typed; with `add`, give the form back with one row more instead."""
    row = _found(agreement)
    read, fields = typed.FORMS[row.kind]
    revision = _revision(*typed.unknown(fields))
    said = read()
    if web.submitted().get(typed.ADD):
        raise Refused(status=200)

    def write() -> Done:
        try:
            agreements.change(web.member(), agreement, revision, said.body)
        except Refused as no:
            beside = (said.beside(refusal) for refusal in no.refusals)
            raise Refused(*beside, status=no.status) from None
        evidence.attach(said.pictures, row.contract_id, agreement_id=agreement)
        return Done(_here(contract, agreement), "changed")

    return once(write)


@rooms.post("/c/<contract>/agreements/<int:agreement>/proposal")
@web.allow(SEE)
@web.again(version)
def propose(contract: str, agreement: int) -> ResponseReturnValue:
    """Put the draft before the other party, with a reason."""
    return _moved(contract, agreement, "proposed", agreements.propose, noted=True)


@rooms.post("/c/<contract>/agreements/<int:agreement>/signature")
@web.allow(SEE)
@web.again(version)
def agree(contract: str, agreement: int) -> ResponseReturnValue:
    """Sign what the other party proposed."""
    return _moved(contract, agreement, "agreed", agreements.agree)


@rooms.post("/c/<contract>/agreements/<int:agreement>/refusal")
@web.allow(SEE)
@web.again(version)
def decline(contract: str, agreement: int) -> ResponseReturnValue:
    """Send the proposal back to be a draft, with a reason."""
    return _moved(contract, agreement, "declined", agreements.decline, noted=True)


@rooms.post("/c/<contract>/agreements/<int:agreement>/withdrawal")
@web.allow(SEE)
@web.again(version)
def withdraw(contract: str, agreement: int) -> ResponseReturnValue:
    """Take back a draft or a proposal of one's own party."""
    return _moved(contract, agreement, "withdrawn", agreements.withdraw)


def _revision(*wrong: Refusal) -> int:
    """Which state of the version was looked at: it is signed exactly as it was shown."""
    shown = web.whole(web.submitted().get("version", ""))
    if shown is None:
        wrong += (missing("version"),)
    if wrong:
        raise Refused(*wrong)
    return shown or 0


def _moved(
    contract: str, agreement: int, said: str, move: Callable[..., None], noted: bool = False
) -> ResponseReturnValue:
    """Make one move of an agreement; `noted` ones bring words."""
    _found(agreement)
    note = form(**({"note": Field("words", limit=2000)} if noted else {})).values()
    revision = _revision()

    def write() -> Done:
        move(web.member(), agreement, revision, *note)
        return Done(_here(contract, agreement), said)

    return once(write)


# ---------------------------------------------------------------- the promises


@rooms.get("/c/<contract>/requirements")
@web.allow(SEE)
def requirements(contract: str) -> ResponseReturnValue:
    """Every promise in force: who would notice when it is broken, and what is open about it."""
    here = web.contract().id
    return render_template(
        "contracts/requirements.html",
        requirements=promises.requirements(here),
        watched=promises.watched_by(here),
        open_actions=promises.open_actions(here),
        agreement=agreements.in_force(here, "requirements"),
        saying=saying,
    )
