"""The one mechanism for everything both parties sign; nothing one-sided ever comes into force.

A version is drafted, proposed by one party, agreed by the other, and superseded by the next. What
was agreed is never changed, so what it says is remembered in memory by its id.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple, TypeVar, cast

from sqlalchemy import Row, bindparam, insert, select, update

from inspection import clock
from inspection.contracts import buttons, hours, promises
from inspection.contracts.models import Agreement, Contract
from inspection.db import db, lock, table, touched
from inspection.journal import Happened, record
from inspection.people import deeds
from inspection.people.models import Membership, Person
from inspection.rules import policy as policies
from inspection.rules import scale as scales
from inspection.rules.access import RIGHTS, Member, Party
from inspection.rules.agreement import OPEN, OVERTAKEN, Facts, Move, Standing, Step, make
from inspection.rules.calendar import Calendar
from inspection.rules.policy import Policy
from inspection.rules.refusal import N_, Refusal
from inspection.rules.scale import Scale
from inspection.web import Refused, accepted

_agreements, _contracts = table(Agreement), table(Contract)


@dataclass(frozen=True)
class Kind:
    """One sort of thing the parties sign.

    `read` gives what a body means, or its mistakes; `write` the body as it is kept; `start` what
    the first draft of a contract says; `apply` follows in the transaction of the agreement. `page`
    and `form` are templates that show a body and let people change it. `seal` writes into a body
    that is proposed what it otherwise leaves to the world outside. `check` is asked before a body
    is proposed or agreed: what it points to must be there, in this contract. Of a kind with
    `several`, a contract has many, told apart by their subject.
    """

    key: str
    title: str
    read: Callable[[Mapping[str, Any]], Any]
    write: Callable[[Any], dict[str, Any]]
    start: Callable[[int], dict[str, Any]]
    apply: Callable[[int, Row[Any]], None]
    page: str
    form: str
    seal: Callable[[dict[str, Any]], dict[str, Any]] = dict
    check: Callable[[int, Mapping[str, Any]], list[Refusal]] = lambda _contract, _body: []
    several: bool = False


def _kind(
    key: str,
    title: str,
    read: Callable[[Mapping[str, Any]], Any],
    start: Callable[[int], dict[str, Any]],
    apply: Callable[[int, Row[Any]], None],
    write: Callable[[Any], dict[str, Any]] = dict,
    seal: Callable[[dict[str, Any]], dict[str, Any]] = dict,
) -> Kind:
    page, form = f"contracts/_{key}.html", f"contracts/_{key}_form.html"
    return Kind(key, title, read, write, start, apply, page, form, seal)


def _keep_zone(contract_id: int, agreement: Row[Any]) -> None:
    db.session.execute(
        update(_contracts).where(_contracts.c.id == contract_id).values(tz=agreement.body["tz"])
    )


def _zone_hours(contract_id: int) -> dict[str, Any]:
    zone = select(_contracts.c.tz).where(_contracts.c.id == contract_id)
    return hours.start(db.session.execute(zone).scalar_one())


KINDS: dict[str, Kind] = {
    kind.key: kind
    for kind in (
        _kind(
            "sla_policy",
            N_("SLA policy"),
            policies.read,
            lambda _contract: dict(policies.PROPOSED),
            lambda _contract, _agreement: None,
            policies.write,
        ),
        _kind("calendar", N_("Calendar"), hours.read, _zone_hours, _keep_zone, seal=hours.sealed),
        _kind(
            "requirements",
            N_("Requirements"),
            promises.read,
            lambda _contract: {"requirements": []},
            promises.apply,
        ),
        _kind("categories", N_("Categories"), buttons.read, buttons.here, buttons.apply),
        _kind(
            "scale",
            N_("Scale"),
            scales.read,
            lambda _contract: dict(scales.PROPOSED),
            lambda _contract, _agreement: None,
            scales.write,
        ),
    )
}
"""Whatever can be signed, by key; rooms above add theirs when the app is built."""


def add(kind: Kind) -> None:
    """Let a room above have something signed too."""
    KINDS[kind.key] = kind


# ---------------------------------------------------------------- what stands

_IN_FORCE = select(_agreements).where(
    _agreements.c.contract_id == bindparam("contract"),
    _agreements.c.kind == bindparam("which"),
    _agreements.c.subject == bindparam("about"),
    _agreements.c.state == Standing.AGREED.value,
)
_ALL_IN_FORCE = (
    select(_agreements)
    .where(
        _agreements.c.contract_id == bindparam("contract"),
        _agreements.c.kind == bindparam("which"),
        _agreements.c.state == Standing.AGREED.value,
    )
    .order_by(_agreements.c.subject)
)
_BODY = select(_agreements.c.body, _agreements.c.state).where(_agreements.c.id == bindparam("one"))
_KEPT = (Standing.AGREED, Standing.SUPERSEDED)


def in_force(contract_id: int, kind: str, subject: str = "") -> Row[Any] | None:
    """The version both parties work under now."""
    named = {"contract": contract_id, "which": kind, "about": subject}
    return db.session.execute(_IN_FORCE, named).first()


def all_in_force(contract_id: int, kind: str) -> list[Row[Any]]:
    """What both parties work under now of a kind with several, by subject."""
    return list(db.session.execute(_ALL_IN_FORCE, {"contract": contract_id, "which": kind}))


def versions(contract_id: int, kind: str, subject: str = "") -> list[Row[Any]]:
    """All versions, the newest first."""
    asked = select(_agreements).where(
        _agreements.c.contract_id == contract_id,
        _agreements.c.kind == kind,
        _agreements.c.subject == subject,
    )
    return list(db.session.execute(asked.order_by(_agreements.c.version.desc())))


def found(contract_id: int, agreement_id: int) -> Row[Any] | None:
    """One version of this contract, with the names of who signed; None for any other."""
    one = (_agreements.c.contract_id == contract_id) & (_agreements.c.id == agreement_id)
    return db.session.execute(_WITH_NAMES.where(one)).first()


_known: dict[int, Any] = {}  # what an agreement says; once agreed it never changes
_Meant = TypeVar("_Meant")


def meant(agreement_id: int, made: Callable[[dict[str, Any]], _Meant]) -> _Meant:
    """What the body of a version that is or was in force says, made from it once."""
    if agreement_id not in _known:
        _known[agreement_id] = made(_signed(agreement_id))
    return cast(_Meant, _known[agreement_id])


def policy(agreement_id: int | None) -> Policy | None:
    """The SLA policy of an agreement; None where there was none."""
    if agreement_id is None:
        return None
    return meant(agreement_id, _policy)


def calendar(agreement_id: int | None, tz: str) -> Calendar:
    """The calendar of an agreement; without one, the usual week in the time zone `tz`."""
    return hours.calendar(tz) if agreement_id is None else meant(agreement_id, hours.made)


def scale(agreement_id: int | None) -> Scale:
    """The scale of an agreement; without one, the usual scale."""
    if agreement_id is None:
        return _usual_scale()
    return meant(agreement_id, _scale)


@cache
def _usual_scale() -> Scale:
    return _scale(scales.PROPOSED)


def scale_in_force(contract_id: int) -> Scale:
    """The scale that both agreed on last; the usual one before."""
    row = in_force(contract_id, "scale")
    return scale(row.id if row else None)


def _policy(body: Mapping[str, Any]) -> Policy:
    return cast(Policy, accepted(policies.read(body)))


def _scale(body: Mapping[str, Any]) -> Scale:
    return cast(Scale, accepted(scales.read(body)))


def forget() -> None:
    """Forget what was remembered: another database has other agreements under the same ids."""
    _known.clear()


def _signed(agreement_id: int) -> dict[str, Any]:
    """The body of a version that is or was in force; drafts still change and rule nothing."""
    row = db.session.execute(_BODY, {"one": agreement_id}).one()
    if row.state not in _KEPT:
        raise LookupError(f"agreement {agreement_id} was never agreed")
    return dict(row.body)


# ---------------------------------------------------------------- moves


def draft(
    by: Member | None,
    contract_id: int,
    kind: str,
    subject: str = "",
    body: Mapping[str, Any] | None = None,
) -> int:
    """Begin the next version: of `body`, else of what is in force, else of what a first one says.

    One version is open at a time. `by` None: the system, when a contract is founded. Raises
    `Refused`.
    """
    _lock(contract_id)
    if by is not None and by.role not in RIGHTS["draft_agreement"].roles:
        raise Refused(
            Refusal("agreement.not_you", N_("Your role cannot do this; ask your manager.")),
            status=403,
        )
    before = versions(contract_id, kind, subject)
    if any(one.state in OPEN for one in before):
        raise Refused(
            Refusal(
                "agreement.open",
                N_("There is an open version already. Change that one, or withdraw it first."),
            ),
            status=409,
        )
    last = in_force(contract_id, kind, subject)
    if body is None:
        body = last.body if last else KINDS[kind].start(contract_id)
    agreement_id = db.session.execute(
        insert(_agreements)
        .values(
            contract_id=contract_id,
            kind=kind,
            subject=subject,
            version=before[0].version + 1 if before else 1,
            state=Standing.DRAFT.value,
            body=dict(body),
            note="",
            drafted_by=by.id if by else None,
            drafted_party=by.party.value if by else None,
            drafted_at=clock.now(),
            revision=1,
        )
        .returning(_agreements.c.id)
    ).scalar_one()
    _tell("agreement.drafted", found(contract_id, agreement_id), by)
    return int(agreement_id)


def change(by: Member, agreement_id: int, revision: int, body: Mapping[str, Any]) -> None:
    """Write another body into a draft; raises `Refused`."""
    row, step = _step(by, agreement_id, revision, Move.CHANGE)
    _move(by, row, step, body=_checked(row.kind, body))


def propose(by: Member, agreement_id: int, revision: int, note: str) -> None:
    """Put a draft before the other party, with a reason; raises `Refused`."""
    row, step = _step(by, agreement_id, revision, Move.PROPOSE, note)
    _insist(row)
    _move(
        by,
        row,
        step,
        note,
        body=KINDS[row.kind].seal(_checked(row.kind, row.body)),
        note=note,
        proposed_by=by.id,
        proposed_party=by.party.value,
        proposed_at=clock.now(),
    )


def agree(by: Member, agreement_id: int, revision: int) -> None:
    """Sign what the other party proposed: from here on it is in force; raises `Refused`."""
    row, step = _step(by, agreement_id, revision, Move.AGREE)
    _insist(row)
    last = in_force(row.contract_id, row.kind, row.subject)
    if last is not None:
        _move(by, last, OVERTAKEN, ended_at=clock.now())
    _move(
        by,
        row,
        step,
        agreed_by=by.id,
        agreed_party=by.party.value,
        agreed_at=clock.now(),
        supersedes_id=last.id if last else None,
    )
    _put_in_force(row)
    KINDS[row.kind].apply(row.contract_id, row)


def decline(by: Member, agreement_id: int, revision: int, reason: str) -> None:
    """Send what the other party proposed back to be a draft, with a reason; raises `Refused`."""
    row, step = _step(by, agreement_id, revision, Move.DECLINE, reason)
    _move(by, row, step, reason, proposed_by=None, proposed_party=None, proposed_at=None)


def withdraw(by: Member, agreement_id: int, revision: int) -> None:
    """Take back a draft or a proposal of one's own party; raises `Refused`."""
    row, step = _step(by, agreement_id, revision, Move.WITHDRAW)
    _move(by, row, step, ended_at=clock.now())


