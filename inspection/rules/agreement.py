"""What both parties sign: draft → proposed by one → agreed by the other → superseded."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from inspection.rules.access import RIGHTS, Party, Role
from inspection.rules.refusal import N_, Refusal


class Standing(StrEnum):
    """Where one version stands; AGREED is in force until the next one is agreed."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    AGREED = "agreed"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


OPEN = frozenset({Standing.DRAFT, Standing.PROPOSED})


class Move(StrEnum):
    CHANGE = "change"
    PROPOSE = "propose"
    AGREE = "agree"
    DECLINE = "decline"
    WITHDRAW = "withdraw"


class Sides(StrEnum):
    """Which party's hand a move takes, seen from the party that proposed (or drafted)."""

    EITHER = "either"
    SAME = "same"
    OTHER = "other"


@dataclass(frozen=True)
class Step:
    """One row of the table: from where to where, by which party, with which right."""

    source: Standing
    target: Standing
    sides: Sides
    right: str
    event: str
    needs_text: str = ""


STEPS: dict[tuple[Move, Standing], Step] = {
    (each, step.source): step
    for each, step in (
        (
            Move.CHANGE,
            Step(
                Standing.DRAFT,
                Standing.DRAFT,
                Sides.EITHER,
                "draft_agreement",
                "agreement.changed",
            ),
        ),
        (
            Move.PROPOSE,
            Step(
                Standing.DRAFT,
                Standing.PROPOSED,
                Sides.EITHER,
                "sign_agreement",
                "agreement.proposed",
                N_("Say in a few words why: the other party reads it first."),
            ),
        ),
        (
            Move.AGREE,
            Step(
                Standing.PROPOSED,
                Standing.AGREED,
                Sides.OTHER,
                "sign_agreement",
                "agreement.agreed",
            ),
        ),
        (
            Move.DECLINE,
            Step(
                Standing.PROPOSED,
                Standing.DRAFT,
                Sides.OTHER,
                "sign_agreement",
                "agreement.declined",
                N_("Say why, and what would be acceptable."),
            ),
        ),
        (
            Move.WITHDRAW,
            Step(
                Standing.PROPOSED,
                Standing.WITHDRAWN,
                Sides.SAME,
                "sign_agreement",
                "agreement.withdrawn",
            ),
        ),
        (
            Move.WITHDRAW,
            Step(
                Standing.DRAFT,
                Standing.WITHDRAWN,
                Sides.SAME,
                "draft_agreement",
                "agreement.withdrawn",
            ),
        ),
    )
}


OVERTAKEN = Step(
    Standing.AGREED,
    Standing.SUPERSEDED,
    Sides.EITHER,
    "sign_agreement",
    "agreement.superseded",
)
"""What agreeing on the next version does to the last; nobody can do it by itself."""


@dataclass(frozen=True)
class Facts:
    """One version: where it stands, and whose it is.

    `party` proposed it (a proposal) or drafted it (a draft); None: drafted by the system.
    """

    standing: Standing
    party: Party | None


def make(facts: Facts, move: Move, party: Party, role: Role, text: str = "") -> Step | Refusal:
    """The step that `move` takes; a refusal when this person may not, or not now."""
    step = STEPS.get((move, facts.standing))
    if step is None:
        return Refusal(
            "agreement.not_now", N_("This version has moved on. Look at where it stands now.")
        )
    if not RIGHTS[step.right].allows(role, party, party):
        return Refusal("agreement.not_you", N_("Your role cannot do this; ask your manager."))
    if not _right_side(step, facts.party, party):
        return _WRONG_SIDE[step.sides]
    if step.needs_text and not text.strip():
        return Refusal("agreement.text_missing", step.needs_text, where="note")
    return step


def possible(facts: Facts, party: Party, role: Role) -> Iterator[Move]:
    """The moves this person can make now."""
    for move in Move:
        if isinstance(make(facts, move, party, role, text="-"), Step):
            yield move


def _right_side(step: Step, whose: Party | None, party: Party) -> bool:
    if step.sides is Sides.OTHER:
        return whose is party.other
    return step.sides is Sides.EITHER or whose in (None, party)


_WRONG_SIDE = {
    Sides.OTHER: Refusal(
        "agreement.own_proposal",
        N_("Your own party proposed this. It waits for the other party."),
    ),
    Sides.SAME: Refusal(
        "agreement.not_yours", N_("Only the party that proposed or drafted this can withdraw it.")
    ),
}
