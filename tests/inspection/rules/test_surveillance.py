"""Defect rates: the worked examples of the field."""

from __future__ import annotations

from fractions import Fraction

import pytest

from inspection.rules.refusal import Refusal
from inspection.rules.surveillance import (
    EveryUnit,
    PlannedSample,
    RandomSample,
    Rate,
    extra_samples,
    satisfactory,
)


@pytest.mark.parametrize(
    ("defects", "percent", "highest"), [(4, 13.33, "0"), (5, 16.67, "2")], ids=["late", "poor"]
)
def test_thirty_houses_all_inspected(defects: int, percent: float, highest: str) -> None:
    rate = EveryUnit(defects, 30).rate
    assert rate.shown() == percent
    assert satisfactory(rate, highest) is False


CONTAINERS = PlannedSample(in_sample=8, outside=30, complaints=5, size=400, population=600 * 12)


def test_a_planned_sample_counts_everything_known_against_the_whole_population() -> None:
    assert CONTAINERS.rate.shown(3) == 0.597
    assert CONTAINERS.rate.shown(1) == 0.6
    assert satisfactory(CONTAINERS.rate, "0.2") is False
    assert satisfactory(CONTAINERS.rate, "0.6") is True


def test_the_rate_of_a_planned_sample_alone_is_not_compared() -> None:
    assert CONTAINERS.sample_rate.shown() == 2.0
    refused = satisfactory(CONTAINERS.sample_rate, "5")
    assert isinstance(refused, Refusal)
    assert refused.code == "surveillance.sample_only"


@pytest.mark.parametrize(
    ("bad", "observed", "factor", "adjusted", "extrapolated"),
    [
        (21, 9.91, "1.38", 8.53, 810),
        (29, 13.68, "1.59", 12.09, 1148),
        (17, 8.02, "1.31", 6.71, 637),
        (13, 6.13, "1.17", 4.96, 471),
    ],
)
def test_a_random_sample_of_9500_cleaned_rooms(
    bad: int, observed: float, factor: str, adjusted: float, extrapolated: int
) -> None:
    sample = RandomSample(bad, 212, 19 * 500)
    assert sample.observed.shown() == observed
    assert sample.adjusted(factor).shown() == adjusted
    assert sample.extrapolated(factor) == extrapolated


def test_without_a_table_the_observed_rate_is_used() -> None:
    sample = RandomSample(21, 212, 9500)
    assert sample.adjusted().shown() == sample.observed.shown()
    assert satisfactory(sample.observed, "9.9") is False
    assert satisfactory(sample.observed, "10") is True


def test_an_adjustment_never_makes_less_than_nothing() -> None:
    assert RandomSample(1, 212, 9500).adjusted("1.5") == Rate(Fraction(0))
    assert RandomSample(1, 212, 9500).extrapolated("1.5") == 0


def test_the_highest_rate_may_just_be_reached() -> None:
    assert satisfactory(EveryUnit(1, 3).rate, "33.33") is False
    assert satisfactory(EveryUnit(2, 100).rate, "2") is True


@pytest.mark.parametrize(
    ("estimate", "size", "actual", "extra"),
    [(456, 147, 732, 89), (100, 50, 200, 50), (100, 50, 100, 0), (100, 50, 90, 0), (3, 1, 4, 1)],
)
def test_a_larger_population_needs_more_samples(
    estimate: int, size: int, actual: int, extra: int
) -> None:
    assert extra_samples(estimate, size, actual) == extra