def facts(row: Row[Any]) -> Facts:
    """What the rules need to know of a version."""
    standing = Standing(row.state)
    party = row.proposed_party if standing is Standing.PROPOSED else row.drafted_party
    return Facts(standing, Party(party) if party else None)


def _step(
    by: Member, agreement_id: int, revision: int, move: Move, text: str = ""
) -> tuple[Row[Any], Step]:
    _lock(by.contract_id)
    row = found(by.contract_id, agreement_id)
    if row is None:
        raise LookupError(agreement_id)
    step = make(facts(row), move, by.party, by.role, text)
    if isinstance(step, Refusal):
        raise Refused(step, status=_STATUS.get(step.code, 422))
    if row.revision != revision:
        raise Refused(
            Refusal(
                "agreement.changed_meanwhile",
                N_("Somebody changed this version meanwhile. Look at it as it is now."),
            ),
            status=409,
        )
    return row, step


_STATUS = {
    "agreement.not_you": 403,
    "agreement.own_proposal": 403,
    "agreement.not_yours": 403,
    "agreement.not_now": 409,
}


def _insist(row: Row[Any]) -> None:
    """What a version points to is there, now that it is to be signed."""
    wrong = KINDS[row.kind].check(row.contract_id, row.body)
    if wrong:
        raise Refused(*wrong)


