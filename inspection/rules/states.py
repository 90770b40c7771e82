"""The words for where an action stands."""

from enum import StrEnum


class State(StrEnum):
    """The life of an action; PLAN_SUBMITTED and MONITORING exist only at depth `corrective`."""

    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    PLAN_SUBMITTED = "plan_submitted"
    IN_PROGRESS = "in_progress"
    FIXED = "fixed"
    MONITORING = "monitoring"
    CLOSED = "closed"


OPEN = frozenset(State) - {State.CLOSED}


class Depth(StrEnum):
    CORRECTION = "correction"
    CORRECTIVE = "corrective"


class Priority(StrEnum):
    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"


class Outcome(StrEnum):
    """How a closed action ended."""

    FIXED = "fixed"
    NO_FAULT_FOUND = "no_fault_found"
    DUPLICATE = "duplicate"
    WITHDRAWN = "withdrawn"


class PhotoRule(StrEnum):
    """When a category demands a photo of the fix."""

    NEVER = "never"
    OPTIONAL = "optional"
    AT_FIX = "at_fix"
