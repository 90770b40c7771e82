"""What a plan against a cause must say, what makes an action corrective, and when it held.

Source: DOMAIN 2.6. Causes are places to mend; each party's side has the same list.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from inspection.rules.folding import folded
from inspection.rules.policy import Limits
from inspection.rules.refusal import N_, Refusal
from inspection.rules.states import URGENT, Cause, ClockKind, Priority, Source

SAME = 0.8
"""How much of the longer text the shorter one must hold to say the same (Jaccard)."""

LONGEST_FIX = timedelta(days=5 * 366)
LONGEST_WINDOW = 3 * 366  # days
"""Later than this is a typing mistake."""

CLUSTER_REPORTS = 3
CLUSTER_DAYS = 30


@dataclass(frozen=True)
class CauseCategory:
    """One kind of cause; `side` is where it lies."""

    key: str
    name: str
    side: Cause


_OF_A_PARTY = (
    ("information", N_("Information or a decision came late")),
    ("access", N_("Place not accessible, or work interrupted by other activity")),
    ("material_provided", N_("Material provided late or incomplete")),
    ("material_chosen", N_("Material not suited to the task")),
    ("method", N_("Method not suited to the task")),
    ("equipment", N_("Tools or equipment missing or worn")),
    ("people", N_("Too few people or too little support")),
    ("training", N_("Training or instruction missing")),
    ("supervision", N_("Work not led or coordinated")),
    ("checking", N_("Own checks did not show it")),
    ("use", N_("Place used differently than planned for")),
)
_OF_NEITHER = (
    ("agreement", N_("Agreement unclear or out of date"), Cause.SHARED),
    ("handover", N_("Handover between the parties"), Cause.SHARED),
    ("planning", N_("Planned together without enough time"), Cause.SHARED),
    ("supplier", N_("Supplier, utility or authority"), Cause.THIRD),
    ("public", N_("Visitors or the public"), Cause.THIRD),
    ("design", N_("Design or construction of the place"), Cause.THIRD),
    ("wear", N_("Ordinary wear at the end of life"), Cause.NONE),
    ("weather", N_("Weather or another outside event"), Cause.NONE),
    ("unknown", N_("Looked for and not found"), Cause.NONE),
)

CAUSES: dict[str, CauseCategory] = {
    category.key: category
    for category in (
        *(
            CauseCategory(f"{side.value}_{key}", name, side)
            for side in (Cause.CUSTOMER, Cause.CONTRACTOR)
            for key, name in _OF_A_PARTY
        ),
        *(CauseCategory(f"{side.value}_{key}", name, side) for key, name, side in _OF_NEITHER),
    )
}

CHANGE_TYPES: dict[str, str] = {
    "procedure": N_("Procedure"),
    "material": N_("Material"),
    "equipment": N_("Equipment"),
    "training": N_("Training"),
    "schedule": N_("Schedule"),
    "design": N_("Design"),
    "information": N_("Information"),
    "agreement": N_("Agreement"),
    "other": N_("Something else"),
}


@dataclass(frozen=True)
class PlanDraft:
    """A plan as it was written, before it is submitted.

    `problem` is what happened; `window_days` None takes the agreed window (`window_days`).
    """

    problem: str = ""
    containment: str = ""
    whys: tuple[str, ...] = ()
    root_cause: str = ""
    escape_point: str = ""
    cause: Cause | None = None
    cause_category: str = ""
    permanent_fix: str = ""
    change_type: str = ""
    due_on: date | None = None
    criterion: str = ""
    window_days: int | None = None


def check_plan(draft: PlanDraft, today: date) -> list[Refusal]:
    """Give every reason why a plan cannot be submitted, in the order of the form; none: it can."""
    return [
        *_unwritten(draft),
        *_repeated(draft),
        *_misplaced_cause(draft),
        *_untimely(draft, today),
    ]


def same_words(one: str, another: str) -> bool:
    """Whether two texts say the same: equal words, or one nearly all of the other.

    Case, accents, punctuation, order and small words do not count.
    """
    first, second = _words(one), _words(another)
    if not first or not second:
        return False
    nested = first <= second or second <= first
    return nested and len(first & second) / len(first | second) >= SAME


def window_days(critical: bool, limits: Limits) -> int:
    """How many days a fix is watched when the plan names no window of its own."""
    return limits.window_days_critical if critical else limits.window_days


def monitoring_ends(accepted_at: datetime, days: int) -> datetime:
    """When the window of an accepted fix ends; elapsed days, so that a weekend is watched too."""
    return accepted_at + timedelta(days=days)


class Because(StrEnum):
    """The rule that makes an action corrective."""

    CRITICAL_FINDING = "critical_finding"
    LOT_REJECTED = "lot_rejected"
    CONFIRMED_REPEAT = "confirmed_repeat"
    URGENT_BREACH = "urgent_breach"
    CLUSTERED = "clustered"


BECAUSE: dict[Because, str] = {
    Because.CRITICAL_FINDING: N_("A finding at the lowest level asks for its cause."),
    Because.LOT_REJECTED: N_("A rejected lot asks for its cause."),
    Because.CONFIRMED_REPEAT: N_("It came back, so its cause is still there."),
    Because.URGENT_BREACH: N_("An urgent promise of time was not met, which asks for its cause."),
    Because.CLUSTERED: N_("The same was reported here three times in thirty days."),
}


@dataclass(frozen=True)
class Reported:
    """A validated report: the requirement (or category) it is about, the place's path, when."""

    about_id: int
    place: str
    received_at: datetime


def critical_finding(severity: int | None) -> bool:
    """Rule (a): a finding of level 1."""
    return severity == 1


