"""Samples of a lot: sizes and numbers of the standard, drawn alike by everybody."""

from __future__ import annotations

from itertools import combinations
from math import comb, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspection.rules.sampling import AQLS, SamplePlan, cells, draw, plan_for
from inspection.rules.scoring import lot_result


def acceptance(size: int, accept: int, bad: float) -> float:
    """How likely a lot with a share of bad units is accepted (binomial)."""
    return sum(comb(size, k) * bad**k * (1 - bad) ** (size - k) for k in range(accept + 1))


# ---------------------------------------------------------------- DOMAIN 4.2


@pytest.mark.parametrize(
    ("lot", "aql", "plan"),
    [
        (450, "4.0", SamplePlan("H", 50, 5, 6)),
        (5000, "2.5", SamplePlan("L", 200, 10, 11)),
        (40, "4.0", SamplePlan("D", 13, 1, 2)),
        (8, "4.0", SamplePlan("A", 3, 0, 1)),
        (10, "6.5", SamplePlan("B", 2, 0, 1)),
        (20, "6.5", SamplePlan("C", 8, 1, 2)),
        (90, "2.5", SamplePlan("E", 20, 1, 2)),
        (150, "6.5", SamplePlan("F", 20, 3, 4)),
        (151, "6.5", SamplePlan("G", 32, 5, 6)),
        (1200, "4.0", SamplePlan("J", 80, 7, 8)),
        (3200, "6.5", SamplePlan("K", 125, 14, 15)),
        (10000, "6.5", SamplePlan("L", 200, 21, 22)),
    ],
)
def test_a_lot_has_the_plan_of_the_standard(lot: int, aql: str, plan: SamplePlan) -> None:
    assert plan_for(lot, aql) == plan


def test_of_450_rooms_five_bad_ones_are_accepted_and_six_rejected() -> None:
    plan = plan_for(450, "4.0")
    numbers = (plan.size, plan.size, plan.accept, plan.reject)
    assert lot_result(5, *numbers) == "accepted"
    assert lot_result(6, *numbers) == "rejected"


@pytest.mark.parametrize(("letter", "aql"), cells())
def test_good_work_is_accepted_nearly_always_but_not_blindly(letter: str, aql: str) -> None:
    size, accept = cells()[letter, aql]
    assert 0.87 < acceptance(size, accept, float(aql) / 100) < 0.99


def test_the_widely_copied_table_is_shifted_and_would_accept_blindly() -> None:
    """It says 10/11 for 50 at 4.0, and 21/22 for 200 at 2.5: two columns to the right."""
    assert acceptance(50, 10, 0.04) > 0.99999
    assert plan_for(450, "4.0").accept != 10
    assert plan_for(5000, "2.5").accept != 21


@pytest.mark.parametrize("lot", range(1, 30))
@pytest.mark.parametrize("aql", AQLS)
def test_a_sample_is_never_larger_than_its_lot_and_keeps_its_numbers(lot: int, aql: str) -> None:
    plan = plan_for(lot, aql)
    size, accept = cells()[plan.letter, aql]
    assert plan.size == min(size, lot)
    assert (plan.accept, plan.reject) == (accept, accept + 1)


def test_four_rooms_at_2_5_are_all_inspected() -> None:
    assert plan_for(4, "2.5") == SamplePlan("A", 4, 0, 1)


def test_a_very_large_lot_is_judged_by_the_last_row() -> None:
    assert plan_for(35_000, "4.0") == plan_for(10_000, "4.0")


def test_a_larger_lot_never_has_a_smaller_sample() -> None:
    for aql in AQLS:
        sizes = [plan_for(lot, aql).size for lot in range(1, 12_000, 7)]
        assert sizes == sorted(sizes)


@pytest.mark.parametrize(("lot", "aql"), [(0, "4.0"), (-1, "4.0"), (50, "4"), (50, "10.0")])
def test_an_empty_lot_and_an_unknown_limit_have_no_plan(lot: int, aql: str) -> None:
    with pytest.raises(ValueError):
        plan_for(lot, aql)


# ---------------------------------------------------------------- drawing


def test_the_same_seed_draws_the_same_rooms_for_ever() -> None:
    """Redrawn with `printf '%s' 2026-03:7 | sha256sum` for each of 1 to 12, and sort."""
    assert draw(range(1, 13), 4, "2026-03") == [1, 5, 12, 4]


@given(st.permutations(range(100, 120)), st.text(max_size=20), st.integers(0, 25))
def test_the_order_of_the_population_does_not_matter(
    units: list[int], seed: str, size: int
) -> None:
    drawn = draw(units, size, seed)
    assert drawn == draw(sorted(units), size, seed)
    assert drawn == draw(units * 2, size, seed)
    assert len(drawn) == len(set(drawn)) == min(size, 20)
    assert set(drawn) <= set(units)


def test_a_larger_sample_begins_with_the_smaller_one() -> None:
    assert draw(range(450), 80, "lot 7")[:50] == draw(range(450), 50, "lot 7")


def test_another_seed_draws_other_rooms() -> None:
    assert len({tuple(draw(range(450), 50, str(seed))) for seed in range(100)}) == 100


def test_every_unit_and_every_pair_is_equally_likely() -> None:
    """Over 3,000 seeds no unit and no pair is drawn oftener or rarer than chance allows."""
    units, size, seeds = range(1000, 1020), 6, 3000
    times = dict.fromkeys(units, 0)
    pairs = dict.fromkeys(combinations(units, 2), 0)
    for seed in range(seeds):
        drawn = sorted(draw(units, size, f"seed {seed}"))
        for unit in drawn:
            times[unit] += 1
        for pair in combinations(drawn, 2):
            pairs[pair] += 1
    for counts, chance in ((times, 6 / 20), (pairs, 6 * 5 / (20 * 19))):
        spread = sqrt(seeds * chance * (1 - chance))
        assert max(abs(n - seeds * chance) for n in counts.values()) < 4 * spread
        uneven = sum((n - seeds * chance) ** 2 for n in counts.values()) / spread**2 / len(counts)
        assert 0.4 < uneven < 1.6  # of the size chance gives: neither uneven nor too even
