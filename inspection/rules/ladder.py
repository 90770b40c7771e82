"""The escalation steps, counterpart to counterpart, same step on both sides (DOMAIN 2.12).

A disagreement is settled by those it has reached so far, never from above them; it climbs when its
step's time is over or both wish, and only safety skips. A breach climbs by time alone.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import accumulate

from inspection.rules.access import Party, Role
from inspection.rules.calendar import Calendar
from inspection.rules.refusal import N_, Refusal

TOP = 5
ROLES: dict[int, Role] = {
    1: Role.STAFF,
    2: Role.SUPERVISOR,
    3: Role.MANAGER,
    4: Role.EXECUTIVE,
}
"""Who stands on a step, on both sides; on the top one there is help from outside."""

STEPS: dict[int, str] = {
    1: N_("Staff"),
    2: N_("Supervisors"),
    3: N_("Managers"),
    4: N_("Executives"),
    TOP: N_("Help from outside"),
}

_LEVEL = {role: step for step, role in ROLES.items()}


class Subject(StrEnum):
    """What the parties can see differently."""

    PRIORITY = "priority"
    SCOPE = "scope"
    CAUSE = "cause"
    SCORE = "score"
    VERIFICATION = "verification"
    HOLD = "hold"
    RELIEF = "relief"
    REPEAT = "repeat"
    OTHER = "other"


SUBJECTS: dict[Subject, str] = {
    Subject.PRIORITY: N_("The priority"),
    Subject.SCOPE: N_("What the contract covers"),
    Subject.CAUSE: N_("Where the cause lies"),
    Subject.SCORE: N_("A score"),
    Subject.VERIFICATION: N_("Whether the fix holds"),
    Subject.HOLD: N_("Whether a hold counts"),
    Subject.RELIEF: N_("Whether a breach is relieved"),
    Subject.REPEAT: N_("Whether it came back"),
    Subject.OTHER: N_("Something else"),
}


@dataclass(frozen=True)
class Dispute:
    """Where a disagreement stands.

    `stated`: who has written a statement; `wishes`: who wants the next step now; `safety`: it
    cannot wait for safety's sake; `signed`: who has signed the resolution.
    """

    step: int
    step_since: datetime
    stated: frozenset[Party] = frozenset()
    wishes: frozenset[Party] = frozenset()
    safety: bool = False
    resolution: str = ""
    signed: frozenset[Party] = frozenset()

    @property
    def resolved(self) -> bool:
        return self.signed == frozenset(Party)


def step_due(
    step: int, since: datetime, calendar: Calendar, days: Sequence[int]
) -> datetime | None:
    """When a step's time is over; `days` are working days of each step below the top, else None."""
    if step >= TOP:
        return None
    return calendar.add_minutes(since, calendar.working_days(days[step - 1]))


def state(dispute: Dispute, party: Party) -> Dispute:
    """The party has written its statement."""
    return replace(dispute, stated=dispute.stated | {party})


def wish(dispute: Dispute, party: Party) -> Dispute:
    """The party wants the next step now; when both do, it climbs without waiting."""
    return replace(dispute, wishes=dispute.wishes | {party})


def may_climb(
    dispute: Dispute,
    party: Party,
    role: Role,
    now: datetime,
    calendar: Calendar,
    days: Sequence[int],
) -> Refusal | None:
    """Why `party` cannot take it to the next step now; its asking counts as its wish.

    The code `disagreement.step_runs` means that the wish alone can be noted (`wish`). For safety
    neither the time nor the other party's statement is waited for.
    """
    return (
        cannot_climb(dispute, role)
        or _statement_missing(dispute, party)
        or _step_runs(dispute, party, now, calendar, days)
    )


def climb(dispute: Dispute, now: datetime, to: int | None = None) -> Dispute:
    """The disagreement on the next step, its time begun anew; for safety on any step above.

    Raises ValueError for a step that is not above, or that skips one without safety.
    """
    step = to or dispute.step + 1
    if not dispute.step < step <= TOP or (step > dispute.step + 1 and not dispute.safety):
        raise ValueError("one step at a time, and only safety skips")
    return replace(dispute, step=step, step_since=now, wishes=frozenset())