def _checked(kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return KINDS[kind].write(accepted(KINDS[kind].read(body)))


def _move(by: Member, row: Row[Any], step: Step, text: str = "", /, **values: Any) -> None:
    moved = db.session.execute(
        update(_agreements)
        .where(
            _agreements.c.contract_id == row.contract_id,
            _agreements.c.id == row.id,
            _agreements.c.revision == row.revision,
        )
        .values(state=step.target.value, revision=row.revision + 1, **values)
    )
    if touched(moved) != 1:
        raise AssertionError("an agreement moved although its contract was locked")
    _tell(step.event, found(row.contract_id, row.id), by, row.state, text)


def _put_in_force(row: Row[Any]) -> None:
    """Say in the contract's own row what is in force, and that it changed."""
    here = _contracts.c.id == row.contract_id
    values: dict[str, Any] = {"version": _contracts.c.version + 1}
    if row.subject == "":
        terms = db.session.execute(select(_contracts.c.terms).where(here)).scalar_one()
        values["terms"] = {**(terms or {}), row.kind: row.id}
    db.session.execute(update(_contracts).where(here).values(values))


def _lock(contract_id: int) -> None:
    lock(f"agreements/{contract_id}")


def _tell(
    event: str, row: Row[Any] | None, by: Member | None, before: str | None = None, text: str = ""
) -> None:
    assert row is not None
    record(
        Happened(
            row.contract_id,
            event,
            "agreement",
            row.id,
            by=by,
            state_from=before,
            state_to=row.state,
            text=text,
            data={
                "kind": row.kind,
                "subject": row.subject,
                "version": row.version,
                "revision": row.revision,
                "body_sha256": _sha256(row.body),
            },
        )
    )


def _sha256(body: Mapping[str, Any]) -> str:
    plain = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()


# ---------------------------------------------------------------- comparison


class Difference(NamedTuple):
    """One place where two bodies differ; None: there is nothing at this place.

    `path` names it from the outside in; a length of time is a pair (value, unit).
    """

    path: tuple[str, ...]
    old: Any
    new: Any


_TARGET = ("priority", "kind", "service_line")
_NAMING = (("ref",), ("key",), ("date",), ("label", "party"), ("level",), _TARGET)


def compared(old: Any, new: Any, path: tuple[str, ...] = ()) -> list[Difference]:
    """Only what differs between two bodies, in the order of the newer one.

    Rows of a list are matched by what names them (its number, key, date; priority and kind of a
    target), so that one row more is one difference and not a shift of all.
    """
    if old == new or path == ("holidays",):
        return []  # holidays follow from the land and the years, which are compared
    old, new = _opened(old), _opened(new)
    if isinstance(old, dict) and isinstance(new, dict):
        names = [*new, *(name for name in old if name not in new)]
        return [d for name in names for d in compared(old.get(name), new.get(name), (*path, name))]
    return [Difference(path, old, new)]


def _opened(part: Any) -> Any:
    """A part of a body with everything in it named, so that two can be laid side by side."""
    if isinstance(part, list) and part and all(isinstance(one, Mapping) for one in part):
        return {_name(one): one for one in part}
    if isinstance(part, list) and any(isinstance(one, list) for one in part):
        return {str(number): one for number, one in enumerate(part)} if len(part) == 7 else part
    if isinstance(part, Mapping) and {"value", "unit"} <= set(part):
        rest = {name: part[name] for name in part if name not in (*_TARGET, "value", "unit")}
        return {"time": (part["value"], part["unit"])} | rest
    return part


def _name(row: Mapping[str, Any]) -> str:
    names = next((group for group in _NAMING if group[0] in row), ())
    return " ".join(str(row[name]) for name in names if row.get(name))


# ---------------------------------------------------------------- what pages show

HAPPENED: Mapping[str, str] = {
    "agreement.drafted": N_("Drafted"),
    "agreement.changed": N_("Changed the draft"),
    "agreement.proposed": N_("Proposed"),
    "agreement.agreed": N_("Agreed"),
    "agreement.declined": N_("Declined"),
    "agreement.withdrawn": N_("Withdrawn"),
    "agreement.superseded": N_("Followed by the next version"),
}

_PROPOSER, _SIGNER = table(Person).alias("proposer"), table(Person).alias("signer")
_AS_PROPOSER, _AS_SIGNER = table(Membership).alias("as_p"), table(Membership).alias("as_s")
_WITH_NAMES = (
    select(
        _agreements,
        _PROPOSER.c.name.label("proposer"),
        _SIGNER.c.name.label("signer"),
    )
    .join_from(
        _agreements, _AS_PROPOSER, _agreements.c.proposed_by == _AS_PROPOSER.c.id, isouter=True
    )
    .join(_PROPOSER, _AS_PROPOSER.c.person_id == _PROPOSER.c.id, isouter=True)
    .join(_AS_SIGNER, _agreements.c.agreed_by == _AS_SIGNER.c.id, isouter=True)
    .join(_SIGNER, _AS_SIGNER.c.person_id == _SIGNER.c.id, isouter=True)
    .order_by(_agreements.c.version.desc())
)


def signed(contract_id: int, kind: str | None = None) -> list[Row[Any]]:
    """Every version of everything (or of a kind), the newest first, with who proposed and agreed.

    Bodies and all: of checklists alone that can be megabytes.
    """
    asked = _WITH_NAMES.where(_agreements.c.contract_id == contract_id)
    if kind is not None:
        asked = asked.where(_agreements.c.kind == kind)
    return list(db.session.execute(asked))


def subjects(contract_id: int, kind: str | None = None) -> set[str]:
    """What the versions of a kind with several (or of all) are told apart by."""
    asked = select(_agreements.c.subject).where(_agreements.c.contract_id == contract_id)
    if kind is not None:
        asked = asked.where(_agreements.c.kind == kind)
    return set(db.session.execute(asked.distinct()).scalars())


def history(contract_id: int, agreement_id: int) -> list[Row[Any]]:
    """What happened to one version, in order: events with `who` and `text`."""
    return deeds.of(contract_id, "agreement", agreement_id)