def lot_rejected(source: Source) -> bool:
    """Rule (a): a sample led to its whole lot being rejected."""
    return source is Source.LOT_REJECTED


def confirmed_repeat(generation: int) -> bool:
    """Rule (b): both parties hold it to be the next generation of an earlier one."""
    return generation > 1


def urgent_breach(kind: ClockKind, priority: Priority) -> bool:
    """Rule (c): whether the breach of this clock asks for the cause."""
    return priority in URGENT and kind in (ClockKind.MAKE_SAFE, ClockKind.FIX)


def clustered(reports: Iterable[Reported], now: datetime) -> bool:
    """Rule (d): as many as `CLUSTER_REPORTS` on one thing in one place within `CLUSTER_DAYS`."""
    since = now - timedelta(days=CLUSTER_DAYS)
    counts = Counter(
        (report.about_id, report.place) for report in reports if since <= report.received_at <= now
    )
    return any(count >= CLUSTER_REPORTS for count in counts.values())


@dataclass(frozen=True)
class Grounds:
    """What is known of an action that may have to become corrective.

    `breached`: the kinds of its clocks that were breached.
    """

    source: Source
    priority: Priority
    severity: int | None = None
    generation: int = 1
    breached: frozenset[ClockKind] = frozenset()
    reports: tuple[Reported, ...] = ()


def must_deepen(grounds: Grounds, now: datetime) -> Because | None:
    """The first of rules (a) to (d) that makes this action corrective; None: it may stay as is."""
    rules: dict[Because, Callable[[], bool]] = {
        Because.CRITICAL_FINDING: lambda: critical_finding(grounds.severity),
        Because.LOT_REJECTED: lambda: lot_rejected(grounds.source),
        Because.CONFIRMED_REPEAT: lambda: confirmed_repeat(grounds.generation),
        Because.URGENT_BREACH: lambda: any(
            urgent_breach(kind, grounds.priority) for kind in grounds.breached
        ),
        Because.CLUSTERED: lambda: clustered(grounds.reports, now),
    }
    return next((because for because, applies in rules.items() if applies()), None)


# Words too small to make two texts differ, in the languages plans are mostly written in, as
# `folded` spells them.
_SMALL = frozenset(
    folded(
        "a an and are as at be been by did do does for from had has have in is it its of on or so "
        "that the there this to too was were with because "
        "af at de den der det en er et fordi for fra har havde i med og om på som til var vi"
    ).split()
)


def _words(text: str) -> frozenset[str]:
    """The words of a text that count; all of them if none does."""
    words = frozenset(folded(text).split())
    return words - _SMALL or words


def _unwritten(draft: PlanDraft) -> Iterator[Refusal]:
    whys = " ".join(draft.whys)
    asked = {
        "containment": (
            draft.containment,
            N_("Say what holds the problem back until its cause is removed."),
        ),
        "whys": (whys, N_("Ask at least once why it happened, and write the answer.")),
        "root_cause": (draft.root_cause, N_("Say what the root cause is.")),
        "escape_point": (
            draft.escape_point,
            N_("Say where it could have been noticed earlier, and was not."),
        ),
        "permanent_fix": (draft.permanent_fix, N_("Say what will remove the cause for good.")),
        "criterion": (draft.criterion, N_("Say how both parties will see that it held.")),
    }
    for where, (written, sentence) in asked.items():
        if not _words(written):
            yield Refusal(f"plan.{where}_missing", sentence, where=where)


def _repeated(draft: PlanDraft) -> Iterator[Refusal]:
    if same_words(draft.root_cause, draft.problem):
        yield Refusal(
            "plan.cause_repeats_problem",
            N_("This says again what happened. Say what made it happen: ask why once more."),
            where="root_cause",
        )
    if same_words(draft.permanent_fix, draft.containment):
        yield Refusal(
            "plan.fix_repeats_containment",
            N_("This is what holds it back for now. Say what removes the cause, so it can end."),
            where="permanent_fix",
        )


def _misplaced_cause(draft: PlanDraft) -> Iterator[Refusal]:
    if draft.cause is None or draft.cause is Cause.REPORTER:
        yield Refusal("plan.cause_missing", N_("Say where the cause lies."), where="cause")
    category = CAUSES.get(draft.cause_category)
    if category is None:
        yield Refusal(
            "plan.category_unknown", N_("Choose a cause from the list."), where="cause_category"
        )
    elif draft.cause is not category.side:
        yield Refusal(
            "plan.category_elsewhere",
            N_("“%(category)s” stands under another side. Choose the side and the cause together."),
            {"category": category.name},
            where="cause_category",
        )
    if draft.change_type not in CHANGE_TYPES:
        yield Refusal(
            "plan.change_unknown", N_("Choose what the fix changes."), where="change_type"
        )


def _untimely(draft: PlanDraft, today: date) -> Iterator[Refusal]:
    if draft.due_on is None:
        yield Refusal("plan.due_missing", N_("Say when the fix will be done."), where="due_on")
    elif draft.due_on < today:
        yield Refusal(
            "plan.due_past",
            N_("This date has passed. Choose today or a later day."),
            where="due_on",
        )
    elif draft.due_on - today > LONGEST_FIX:
        yield Refusal("plan.due_far", N_("Choose a day within five years."), where="due_on")
    if draft.window_days is not None and draft.window_days > LONGEST_WINDOW:
        yield Refusal(
            "plan.window_long", N_("Watch the fix for three years at most."), where="window_days"
        )
    if draft.window_days is not None and draft.window_days < 1:
        yield Refusal(
            "plan.window_short",
            N_("Watch the fix for one day at least."),
            where="window_days",
        )
