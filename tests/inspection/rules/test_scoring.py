"""What visits score and lots result in: the examples of the field, by number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspection.rules import scale as scales
from inspection.rules.checklist import Answer, Checklist, Item, ItemKind, Judged, Verdict, judge
from inspection.rules.refusal import Refusal
from inspection.rules.scale import PROPOSED, Level, Scale
from inspection.rules.scoring import lot_result, score, weighted

_READ = scales.read(PROPOSED)
assert isinstance(_READ, Scale)
SCALE = _READ

NA = None
Rated = tuple[int, int | None]  # weight and level, None for not applicable


def visit(*ratings: Rated, critical: Sequence[int] = ()) -> list[Judged]:
    """Level items with the weights and levels given; those at `critical` positions are critical."""
    items = tuple(
        Item(f"i{n}", ItemKind.LEVEL, {"": f"Item {n}"}, weight=weight, critical=n in critical)
        for n, (weight, _) in enumerate(ratings)
    )
    answers = {
        f"i{n}": Answer(reason="Not here today") if level is NA else Answer(value=level)
        for n, (_, level) in enumerate(ratings)
    }
    return judge(Checklist("Room", items), answers)


I5 = ((3, 4), (1, 5), (2, 2), (1, NA))


# ---------------------------------------------------------------- DOMAIN 4.4


def test_i1_what_does_not_apply_is_in_neither_sum() -> None:
    """5, 5, 5, 1 of 5 and one N/A is 16 of 20 = 80 %, not 16 of 25."""
    assert weighted((100 * points / 5, 1) for points in (5, 5, 5, 1)) == 80
    anchors = Scale(tuple(Level(n, "", "", "green", 20 * n, 20 * n - 20, 0) for n in scales.LEVELS))
    got = score(visit((1, 5), (1, 5), (1, 5), (1, 1), (1, NA)), anchors)
    assert got is not None
    assert (got.percent, got.rated) == (80, 4)


@pytest.mark.parametrize(
    ("pairs", "percent"),
    [
        pytest.param([(75, 10), (50, 5), (100, 5)], 75, id="I2"),
        pytest.param([(85, 10), (50, 15), (100, 5)], 70, id="I3"),
        pytest.param([(100, 1)] * 8 + [(75, 1)] * 2 + [(50, 1)], 1000 / 11, id="I4"),
    ],
)
def test_i2_to_i4_weighted_means(pairs: list[tuple[float, float]], percent: float) -> None:
    assert weighted(pairs) == percent


def test_i4_shows_one_decimal() -> None:
    assert SCALE.shown(9090) == 90.9


def test_i5_the_shared_scale_weighted() -> None:
    got = score(visit(*I5), SCALE)
    assert got is not None
    assert got.percent == 470 / 6
    assert (got.hundredths, got.shown, got.level, got.capped, got.rated) == (
        7833,
        78.3,
        3,
        False,
        3,
    )


def test_i6_a_critical_finding_caps_the_level_and_leaves_the_percent() -> None:
    got = score(visit(*I5, critical=[2]), SCALE)
    assert got is not None
    assert (got.shown, got.level, got.capped) == (78.3, 2, True)


def test_i7_the_same_ratings_unweighted() -> None:
    got = score(visit((1, 4), (1, 5), (1, 2), (1, NA)), SCALE)
    assert got is not None
    assert (got.percent, got.level) == (80, 3)


def test_i8_the_older_words_of_both_parties_are_the_same_level() -> None:
    yellow, points = (scales.translated(SCALE, None, text) for text in ("yellow", "8/10"))
    assert not isinstance(yellow, Refusal)
    assert yellow is points
    assert yellow.level == 3


# ---------------------------------------------------------------- around them


def test_a_critical_item_that_is_met_caps_nothing() -> None:
    got = score(visit((1, 4), (1, 3), critical=[0, 1]), SCALE)
    assert got is not None
    assert (got.level, got.capped) == (3, False)


def test_a_level_that_is_low_anyway_is_not_called_capped() -> None:
    got = score(visit((1, 1), (1, 2), critical=[0]), SCALE)
    assert got is not None
    assert (got.percent, got.level, got.capped) == (25, 1, False)


def test_nothing_rated_is_no_score() -> None:
    assert weighted([]) is None
    assert weighted([(90, 0)]) is None
    assert score([], SCALE) is None
    assert score(visit((1, NA), (2, NA)), SCALE) is None


@pytest.mark.parametrize(
    "verdict", [v for v in Verdict if v.value in {"irrelevant", "open", "noted"}]
)
def test_what_was_not_asked_not_answered_or_only_noted_is_in_neither_sum(verdict: Verdict) -> None:
    item = Item("words", ItemKind.TEXT, {"": "Words"}, weight=5, critical=True)
    alone = score(visit(*I5), SCALE)
    assert score([*visit(*I5), Judged(item, Answer(), verdict)], SCALE) == alone


def test_a_rated_answer_of_any_kind_counts() -> None:
    """Pass is level 4, fail on a critical item level 1: (90 + 0) / 2."""
    items = tuple(
        Item(key, ItemKind.PASS_FAIL, {"": key}, critical=key == "dry") for key in ("clean", "dry")
    )
    answers = {"clean": Answer(value="pass"), "dry": Answer(value="fail")}
    got = score(judge(Checklist("Room", items), answers), SCALE)
    assert got is not None
    assert (got.percent, got.level) == (45, 2)


def test_a_score_just_under_a_range_never_shows_as_in_it() -> None:
    """84.99 % is level 3, which ends below 85 %: 85.0 beside it would contradict itself."""
    assert [SCALE.shown(n) for n in (8499, 8500, 8494, 6996, 0, 10000)] == [
        84.9,
        85.0,
        84.9,
        69.9,
        0.0,
        100.0,
    ]


def test_a_mean_exactly_on_a_limit_is_in_the_better_range() -> None:
    assert weighted([(70, 0.1)] * 3) == 70
    got = score(visit((4, 3), (1, 2)), SCALE)  # (4 x 75 + 50) / 5
    assert got is not None
    assert (got.percent, got.level) == (70, 3)


_RATINGS = st.lists(
    st.tuples(st.integers(1, 5), st.none() | st.integers(1, 5)), min_size=1, max_size=30
)


@given(_RATINGS)
def test_a_score_lies_between_its_worst_and_best_item_and_never_above_its_critical_cap(
    ratings: list[Rated],
) -> None:
    got = score(visit(*ratings, critical=range(len(ratings))), SCALE)
    levels = [level for _, level in ratings if level is not None]
    if got is None:
        assert not levels
        return
    worst, best = (SCALE.level(pick(levels)).anchor for pick in (min, max))
    assert worst <= got.percent <= best
    assert abs(got.shown - got.percent) < 0.1
    assert SCALE.at(got.shown) is SCALE.at(got.percent)
    assert got.level <= 2 or min(levels) > 2


# ---------------------------------------------------------------- lots


@pytest.mark.parametrize(
    ("nonconforming", "inspected", "result"),
    [
        pytest.param(5, 50, "accepted", id="five of fifty"),
        pytest.param(6, 50, "rejected", id="six of fifty"),
        pytest.param(6, 6, "rejected", id="the sixth decides at once"),
        pytest.param(5, 49, None, id="one room is still to come"),
        pytest.param(0, 0, None, id="nothing inspected"),
        pytest.param(0, 50, "accepted", id="spotless"),
    ],
)
def test_450_rooms_at_4_percent(nonconforming: int, inspected: int, result: Any) -> None:
    assert lot_result(nonconforming, inspected, size=50, accept=5, reject=6) == result
