"""The words for where an action stands."""

from collections.abc import Mapping
from enum import StrEnum

from inspection.rules.refusal import N_


class State(StrEnum):
    """The life of an action; PLAN_SUBMITTED and MONITORING exist only at depth `corrective`."""

    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    PLAN_SUBMITTED = "plan_submitted"
    IN_PROGRESS = "in_progress"
    FIXED = "fixed"
    MONITORING = "monitoring"
    CLOSED = "closed"


STATE_WORDS: Mapping[State, str] = {
    State.RECEIVED: N_("received"),
    State.ACKNOWLEDGED: N_("acknowledged"),
    State.PLAN_SUBMITTED: N_("plan submitted"),
    State.IN_PROGRESS: N_("in progress"),
    State.FIXED: N_("fixed"),
    State.MONITORING: N_("monitoring"),
    State.CLOSED: N_("closed"),
}

OPEN = frozenset(State) - {State.CLOSED}


class Depth(StrEnum):
    CORRECTION = "correction"
    CORRECTIVE = "corrective"


class Priority(StrEnum):
    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"


URGENT = frozenset({Priority.P1, Priority.P2})


class Outcome(StrEnum):
    """How a closed action ended."""

    FIXED = "fixed"
    NO_FAULT_FOUND = "no_fault_found"
    DUPLICATE = "duplicate"
    WITHDRAWN = "withdrawn"
    OUT_OF_SCOPE = "out_of_scope"
    EFFECTIVE = "effective"
    INEFFECTIVE = "ineffective"


class Source(StrEnum):
    """What an action grew out of."""

    REPORT = "report"
    FINDING = "finding"
    REPEAT = "repeat"
    SIMILAR = "similar"
    SLA_BREACH = "sla_breach"
    LOT_REJECTED = "lot_rejected"
    MEASURE = "measure"
    MEETING = "meeting"
    MANUAL = "manual"


class Ask(StrEnum):
    """What one party can need from the other: the kinds of a decision."""

    SCOPE = "scope"
    PRIORITY = "priority"
    OWNERSHIP = "ownership"
    QUOTE = "quote"
    ACCESS = "access"
    INFORMATION = "information"
    WITHDRAWAL = "withdrawal"
    PAUSE_CONSENT = "pause_consent"
    DEEPENING = "deepening"


class ClockKind(StrEnum):
    """What is timed: the first six for the party that owns the work, the others for the other."""

    RESPOND = "respond"
    MAKE_SAFE = "make_safe"
    FIX = "fix"
    CONTAINMENT = "containment"
    PLAN = "plan"
    PERMANENT_FIX = "permanent_fix"
    PLAN_AGREEMENT = "plan_agreement"
    VERIFICATION = "verification"
    DECISION = "decision"


class Cause(StrEnum):
    """On which side a cause lies; a place to mend, not somebody to blame."""

    CUSTOMER = "customer"
    CONTRACTOR = "contractor"
    SHARED = "shared"
    THIRD = "third"
    NONE = "none"
    REPORTER = "reporter"  # of a hold only: waiting for an occupant's answer


class PhotoRule(StrEnum):
    """When a category demands a photo of the fix."""

    NEVER = "never"
    OPTIONAL = "optional"
    AT_FIX = "at_fix"
