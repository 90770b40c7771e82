"""Defect rates: what was seen, what may be said of all from it, and whether that is too much.

Source: DOMAIN 2.4 and 4.3 (a public field manual, MO-327). Percents are exact fractions until they
are shown; the highest tolerated rate may just be reached.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from inspection.rules.refusal import N_, Refusal


@dataclass(frozen=True)
class Rate:
    """Defects in a hundred; not `comparable` where it speaks of hand-picked units alone."""

    exact: Fraction
    comparable: bool = True

    def shown(self, decimals: int = 2) -> float:
        """Rounded half up, as people do it on paper."""
        return float(_rounded(self.exact, decimals))


@dataclass(frozen=True)
class EveryUnit:
    """Every unit was inspected (100 %)."""

    defects: int
    population: int

    @property
    def rate(self) -> Rate:
        return Rate(_percent(self.defects, self.population))


@dataclass(frozen=True)
class PlannedSample:
    """Known problem spots were inspected, `outside` defects seen beside them.

    Complaints count once they are validated.
    """

    in_sample: int
    outside: int
    complaints: int
    size: int
    population: int

    @property
    def rate(self) -> Rate:
        """All known defects against the whole population."""
        return Rate(_percent(self.in_sample + self.outside + self.complaints, self.population))

    @property
    def sample_rate(self) -> Rate:
        """Of the sample alone; it was chosen for its problems and says nothing about the rest."""
        return Rate(_percent(self.in_sample, self.size), comparable=False)


@dataclass(frozen=True)
class RandomSample:
    """Units drawn by chance were inspected; complaints are never added to it."""

    defects: int
    size: int
    population: int

    @property
    def observed(self) -> Rate:
        return Rate(_percent(self.defects, self.size))

    def adjusted(self, factor: str = "0") -> Rate:
        """The observed rate less an adjustment factor that the parties read from their table.

        Both have two decimals, as the source calculates. `factor` is a decimal number as text.
        """
        return Rate(max(_rounded(self.observed.exact, 2) - Fraction(factor), Fraction(0)))

    def extrapolated(self, factor: str = "0") -> int:
        """How many defects the whole population has by the adjusted rate, rounded down."""
        return math.floor(self.adjusted(factor).exact * self.population / 100)


def satisfactory(rate: Rate, highest: str) -> bool | Refusal:
    """Whether a rate is within the highest tolerated one, a decimal number in percent as text.

    A `Refusal` is neither: the rate of a planned sample alone must not be compared.
    """
    if not rate.comparable:
        return Refusal(
            "surveillance.sample_only",
            N_(
                "The rate of a planned sample alone says nothing about the rest. Add the defects "
                "outside it and the validated complaints, and take the whole population."
            ),
        )
    return rate.exact <= Fraction(highest)


def extra_samples(estimate: int, size: int, actual: int) -> int:
    """How many more units to inspect when the population is larger than estimated, rounded up."""
    return max(math.ceil(Fraction(size * (actual - estimate), estimate)), 0)


def _percent(defects: int, of: int) -> Fraction:
    return Fraction(100 * defects, of)


def _rounded(value: Fraction, decimals: int) -> Fraction:
    step = Decimal(1).scaleb(-decimals)
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return Fraction(exact.quantize(step, ROUND_HALF_UP))
