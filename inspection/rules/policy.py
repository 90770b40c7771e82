"""What was agreed about time: targets per priority and service line, and the other limits."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from functools import cached_property
from typing import Any

from inspection.rules.calendar import Calendar
from inspection.rules.refusal import N_, Refusal
from inspection.rules.states import ClockKind, Priority

KINDS = (ClockKind.RESPOND, ClockKind.MAKE_SAFE, ClockKind.FIX)
NORMAL_DAY = 480  # minutes; what a working day means before a calendar says it
LONGEST = 1_000_000  # minutes, nearly two years: a longer target is a typing mistake


class Responded(StrEnum):
    """What stops the clock "respond"."""

    ACKNOWLEDGED = "acknowledged"
    ATTENDED = "attended"


@dataclass(frozen=True)
class Unit:
    """How a length of time is said: its minutes, and whether only working time counts."""

    minutes: int
    business: bool


UNITS: dict[str, Unit] = {
    "minutes": Unit(1, False),
    "hours": Unit(60, False),
    "working_minutes": Unit(1, True),
    "working_hours": Unit(60, True),
    "working_days": Unit(NORMAL_DAY, True),
}


@dataclass(frozen=True)
class Target:
    """How soon something must be: `minutes` of working time when `business`, else elapsed.

    `service_line` None is the target of all lines that have none of their own. `days` is set when
    the target was said in working days: then `length` follows the calendar's own day, and `minutes`
    is the same with a normal day of 480. `temporary_counts`: a temporary fix stops the fix clock.
    """

    priority: Priority
    service_line: str | None
    kind: ClockKind
    minutes: int
    business: bool
    temporary_counts: bool = False
    days: int = 0

    def length(self, calendar: Calendar) -> int:
        """The minutes to count, on the calendar when `business`, else elapsed."""
        return calendar.working_days(self.days) if self.days else self.minutes

    @property
    def said(self) -> tuple[int, str]:
        """The value and the unit people say it in."""
        if self.days:
            return self.days, "working_days"
        unit = "hours" if self.minutes % 60 == 0 else "minutes"
        return self.minutes // UNITS[unit].minutes, f"working_{unit}" if self.business else unit


@dataclass(frozen=True)
class Limits:
    """Everything else that takes time (DOMAIN 8): working days of the calendar unless named."""

    reopening_days: int = 5
    acceptance_days: int = 5
    containment_minutes_critical: int = 240  # elapsed
    containment_days: int = 1
    plan_days: int = 10
    plan_agreement_days: int = 3
    verification_days: int = 3
    decision_days: int = 3
    decision_minutes_urgent: int = 240  # elapsed; P1 and P2
    deepening_days: int = 3
    window_days: int = 90  # calendar days
    window_days_critical: int = 30  # calendar days
    repeat_window_days: int = 30  # calendar days
    repeat_undecided_days: int = 5
    ladder_days: tuple[int, ...] = (2, 3, 5, 10)  # of each step
    warn_percent: int = 75


NO_POLICY_LIMITS = Limits()


@dataclass(frozen=True)
class Policy:
    """One agreed version of the SLA policy."""

    response_means: Responded
    targets: tuple[Target, ...] = ()
    limits: Limits = field(default=NO_POLICY_LIMITS)

    def target(
        self, priority: Priority, service_line: str | None, kind: ClockKind
    ) -> Target | None:
        """The service line's own target, else the general one, else nothing is promised."""
        own = self._by.get((priority, service_line, kind))
        return own or self._by.get((priority, None, kind))

    @cached_property
    def _by(self) -> dict[tuple[Priority, str | None, ClockKind], Target]:
        return {(each.priority, each.service_line, each.kind): each for each in self.targets}


# ---------------------------------------------------------------- as a body


def read(body: Mapping[str, Any]) -> Policy | list[Refusal]:
    """The policy that an agreement's body says, or every mistake with its place.

    `where` is a path with dashes: `response_means`, `targets-3-value`, `limits-plan_days`.
    """
    wrong: list[Refusal] = [
        Refusal("policy.unknown", N_("A policy has no “%(name)s”."), {"name": str(name)})
        for name in set(body) - {"response_means", "targets", "limits"}
    ]
    means = _response_means(body.get("response_means"), wrong)
    targets = _targets(body.get("targets", []), wrong)
    limits = _limits(body.get("limits", {}), wrong)
    return wrong if wrong or means is None else Policy(means, targets, limits)


def write(policy: Policy) -> dict[str, Any]:
    """The body that reads as this policy."""
    return {
        "response_means": policy.response_means.value,
        "targets": [_written(each) for each in policy.targets],
        "limits": asdict(policy.limits) | {"ladder_days": list(policy.limits.ladder_days)},
    }


def _written(target: Target) -> dict[str, Any]:
    value, unit = target.said
    return {
        "priority": target.priority.value,
        "service_line": target.service_line,
        "kind": target.kind.value,
        "value": value,
        "unit": unit,
        "temporary_counts": target.temporary_counts,
    }