def may_resolve(dispute: Dispute, role: Role) -> Refusal | None:
    """Why somebody of this role cannot write or sign the resolution, on either side."""
    if dispute.resolved:
        return RESOLVED
    if _LEVEL[role] > dispute.step:
        return Refusal(
            "disagreement.above",
            N_("It stands with “%(step)s” on both sides. Let them try before you decide."),
            {"step": STEPS[dispute.step]},
        )
    return None


def propose(dispute: Dispute, party: Party, role: Role, text: str) -> Dispute | Refusal:
    """One text for both: whoever writes it signs it, and signatures under another text are gone."""
    refused = may_resolve(dispute, role)
    if refused:
        return refused
    if not text.strip():
        return Refusal(
            "disagreement.resolution_missing",
            N_("Write what both parties agree on."),
            where="resolution",
        )
    return replace(dispute, resolution=text.strip(), signed=frozenset({party}))


def sign(dispute: Dispute, party: Party, role: Role) -> Dispute | Refusal:
    """The party signs the text that stands; with the second signature it is resolved."""
    refused = may_resolve(dispute, role)
    if refused:
        return refused
    if not dispute.resolution:
        return Refusal(
            "disagreement.nothing_to_sign",
            N_("There is no resolution to sign yet. Write one."),
            where="resolution",
        )
    if party in dispute.signed:
        return Refusal(
            "disagreement.signed_already",
            N_("Your party has signed; it waits for the other party's signature."),
        )
    return replace(dispute, signed=dispute.signed | {party})


def breach_step(
    breached_at: datetime, now: datetime, calendar: Calendar, days: Sequence[int]
) -> int:
    """The step a breach has climbed to by now: 0 before it, 1 at once, `TOP` at most.

    Reckoned from the breach, not from the last look, so it is the same however long nobody looked.
    """
    if now < breached_at:
        return 0
    return 1 + bisect_right(_breach_steps(breached_at, calendar, days), now)


def breach_step_due(
    step: int, breached_at: datetime, calendar: Calendar, days: Sequence[int]
) -> datetime | None:
    """When a breach on this step climbs to the next; None on the top one."""
    return [breached_at, *_breach_steps(breached_at, calendar, days), None][step]


def _breach_steps(breached_at: datetime, calendar: Calendar, days: Sequence[int]) -> list[datetime]:
    """When a breach reaches the second step, the third, … the top one."""
    return [
        calendar.add_minutes(breached_at, calendar.working_days(count))
        for count in accumulate(days[: TOP - 1])
    ]


RESOLVED = Refusal(
    "disagreement.resolved",
    N_("Both parties have signed the resolution; it stands as it was signed."),
)


def cannot_climb(dispute: Dispute, role: Role) -> Refusal | None:
    """Why somebody of this role cannot take it further at all, whatever the time and the wishes."""
    if dispute.resolved:
        return RESOLVED
    if dispute.step >= TOP:
        return Refusal(
            "disagreement.top",
            N_("This is the last step: settle it with help from outside, as the contract says."),
        )
    if _LEVEL[role] < dispute.step:
        return Refusal(
            "disagreement.below",
            N_("It stands with “%(step)s” now; they or somebody above them take it further."),
            {"step": STEPS[dispute.step]},
        )
    return None


def _statement_missing(dispute: Dispute, party: Party) -> Refusal | None:
    if party not in dispute.stated:
        return Refusal(
            "disagreement.own_statement_missing",
            N_("Write how your party sees it first; the next step reads both statements."),
            where="statement",
        )
    if party.other not in dispute.stated and not dispute.safety:
        return Refusal(
            "disagreement.other_statement_missing",
            N_("The other party has not written how it sees it yet. Ask them for it."),
        )
    return None


def _step_runs(
    dispute: Dispute, party: Party, now: datetime, calendar: Calendar, days: Sequence[int]
) -> Refusal | None:
    due = step_due(dispute.step, dispute.step_since, calendar, days)
    both_wish = party.other in dispute.wishes
    if due is None or now >= due or both_wish or dispute.safety:
        return None
    return Refusal(
        "disagreement.step_runs",
        N_("This step has time until %(until)s. It climbs sooner when both parties wish."),
        {"until": due},
    )
