"""Why work waits: the reasons for a hold, on which side the cause lies, and what must be shown.

Source: DOMAIN 2.5. Every reason is said from the party that owns the work, so the same eight serve
both parties. A reason that does not pause by itself waits for the other party's consent.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from inspection.rules.access import Party, Side
from inspection.rules.calendar import Calendar
from inspection.rules.refusal import N_, Refusal
from inspection.rules.states import Cause

NOTICE_DAYS = 10
"""Working days within which an event beyond both parties is told, once one is aware of it."""


class Reason(StrEnum):
    WAITING_INFORMATION = "waiting_information"
    NO_ACCESS = "no_access"
    WAITING_APPROVAL = "waiting_approval"
    STOP = "stop"
    WAITING_PARTS = "waiting_parts"
    WAITING_SUBCONTRACTOR = "waiting_subcontractor"
    THIRD_PARTY = "third_party"
    WEATHER = "weather"


@dataclass(frozen=True)
class Shown:
    """What stands behind a hold.

    `question_sent` and `question_to_reporter`: a question that went out and is not answered yet, to
    the other party or to the person who reported; `decision_open`: an approval was asked of the
    other party; `scanned`: the code was read on site; `photos`: how many. The last three are for
    events beyond both parties: why it would not have happened but for the event, what is done
    against its effects, and when one became aware of it.
    """

    question_sent: bool = False
    question_to_reporter: bool = False
    decision_open: bool = False
    scanned: bool = False
    photos: int = 0
    text: str = ""
    but_for: str = ""
    mitigation: str = ""
    aware_at: datetime | None = None


@dataclass(frozen=True)
class Need:
    """One thing a hold must show, and what to say while it is missing."""

    met: Callable[[Shown], bool]
    code: str
    sentence: str
    where: str


@dataclass(frozen=True)
class Row:
    """A reason: its name, whose side the cause lies on (None: on neither), what it needs."""

    name: str
    side: Side | None
    by_itself: bool
    needs: tuple[Need, ...]


_QUESTION = Need(
    lambda shown: shown.question_sent or shown.question_to_reporter,
    "hold.question_missing",
    N_("Send the question first; the clocks pause while it waits for an answer."),
    "reason",
)
_VISIT = Need(
    lambda shown: shown.scanned or shown.photos > 0,
    "hold.visit_missing",
    N_("Scan the code on site or add a photo, so that both parties see somebody was there."),
    "photos",
)
_APPROVAL = Need(
    lambda shown: shown.decision_open,
    "hold.decision_missing",
    N_("Ask the other party for the approval first; the clocks pause while it waits."),
    "reason",
)
_TEXT = Need(
    lambda shown: bool(shown.text.strip()),
    "hold.text_missing",
    N_("Say what the work waits for."),
    "text",
)
_RELIEF = (
    Need(
        lambda shown: bool(shown.but_for.strip()),
        "hold.but_for_missing",
        N_("Say why the work would be on time without this event."),
        "but_for",
    ),
    Need(
        lambda shown: bool(shown.mitigation.strip()),
        "hold.mitigation_missing",
        N_("Say what is done to keep the delay short."),
        "mitigation",
    ),
    Need(
        lambda shown: shown.aware_at is not None,
        "hold.aware_missing",
        N_("Say when you became aware of it."),
        "aware_at",
    ),
)

REASONS: dict[Reason, Row] = {
    Reason.WAITING_INFORMATION: Row(N_("Waiting for information"), Side.OTHER, True, (_QUESTION,)),
    Reason.NO_ACCESS: Row(N_("No access"), Side.OTHER, True, (_VISIT,)),
    Reason.WAITING_APPROVAL: Row(N_("Waiting for approval"), Side.OTHER, True, (_APPROVAL,)),
    Reason.STOP: Row(N_("Asked to stop the work"), Side.OTHER, True, (_TEXT,)),
    Reason.WAITING_PARTS: Row(N_("Waiting for parts"), Side.OWNER, False, (_TEXT,)),
    Reason.WAITING_SUBCONTRACTOR: Row(
        N_("Waiting for a subcontractor"), Side.OWNER, False, (_TEXT,)
    ),
    Reason.THIRD_PARTY: Row(
        N_("Waiting for a third party, such as a utility or an authority"), None, False, _RELIEF
    ),
    Reason.WEATHER: Row(N_("Weather, or another event beyond both parties"), None, False, _RELIEF),
}


@dataclass(frozen=True)
class Raised:
    """A hold that stands: `at_once` the clocks stop now, else the other party is asked to agree.

    `begins_at`: from when the clocks stand still, once they do.
    """

    cause: Cause
    at_once: bool
    begins_at: datetime


def cause_of(reason: Reason, shown: Shown, owner: Party) -> Cause:
    """On which side the cause of a hold lies, for work that `owner` owns."""
    side = REASONS[reason].side
    if side is None:
        return Cause.NONE
    to_reporter_only = shown.question_to_reporter and not shown.question_sent
    if reason is Reason.WAITING_INFORMATION and to_reporter_only:
        return Cause.REPORTER
    return Cause((owner if side is Side.OWNER else owner.other).value)


def raise_hold(
    reason: Reason,
    shown: Shown,
    owner: Party,
    clocks_due_at: datetime | None,
    begins_at: datetime | None,
    now: datetime,
) -> Raised | list[Refusal]:
    """Raise a hold, or give every reason why it cannot be raised.

    `clocks_due_at` is the latest due moment among the clocks it would stop; None when none runs.
    `begins_at` None is now; an earlier moment takes the other party's consent, whatever the reason.
    """
    begins = begins_at or now
    refused = [*_missing(reason, shown, now), *_untimely(begins, clocks_due_at, now)]
    if refused:
        return refused
    at_once = REASONS[reason].by_itself and begins == now
    return Raised(cause_of(reason, shown, owner), at_once, begins)


def notice_late(aware_at: datetime, now: datetime, calendar: Calendar) -> bool:
    """Whether an event is told later than `NOTICE_DAYS` working days after one knew of it."""
    return now > calendar.add_minutes(aware_at, calendar.working_days(NOTICE_DAYS))


def _missing(reason: Reason, shown: Shown, now: datetime) -> Iterator[Refusal]:
    for need in REASONS[reason].needs:
        if not need.met(shown):
            yield Refusal(need.code, need.sentence, where=need.where)
    if shown.aware_at is not None and shown.aware_at > now:
        yield Refusal(
            "hold.aware_later",
            N_("You cannot have become aware of it in the future; give an earlier moment."),
            where="aware_at",
        )


def _untimely(begins: datetime, due_at: datetime | None, now: datetime) -> Iterator[Refusal]:
    if begins > now:
        yield Refusal(
            "hold.begins_later",
            N_("A pause begins now or began earlier; raise it when the work really stops."),
            where="begins_at",
        )
    elif due_at is not None and begins >= due_at:
        yield Refusal(
            "hold.after_due",
            N_(
                "The work was due before this pause begins, so pausing cannot move the due moment. "
                "Ask the other party for relief instead; it stands beside the breach."
            ),
            where="begins_at",
        )


# ---------------------------------------------------------------- what becomes of it


@dataclass(frozen=True)
class Standing:
    """What became of a hold; one that has not `begun` may still wait (`waits`) for consent."""

    raised_by: Party
    begun: bool
    waits: bool = False
    contested: bool = False
    upheld: bool = False
    voided: bool = False


_VOIDED = Refusal("hold.voided", N_("This hold was taken back; it does not count."))
_OWN = Refusal("hold.own", N_("Your own party raised this hold; take it back instead."))
_THEIRS = Refusal("hold.theirs", N_("The other party raised this hold; contest it instead."))
_NEVER_BEGAN = Refusal("hold.never_began", N_("This pause was never agreed, so it does not count."))


def contest(hold: Standing, by: Party) -> list[Refusal]:
    """Why `by` cannot contest the hold; nothing: they can, once."""
    return _first(
        (by is hold.raised_by, _OWN),
        (hold.voided, _VOIDED),
        (not hold.begun, _NEVER_BEGAN),
        (
            hold.contested,
            Refusal("hold.contested", N_("It is contested already; the reason stands beside it.")),
        ),
    )


def uphold(hold: Standing, by: Party) -> list[Refusal]:
    """Why `by`, who contested the hold, cannot let it count after all; nothing: they can."""
    return _first(
        (by is hold.raised_by, _OWN),
        (hold.voided, _VOIDED),
        (not hold.contested, Refusal("hold.not_contested", N_("Nobody contests this hold."))),
        (hold.upheld, Refusal("hold.upheld", N_("It counts already."))),
    )


def void(hold: Standing, by: Party) -> list[Refusal]:
    """Why `by`, who raised the hold, cannot take it back as if it had never been; nothing: can."""
    return _first(
        (by is not hold.raised_by, _THEIRS),
        (hold.voided, _VOIDED),
        (not hold.begun and not hold.waits, _NEVER_BEGAN),
    )


def _first(*guards: tuple[bool, Refusal]) -> list[Refusal]:
    return [refusal for says, refusal in guards if says][:1]
