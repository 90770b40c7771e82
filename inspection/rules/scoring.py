"""What a visit scores, and whether a lot is accepted; the two are kept apart.

Source: DOMAIN 2.4 and 4.4. A score is the sum of weight x anchor over the sum of the weights, over
what was rated. What does not apply, was not asked or not answered stands in neither sum.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from inspection.rules.checklist import Judged
from inspection.rules.scale import FINDING, Scale

LotResult = Literal["accepted", "rejected"]


@dataclass(frozen=True)
class Score:
    """What a visit scores.

    `percent` is not rounded; `hundredths` of a percent, rounded down, are what is stored, so that
    no rounding lifts it into a better level's range; `shown` has one decimal. `level` is the one
    the percent falls into, at most 2 where a critical item was a finding: `capped` says that this
    lowered it. `rated` items count.
    """

    percent: float
    hundredths: int
    level: int
    capped: bool
    rated: int
    shown: float


def weighted(pairs: Iterable[tuple[float, float]]) -> float | None:
    """The mean of (percent, weight) pairs; None when nothing is rated or nothing weighs."""
    mean = _mean(pairs)
    return None if mean is None else float(mean)


def _mean(pairs: Iterable[tuple[float, float]]) -> Fraction | None:
    # Fractions: in floats 3 x 70 % of weight 0.1 is 69.99999999999999 %, one level too low.
    # They are slow and most pairs are alike, so each is made one once, with all its weight.
    known = [
        (Fraction(str(percent)), Fraction(str(weight)) * often)
        for (percent, weight), often in Counter(pairs).items()
    ]
    total = sum(weight for _, weight in known)
    return sum(percent * weight for percent, weight in known) / total if total else None


def score(judged: Iterable[Judged], scale: Scale) -> Score | None:
    """What a visit scores on the scale it was filled with; None when nothing is rated."""
    rated = [(one.item, one.level) for one in judged if one.level is not None]
    mean = _mean((scale.level(level).anchor, item.weight) for item, level in rated)
    if mean is None:
        return None
    hundredths = math.floor(mean * 100)
    by_percent = scale.at(hundredths / 100).level
    critical = any(item.critical and level <= FINDING for item, level in rated)
    level = min(by_percent, FINDING) if critical else by_percent
    return Score(
        percent=float(mean),
        hundredths=hundredths,
        level=level,
        capped=level < by_percent,
        rated=len(rated),
        shown=scale.shown(hundredths),
    )


def lot_result(
    nonconforming: int, inspected: int, size: int, accept: int, reject: int
) -> LotResult | None:
    """What a sample says of its lot; None while it is not known.

    Rejected as soon as `reject` units do not conform; accepted only when all `size` units of the
    sample are inspected and at most `accept` of them do not conform.
    """
    if nonconforming >= reject:
        return "rejected"
    if inspected >= size and nonconforming <= accept:
        return "accepted"
    return None