def _response_means(said: object, wrong: list[Refusal]) -> Responded | None:
    if said in list(Responded):
        return Responded(str(said))
    wrong.append(
        Refusal(
            "policy.response_means",
            N_(
                "Say what stops the clock “respond”: that the owner has acknowledged the report, "
                "or that somebody is at the place. Contracts differ, so nobody chooses it for you."
            ),
            where="response_means",
        )
    )
    return None


def _targets(said: object, wrong: list[Refusal]) -> tuple[Target, ...]:
    found: dict[tuple[Priority, str | None, ClockKind], Target] = {}
    if not isinstance(said, Sequence) or isinstance(said, str):
        wrong.append(Refusal("policy.targets", N_("The targets are a list."), where="targets"))
        return ()
    for number, item in enumerate(said):
        mistakes = list(_target_mistakes(item, f"targets-{number}"))
        wrong += mistakes
        if mistakes:
            continue
        target = _target(item)
        if (target.priority, target.service_line, target.kind) in found:
            wrong.append(
                Refusal(
                    "policy.twice",
                    N_("The same target stands twice; keep one of them."),
                    where=f"targets-{number}-value",
                )
            )
        found[target.priority, target.service_line, target.kind] = target
    return tuple(found.values())


def _target_mistakes(item: object, at: str) -> Iterator[Refusal]:
    if not isinstance(item, Mapping):
        yield Refusal("policy.target", N_("A target has a priority, a kind and a time."), where=at)
        return
    for name, choices in (("priority", list(Priority)), ("kind", KINDS), ("unit", UNITS)):
        if item.get(name) not in list(choices):
            yield Refusal(
                "policy.not_a_choice", N_("Choose one of the offered values."), where=f"{at}-{name}"
            )
    line = item.get("service_line")
    if line is not None and (not isinstance(line, str) or not line.strip() or len(line) > 60):
        yield Refusal(
            "policy.service_line",
            N_("Name the service line in at most 60 characters."),
            where=f"{at}-service_line",
        )
    value, unit = item.get("value"), UNITS.get(str(item.get("unit")))
    if not _whole(value) or not 1 <= int(value or 0) * (unit.minutes if unit else 1) <= LONGEST:
        yield Refusal("policy.value", N_("Write a whole number, 1 or more."), where=f"{at}-value")


def _target(item: Mapping[str, Any]) -> Target:
    value, unit = int(item["value"]), UNITS[item["unit"]]
    line = item.get("service_line")
    return Target(
        Priority(item["priority"]),
        line.strip() if line else None,
        ClockKind(item["kind"]),
        value * unit.minutes,
        unit.business,
        bool(item.get("temporary_counts", False)),
        value if item["unit"] == "working_days" else 0,
    )


def _limits(said: object, wrong: list[Refusal]) -> Limits:
    if not isinstance(said, Mapping):
        wrong.append(Refusal("policy.limits", N_("The limits are named."), where="limits"))
        return NO_POLICY_LIMITS
    known = {each.name for each in fields(Limits)}
    good: dict[str, Any] = {}
    for name, value in said.items():
        mistake = (
            _limit_mistake(str(name), value)
            if name in known
            else Refusal("policy.unknown", N_("A policy has no “%(name)s”."), {"name": str(name)})
        )
        if mistake is None:
            good[name] = tuple(value) if name == "ladder_days" else int(value)
        else:
            wrong.append(mistake)
    return Limits(**good)


def _limit_mistake(name: str, value: object) -> Refusal | None:
    at = f"limits-{name}"
    if name == "ladder_days":
        steps = list(value) if isinstance(value, list | tuple) else []
        if len(steps) == 4 and all(_within(step, 365) for step in steps):
            return None
        return Refusal(
            "policy.ladder",
            N_("The ladder has four steps, each of 1 to 365 days."),
            where=f"{at}-0",
        )
    most = 100 if name == "warn_percent" else 100_000 if "minutes" in name else 3650
    if _within(value, most):
        return None
    return Refusal(
        "policy.limit",
        N_("Write a whole number from 1 to %(most)s."),
        {"most": most},
        where=at,
    )


def _within(value: object, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _default(priority: str, kind: str, value: int, unit: str) -> dict[str, Any]:
    return {
        "priority": priority,
        "service_line": None,
        "kind": kind,
        "value": value,
        "unit": unit,
        "temporary_counts": False,
    }


PROPOSED: Mapping[str, Any] = {
    "targets": [
        _default("P1", "respond", 30, "minutes"),
        _default("P1", "make_safe", 4, "hours"),
        _default("P1", "fix", 24, "hours"),
        _default("P2", "respond", 2, "hours"),
        _default("P2", "make_safe", 8, "hours"),
        _default("P2", "fix", 2, "working_days"),
        _default("P3", "respond", 8, "working_hours"),
        _default("P3", "fix", 5, "working_days"),
        _default("P4", "respond", 3, "working_days"),
        _default("P4", "fix", 20, "working_days"),
    ],
    "limits": asdict(NO_POLICY_LIMITS) | {"ladder_days": list(NO_POLICY_LIMITS.ladder_days)},
}
"""The table of DOMAIN 2.5 to start from; what "respond" means stands nowhere in it."""
