"""What two parties do with each other in a story: decide, wait, plan, prove, disagree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Row, select

from inspection import clock
from inspection.actions import coming_back, decisions, disagreements, holds, plans, similar
from inspection.actions.models import Disagreement
from inspection.db import db, table
from inspection.demo.course import (
    ZONE,
    AgreePlan,
    AnswerDecision,
    AskDecision,
    CheckSimilar,
    Climb,
    ConfirmEffective,
    ConfirmRepeat,
    Contain,
    ContestHold,
    DeclineRepeat,
    Disagree,
    Hold,
    Lift,
    Resolve,
    ReturnPlan,
    Sign,
    State,
    Step,
    Story,
    SubmitPlan,
    elsewhere,
    working_day,
)
from inspection.rules.access import Member
from inspection.rules.corrective import CAUSES, PlanDraft
from inspection.rules.holds import Reason
from inspection.rules.ladder import Subject
from inspection.rules.states import Ask

_disagreements = table(Disagreement)


@dataclass(frozen=True)
class Told:
    """A story that has begun: its action, and the receipt its first reporter holds."""

    story: Story
    action_id: int
    receipt: str


class Stage(Protocol):
    """Where the stories happen, as far as these steps need it."""

    @property
    def places(self) -> Mapping[str, Row[Any]]:
        """By the Name in the register."""

    def acted(self, told: Told, step: Step) -> tuple[Row[Any], Member]:
        """The action as it stands, and who does something with it."""

    def begin(self, story: Story, number: int) -> None:
        """A story whose action was opened by another one: nobody holds a receipt."""

    def scan(self, place: int) -> dict[str, Any]:
        """What the code at a place proves."""


Happens = Callable[[Stage, Told, Any], None]


def ask_decision(stage: Stage, told: Told, step: AskDecision) -> None:
    row, by = stage.acted(told, step)
    said = {"priority": step.priority, "amount": step.amount}
    wanted = {name: value for name, value in said.items() if value}
    decisions.ask(row, by, Ask(step.kind), step.question, wanted, row.version)


def answer_decision(stage: Stage, told: Told, step: AnswerDecision) -> None:
    row, by = stage.acted(told, step)
    waits = next(
        each.row.id
        for each in decisions.shown(row, by)["decisions"]
        if each.open and each.row.to_party == by.party
    )
    decisions.answer(row, by, waits, step.answer, step.text, row.version)


def hold(stage: Stage, told: Told, step: Hold) -> None:
    row, by = stage.acted(told, step)
    scan = stage.scan(row.asset_id) if step.scanned else None
    holds.raise_hold(row, by, holds.Why(Reason(step.reason), step.text, scan=scan), row.version)


def lift(stage: Stage, told: Told, step: Lift) -> None:
    row, by = stage.acted(told, step)
    holds.lift(row, by, step.text, row.version)


def contest_hold(stage: Stage, told: Told, step: ContestHold) -> None:
    row, by = stage.acted(told, step)
    newest = holds.of_action(row)[0].id
    holds.contest(row, by, newest, step.text, row.version)


def contain(stage: Stage, told: Told, step: Contain) -> None:
    row, by = stage.acted(told, step)
    plans.contain(row, by, step.text, (), row.version)


def submit_plan(stage: Stage, told: Told, step: SubmitPlan) -> None:
    row, by = stage.acted(told, step)
    draft = PlanDraft(
        containment=step.containment,
        whys=step.whys,
        root_cause=step.root_cause,
        escape_point=step.escape_point,
        cause=CAUSES[step.cause].side,
        cause_category=step.cause,
        permanent_fix=step.permanent_fix,
        change_type=step.change_type,
        due_on=working_day(clock.now().astimezone(ZONE).date(), step.due_in),
        criterion=step.criterion,
        window_days=step.window_days,
    )
    plans.submit(row, by, draft, row.version)


def agree_plan(stage: Stage, told: Told, step: AgreePlan) -> None:
    row, by = stage.acted(told, step)
    plans.agree(row, by, row.version)


def return_plan(stage: Stage, told: Told, step: ReturnPlan) -> None:
    row, by = stage.acted(told, step)
    plans.send_back(row, by, step.reason, row.version)


def confirm_effective(stage: Stage, told: Told, step: ConfirmEffective) -> None:
    row, by = stage.acted(told, step)
    plans.confirm_effective(row, by, step.text, row.version)


def check_similar(stage: Stage, told: Told, step: CheckSimilar) -> None:
    row, by = stage.acted(told, step)
    place, there = stage.places[step.place], elsewhere(told.story, step, clock.now())
    number = similar.check(row, by, place.id, there is None, step.text)
    if there is not None and number is not None:
        stage.begin(there, number)


def confirm_repeat(stage: Stage, told: Told, step: ConfirmRepeat) -> None:
    row, by = stage.acted(told, step)
    coming_back.confirm(row, by, step.text, row.version)


def decline_repeat(stage: Stage, told: Told, step: DeclineRepeat) -> None:
    row, by = stage.acted(told, step)
    coming_back.decline(row, by, step.reason, row.version)


# ---------------------------------------------------------------- where they see it differently


def disagree(stage: Stage, told: Told, step: Disagree) -> None:
    row, by = stage.acted(told, step)
    view = disagreements.View(step.statement, step.wanted)
    disagreements.open(row, by, Subject(step.subject), view)


def state(stage: Stage, told: Told, step: State) -> None:
    stands, by = _standing(stage, told, step)
    view = disagreements.View(step.statement, step.wanted)
    disagreements.state(stands, by, view, stands.revision)


def climb(stage: Stage, told: Told, step: Climb) -> None:
    stands, by = _standing(stage, told, step)
    disagreements.climb(stands, by, disagreements.Climb(), stands.revision)


def resolve(stage: Stage, told: Told, step: Resolve) -> None:
    stands, by = _standing(stage, told, step)
    disagreements.resolve(stands, by, step.text, stands.revision)


def sign(stage: Stage, told: Told, step: Sign) -> None:
    stands, by = _standing(stage, told, step)
    disagreements.sign(stands, by, stands.revision)


def _standing(stage: Stage, told: Told, step: Step) -> tuple[Row[Any], Member]:
    """The disagreement of the action that is not resolved yet."""
    row, by = stage.acted(told, step)
    unresolved = select(_disagreements).where(
        _disagreements.c.contract_id == row.contract_id,
        _disagreements.c.action_id == row.id,
        _disagreements.c.resolved_at.is_(None),
    )
    return db.session.execute(unresolved).one(), by


STEPS: Mapping[type[Step], Happens] = {
    AskDecision: ask_decision,
    AnswerDecision: answer_decision,
    Hold: hold,
    Lift: lift,
    ContestHold: contest_hold,
    Contain: contain,
    SubmitPlan: submit_plan,
    AgreePlan: agree_plan,
    ReturnPlan: return_plan,
    ConfirmEffective: confirm_effective,
    CheckSimilar: check_similar,
    ConfirmRepeat: confirm_repeat,
    DeclineRepeat: decline_repeat,
    Disagree: disagree,
    State: state,
    Climb: climb,
    Resolve: resolve,
    Sign: sign,
}
