"""What somebody without an account can see and do through the receipt of their report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import abort
from sqlalchemy import Row, func, select, update

from inspection import clock
from inspection.actions import merging, moves, standing
from inspection.actions.models import Action
from inspection.actions.moves import Wanted
from inspection.assets.models import Asset
from inspection.contracts.models import Category, Contract
from inspection.db import db, table, touched
from inspection.journal import Happened, Written, record
from inspection.photos import evidence
from inspection.photos.evidence import Kept
from inspection.reports.models import Question, Report
from inspection.rules import lifecycle
from inspection.rules.lifecycle import REPORTER, Given, Move
from inspection.rules.refusal import N_, Refusal
from inspection.rules.states import State
from inspection.web import Refused, hashed

_reports, _questions, _actions = table(Report), table(Question), table(Action)
_assets, _categories, _contracts = table(Asset), table(Category), table(Contract)

SAID_FIXED = (State.FIXED, State.MONITORING, State.CLOSED)  # the fix stands; it may be watched
REPORTERS_MOVES = (Move.WITHDRAW, Move.RETURN, Move.REOPEN)


@dataclass(frozen=True)
class Receipt:
    """A report and the action that answers for it now (the master, when it was merged)."""

    report: Row[Any]
    action: Row[Any]


def opened(secret: str) -> Receipt:
    """What the receipt's secret opens; 404 for any other."""
    report = db.session.execute(
        select(
            _reports,
            _assets.c.name.label("place_name"),
            _assets.c.trail.label("place_trail"),
            _categories.c.names.label("category_names"),
            _categories.c.icon,
            _contracts.c.name.label("contract_name"),
            _contracts.c.tz,
            _contracts.c.emergency_number,
            _contracts.c.emergency_text,
            _contracts.c.readers,
            _contracts.c.retention_days,
        )
        .join_from(_reports, _assets, _reports.c.asset_id == _assets.c.id)
        .join(_categories, _reports.c.category_id == _categories.c.id)
        .join(_contracts, _reports.c.contract_id == _contracts.c.id)
        .where(_reports.c.receipt_hash == hashed(secret))
    ).first()
    if report is None:
        abort(404)
    action = moves.by_id(report.contract_id, report.action_id)
    return Receipt(report, merging.master_of(action) or action)


def remembered(receipt: Receipt) -> Receipt:
    """The receipt, unless its report was forgotten: then nothing more is taken for it."""
    if receipt.report.forgotten:
        over = N_(
            "This report was kept until %(day)s and was then forgotten, as promised."
            " Nothing more is kept with it; please report again what is wrong now."
        )
        day = {"day": receipt.report.expires_on.isoformat()}
        raise Refused(Refusal("report.forgotten_since", over, day), status=409)
    return receipt


def open_questions(receipt: Receipt) -> list[Row[Any]]:
    """What was asked of the people who reported this and nobody has answered yet.

    Once it is closed the answer is wanted no more.
    """
    if receipt.action.state == State.CLOSED:
        return []
    return list(
        db.session.execute(
            select(_questions)
            .where(
                _questions.c.contract_id == receipt.report.contract_id,
                _questions.c.action_id == receipt.action.id,
                _questions.c.answered_at.is_(None),
            )
            .order_by(_questions.c.id)
        )
    )


def can(receipt: Receipt) -> frozenset[Move]:
    """The moves the reporter may make now."""
    facts = moves.facts(receipt.action)
    timing = standing.timing(receipt.action)
    allowed = lifecycle.possible(facts, REPORTER, clock.now(), timing)
    if receipt.report.withdrawn_at is not None:
        return frozenset()
    reporters = {Move.WITHDRAW} if receipt.report.held else set(REPORTERS_MOVES)
    return frozenset(allowed) & reporters


def reopening_ends(receipt: Receipt) -> datetime | None:
    """Until when the reporter may reopen."""
    closed = receipt.action.closed_at
    return lifecycle.reopening_ends(closed, standing.timing(receipt.action)) if closed else None


def answer(receipt: Receipt, question_id: int, text: str) -> Written:
    """Answer a question; the first answer counts, a later one is kept as a comment."""
    _heard(receipt)
    if not text.strip():
        raise Refused(Refusal("report.answer_missing", N_("Write the answer first."), where="text"))
    result = db.session.execute(
        update(_questions)
        .where(
            _questions.c.id == question_id,
            _questions.c.contract_id == receipt.report.contract_id,
            _questions.c.action_id == receipt.action.id,
            _questions.c.answered_at.is_(None),
        )
        .values(answer=text, answered_at=clock.now(), answered_on=receipt.report.id)
    )
    if touched(result) != 1:
        raise Refused(
            Refusal("report.answered", N_("Somebody has answered that already. Thank you."))
        )
    return _tell(receipt, "report.answered", text)


