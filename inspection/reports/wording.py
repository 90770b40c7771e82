"""What people without an account are told: where it stands, what comes next, and why not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import format_timedelta, gettext
from sqlalchemy import Row

from inspection.photos import pictures
from inspection.photos.evidence import MOST, Evidence
from inspection.rules.refusal import N_, Refusal
from inspection.rules.states import Outcome, State
from inspection.web import File, say
from inspection.words import named

LATE = timedelta(minutes=5)
LATEST = timedelta(days=60)  # a phone's clock that is further off says nothing

KNOWN: Mapping[State, str] = {
    State.RECEIVED: N_("Not looked at yet"),
    State.ACKNOWLEDGED: N_("Being taken care of"),
    State.PLAN_SUBMITTED: N_("A lasting fix is planned"),
    State.IN_PROGRESS: N_("Being worked on"),
    State.FIXED: N_("Fixed, being checked"),
    State.MONITORING: N_("Fixed, being watched"),
}

_NOW: Mapping[State, tuple[str, str]] = {
    State.RECEIVED: (
        N_("We have your report"),
        N_("Next, somebody reads it and decides who takes it."),
    ),
    State.ACKNOWLEDGED: (
        N_("It has been read"),
        N_("It is in the hands of the people who can put it right. Next, they come and look."),
    ),
    State.PLAN_SUBMITTED: (
        N_("A lasting solution is planned"),
        N_("The two parties are agreeing on how to keep it from coming back."),
    ),
    State.IN_PROGRESS: (
        N_("It is being worked on"),
        N_("When it is done, this page says so and asks you whether it holds."),
    ),
    State.FIXED: (
        N_("They say it is fixed"),
        N_("You know best. Your answer goes to the people who check the work."),
    ),
    State.MONITORING: (
        N_("It is fixed, and being watched"),
        N_("Somebody checks for a while that it does not come back."),
    ),
}

_ENDED: Mapping[Outcome | None, tuple[str, str]] = {
    Outcome.FIXED: (N_("Fixed and checked"), N_("Thank you for telling us.")),
    Outcome.NO_FAULT_FOUND: (
        N_("Looked at, nothing found"),
        N_("Somebody looked and found nothing wrong. Thank you for telling us all the same."),
    ),
    Outcome.WITHDRAWN: (
        N_("Put aside"),
        N_("Nothing more happens here. If it is still there, please report it again."),
    ),
    Outcome.OUT_OF_SCOPE: (
        N_("Not part of this service"),
        N_(
            "The organisation here and its contractor looked at it together and decided that it is"
            " outside what they agreed to look after. Why, in their own words, stands below."
            " Thank you for telling us all the same."
        ),
    ),
    Outcome.EFFECTIVE: (
        N_("Fixed for good"),
        N_("Its cause was removed, and somebody watched that it did not come back. Thank you."),
    ),
    Outcome.INEFFECTIVE: (
        N_("It came back"),
        N_("The first solution did not last. The same is being dealt with again, from its cause."),
    ),
    Outcome.DUPLICATE: (
        N_("Known already"),
        N_("The same was reported before and is dealt with there."),
    ),
    None: (N_("Closed"), ""),
}

_HELD = (
    N_("We have your report"),
    N_("Before it goes on, a person looks at this one first. Nothing is lost."),
)
_TAKEN_BACK = (
    N_("You took this report back"),
    N_("Nothing more happens because of it. If it is still there, please report it again."),
)

_STEPS = (
    (State.RECEIVED, "received_at", N_("Received")),
    (State.ACKNOWLEDGED, "responded_at", N_("Read")),
    (State.IN_PROGRESS, "attended_at", N_("Being worked on")),
    (State.FIXED, "fixed_at", N_("Fixed")),
    (State.CLOSED, "closed_at", N_("Checked and closed")),
)
_RANK = {
    State.RECEIVED: 0,
    State.ACKNOWLEDGED: 1,
    State.PLAN_SUBMITTED: 1,
    State.IN_PROGRESS: 2,
    State.FIXED: 3,
    State.MONITORING: 3,
    State.CLOSED: 4,
}


@dataclass(frozen=True)
class Step:
    """One step of the drawn line; state: done, now or next."""

    text: str
    state: str
    moment: datetime | None


@dataclass(frozen=True)
class Emergency:
    phone: str
    text: str


def headline(report: Row[Any], action: Row[Any]) -> tuple[str, str]:
    """Where it stands and what happens next, each in one sentence."""
    if report.withdrawn_at is not None:
        title, next_ = _TAKEN_BACK
    elif report.held:
        title, next_ = _HELD
    elif action.state == State.CLOSED:
        title, next_ = _ENDED[Outcome(action.outcome) if action.outcome else None]
    else:
        title, next_ = _NOW[State(action.state)]
    return gettext(title), gettext(next_) if next_ else ""


def steps(report: Row[Any], action: Row[Any]) -> list[Step]:
    """The line from received to closed; empty where it would say something untrue."""
    if report.withdrawn_at is not None or action.outcome in (
        Outcome.WITHDRAWN.value,
        Outcome.DUPLICATE.value,
        Outcome.OUT_OF_SCOPE.value,
    ):
        return []
    here = 0 if report.held else _RANK[State(action.state)]
    moments = {name: getattr(action, name) for _, name, _ in _STEPS}
    moments["received_at"] = report.received_at
    ended = action.state == State.CLOSED
    return [
        Step(
            gettext(word),
            "done" if rank < here or (ended and rank == here) else ("now", "next")[rank > here],
            moments[name] if rank <= here else None,
        )
        for rank, (_, name, word) in enumerate(_STEPS)
    ]


def written_late(report: Row[Any]) -> bool:
    """Whether the phone had to wait for a line (and its clock can be believed)."""
    if report.captured_at is None:
        return False
    waited = report.received_at - report.captured_at
    return bool(LATE < waited < LATEST)


def emergency(contract: Row[Any]) -> Emergency:
    """What to do first when it cannot wait."""
    return Emergency(contract.emergency_number, named(contract.emergency_text))


def privacy(contract: Row[Any]) -> str:
    """Who reads what is written here, and how long it is kept."""
    days = timedelta(days=contract.retention_days)
    kept = format_timedelta(days, granularity="day", threshold=1.2)
    readers = named(contract.readers).rstrip(".")
    if not readers:
        return str(gettext("What you send is kept for %(time)s.", time=kept))
    return str(
        gettext(
            "Read by: %(readers)s. What you send is kept for %(time)s.",
            readers=readers,
            time=kept,
        )
    )


# ---------------------------------------------------------------- pictures that were refused

_CODES: Mapping[str, Refusal] = {
    f"photo.{reason}": pictures.refused(reason) for reason in pictures.SENTENCES
} | {
    "photo.too_many": Refusal(
        "photo.too_many",
        N_("At most %(most)s photos fit; the others were left out."),
        {"most": MOST},
    )
}


def refused_pictures(files: Iterable[File], evidence: Evidence) -> list[str]:
    """Which pictures of a form were refused and why, as codes for an address: `2.photo.truncated`.

    The number is the picture's place in the form, from 1; 0 for what was no picture at all.
    """
    good = {kept.received_sha256 for kept in evidence.kept}
    places = [n for n, file in enumerate(files, 1) if file.sha256 not in good]
    return [
        f"{place}.{refusal.code}"
        for place, refusal in zip(places, evidence.refused, strict=False)
        if refusal.code in _CODES
    ]


def said_of_pictures(codes: Iterable[str]) -> list[str]:
    """The sentences for those codes; nothing of the address itself is shown."""
    said = []
    for code in list(codes)[: MOST * 2]:
        place, _, reason = code.partition(".")
        if reason in _CODES and place.isdecimal() and len(place) < 3:
            said.append(
                gettext(
                    "Photo %(number)s was left out. %(why)s",
                    number=int(place),
                    why=say(_CODES[reason]),
                )
            )
    return said