def add_photos(receipt: Receipt, pictures: tuple[Kept, ...]) -> Written:
    """Show more; also while somebody has to look at the report first."""
    if receipt.report.withdrawn_at is not None:
        _heard(receipt)
    if not pictures:
        raise Refused(
            Refusal("report.photo_missing", N_("Choose or take a photo first."), where="photos")
        )
    written = _tell(receipt, "report.photo_added", data={"photos": len(pictures)})
    evidence.attach(
        pictures,
        receipt.report.contract_id,
        report_id=receipt.report.id,
        event_id=written.id,
    )
    return written


def withdraw(receipt: Receipt) -> Written:
    """Take the report back; the last one takes its action along unless work has begun."""
    _once(receipt, "withdrawn_at", N_("You have withdrawn this report already."))
    row = receipt.action
    left = _reports_left(row)
    db.session.execute(
        update(_actions)
        .where(_actions.c.contract_id == row.contract_id, _actions.c.id == row.id)
        .values(report_count=max(left, 1))
    )
    if left:
        return _tell(receipt, "report.withdrawn", data={"left": left})
    return moves.make(
        moves.by_id(row.contract_id, row.id),
        Wanted(Move.WITHDRAW, None, entity=("report", receipt.report.id), data={"left": left}),
    )


def send_back(receipt: Receipt, move: Move, text: str, pictures: tuple[Kept, ...]) -> Written:
    """“It is not fixed” (return) and “it is back” (reopening)."""
    _heard(receipt)
    return moves.make(
        receipt.action,
        Wanted(move, None, Given(text, len(pictures)), pictures=pictures),
    )


def confirm(receipt: Receipt) -> Written:
    """“Yes, it is fixed”: shown to whoever accepts the fix; closes nothing by itself."""
    _heard(receipt)
    if receipt.action.state not in SAID_FIXED:
        raise Refused(Refusal("report.not_fixed", N_("Nobody has said yet that it is fixed.")))
    _once(receipt, "confirmed_at", N_("You have confirmed this already. Thank you."))
    return _tell(receipt, "report.confirmed")


def rate(receipt: Receipt, stars: int, text: str) -> Written:
    """1 to 5, once the fix was made; a later rating replaces an earlier one."""
    _heard(receipt)
    if receipt.action.state not in SAID_FIXED:
        raise Refused(Refusal("report.not_fixed", N_("Nobody has said yet that it is fixed.")))
    if not 1 <= stars <= 5:
        raise Refused(Refusal("report.rating", N_("Choose 1 to 5."), where="stars"))
    _set(receipt, satisfaction=stars, satisfaction_text=text)
    return _tell(receipt, "report.rated", text, {"stars": stars})


def thank(receipt: Receipt, text: str = "") -> Written:
    """Thanks in one tap, with words or without."""
    _heard(receipt)
    _once(receipt, "thanked_at", N_("You have said thanks already. It was passed on."))
    return _tell(receipt, "report.thanked", text)


def _heard(receipt: Receipt) -> None:
    """Refuse for a report that is held back or taken back: it has no voice in the work."""
    if receipt.report.held:
        raise Refused(
            Refusal(
                "report.held", N_("A person has to look at your report first. Nothing is lost.")
            )
        )
    if receipt.report.withdrawn_at is not None:
        raise Refused(
            Refusal("report.withdrawn", N_("You took this report back. Please report it again."))
        )


def _reports_left(row: Row[Any]) -> int:
    """How many reports still stand behind an action."""
    return int(
        db.session.execute(
            select(func.count()).where(
                _reports.c.contract_id == row.contract_id,
                _reports.c.action_id == row.id,
                _reports.c.withdrawn_at.is_(None),
                ~_reports.c.held,
            )
        ).scalar_one()
    )


def _once(receipt: Receipt, column: str, already: str) -> None:
    """Stamp the report, unless it bears that stamp."""
    result = db.session.execute(
        update(_reports)
        .where(
            _reports.c.id == receipt.report.id,
            _reports.c.contract_id == receipt.report.contract_id,
            _reports.c[column].is_(None),
        )
        .values({column: clock.now()})
    )
    if touched(result) != 1:
        raise Refused(Refusal("report.already", already), status=409)


def _set(receipt: Receipt, **values: Any) -> None:
    db.session.execute(
        update(_reports)
        .where(
            _reports.c.id == receipt.report.id,
            _reports.c.contract_id == receipt.report.contract_id,
        )
        .values(values)
    )


def _tell(
    receipt: Receipt, kind: str, text: str = "", data: dict[str, Any] | None = None
) -> Written:
    return record(
        Happened(
            contract_id=receipt.report.contract_id,
            kind=kind,
            entity="report",
            entity_id=receipt.report.id,
            reporter=True,
            action_id=receipt.action.id,
            asset_id=receipt.report.asset_id,
            text=text.strip(),
            data=data or {},
        )
    )
