"""The one scale: what a body means, every mistake in one with its place, and the older words."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspection.rules.access import Party
from inspection.rules.refusal import Refusal
from inspection.rules.scale import LEVELS, PROPOSED, Level, Scale, read, translated, write

CUSTOMER, CONTRACTOR = Party.CUSTOMER, Party.CONTRACTOR


def made(body: dict[str, Any] = PROPOSED) -> Scale:
    outcome = read(body)
    assert isinstance(outcome, Scale)
    return outcome


def changed(part: str, at: int, **change: Any) -> dict[str, Any]:
    """The proposed body with one row of a list changed."""
    body = deepcopy(PROPOSED)
    body[part][at] |= change
    return body


def wrong(body: dict[str, Any]) -> list[tuple[str, str | None]]:
    outcome = read(body)
    assert isinstance(outcome, list)
    return [(one.code, one.where) for one in outcome]


def with_words(*words: tuple[Party | None, str, int]) -> Scale:
    named = [{"party": party, "label": label, "level": level} for party, label, level in words]
    return made(PROPOSED | {"legacy": [*named, *PROPOSED["legacy"]]})


SCALE = made()


# ---------------------------------------------------------------- four faces of one level

# DOMAIN 2.3: level, word, colour, anchor, from, below, conforming.
TABLE = [
    (5, "Exceeds", "green", 100, 95, 101, True),
    (4, "Meets", "green", 90, 85, 95, True),
    (3, "Meets, minor gaps", "yellow", 75, 70, 85, True),
    (2, "Below", "red", 50, 40, 70, False),
    (1, "Fails", "red", 0, 0, 40, False),
]


def test_the_proposed_scale_is_the_one_of_the_field() -> None:
    got = [
        (one.level, one.word, one.colour, one.anchor, one.low, one.high, one.conforming)
        for one in SCALE.levels
    ]
    assert got == TABLE


@given(st.floats(0, 100))
def test_every_percent_falls_into_exactly_one_level(percent: float) -> None:
    assert [one for one in SCALE.levels if one.low <= percent < one.high] == [SCALE.at(percent)]


@pytest.mark.parametrize(
    ("percent", "level"),
    [(100, 5), (95, 5), (94.99, 4), (85, 4), (84.99, 3), (70, 3), (69.99, 2), (40, 2), (39.99, 1)],
)
def test_a_range_holds_its_lower_end_and_not_its_upper(percent: float, level: int) -> None:
    assert SCALE.at(percent).level == level


@pytest.mark.parametrize("number", LEVELS)
def test_what_a_level_counts_as_is_that_level(number: int) -> None:
    assert SCALE.level(number).level == number
    assert SCALE.at(SCALE.level(number).anchor) is SCALE.level(number)


_CUTS = st.lists(st.integers(1, 100), min_size=4, max_size=4, unique=True).map(sorted)


@given(_CUTS, st.data())
def test_whatever_ranges_are_agreed_each_percent_has_one_level(
    cuts: list[int], data: st.DataObject
) -> None:
    begins = [*reversed(cuts), 0]
    body = deepcopy(PROPOSED)
    for one, begin, end in zip(body["levels"], begins, [101, *begins], strict=False):
        one |= {"from": begin, "anchor": data.draw(st.integers(begin, end - 1))}
    scale = made(body)
    for percent in range(101):
        assert [x for x in scale.levels if x.low <= percent < x.high] == [scale.at(percent)]


def test_a_body_reads_and_writes_the_same() -> None:
    assert write(SCALE) == PROPOSED
    own = with_words((CUSTOMER, "gul", 3), (CONTRACTOR, "B", 4))
    assert made(write(own)) == own


def test_a_word_is_usual_while_it_reads_as_first_proposed() -> None:
    assert SCALE.level(4).usual("word")
    other = made(changed("levels", 1, word="As agreed")).level(4)
    assert not other.usual("word")
    assert other.usual("definition")


# ---------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("body", "code", "where"),
    [
        ({}, "scale.levels", None),
        ({"levels": "five"}, "scale.levels", None),
        ({"levels": PROPOSED["levels"][:4]}, "scale.levels", None),
        ({"levels": [*PROPOSED["levels"], PROPOSED["levels"][4]]}, "scale.levels", None),
        ({"levels": PROPOSED["levels"][::-1]}, "scale.levels", None),
        ({"levels": [1, 2, 3, 4, 5]}, "scale.levels", None),
        (changed("levels", 0, word=" "), "form.missing", "levels-0-word"),
        (changed("levels", 0, word=5), "form.missing", "levels-0-word"),
        (changed("levels", 1, word="x" * 41), "form.too_long", "levels-1-word"),
        (changed("levels", 1, word="exceeds "), "scale.twice", "levels-1-word"),
        (changed("levels", 2, definition=""), "form.missing", "levels-2-definition"),
        (changed("levels", 2, definition="x" * 301), "form.too_long", "levels-2-definition"),
        (changed("levels", 3, colour="blue"), "form.not_a_choice", "levels-3-colour"),
        (changed("levels", 0, anchor=101), "scale.percent", "levels-0-anchor"),
        (changed("levels", 0, anchor=True), "scale.percent", "levels-0-anchor"),
        (changed("levels", 0, anchor=99.5), "scale.percent", "levels-0-anchor"),
        (changed("levels", 1, anchor=95), "scale.anchor", "levels-1-anchor"),
        (changed("levels", 1, anchor=84), "scale.anchor", "levels-1-anchor"),
        (changed("levels", 2, **{"from": "70"}), "scale.percent", "levels-2-from"),
        (changed("levels", 2, **{"from": None}), "scale.percent", "levels-2-from"),
        (changed("levels", 3, **{"from": 70}), "scale.ranges", "levels-3-from"),
        (changed("levels", 4, anchor=1, **{"from": 1}), "scale.ranges", "levels-4-from"),
        (PROPOSED | {"legacy": {}}, "scale.legacy", None),
        (PROPOSED | {"legacy": ["green"]}, "scale.legacy", None),
        (changed("legacy", 0, label=""), "form.missing", "legacy-0-label"),
        (changed("legacy", 0, label=8), "form.missing", "legacy-0-label"),
        (changed("legacy", 0, label="x" * 41), "form.too_long", "legacy-0-label"),
        (changed("legacy", 1, label=" GREEN"), "scale.twice", "legacy-1-label"),
        (changed("legacy", 1, party="auditor"), "form.not_a_choice", "legacy-1-party"),
        (changed("legacy", 2, level=0), "form.not_a_choice", "legacy-2-level"),
        (changed("legacy", 2, level=6), "form.not_a_choice", "legacy-2-level"),
        (changed("legacy", 2, level="2"), "form.not_a_choice", "legacy-2-level"),
    ],
)
def test_every_mistake_is_said_beside_its_field(
    body: dict[str, Any], code: str, where: str | None
) -> None:
    assert (code, where) in wrong(body)


def test_a_good_word_beside_a_mistake_is_not_blamed() -> None:
    assert wrong(changed("levels", 0, word="")) == [("form.missing", "levels-0-word")]


def test_both_parties_may_use_the_same_word_differently() -> None:
    scale = with_words((CUSTOMER, "B", 3), (CONTRACTOR, "B", 4))
    assert [level(translated(scale, party, "b")) for party in Party] == [3, 4]


# ---------------------------------------------------------------- older words


def level(outcome: Level | Refusal) -> int:
    assert isinstance(outcome, Level)
    return outcome.level


def test_they_never_disagreed() -> None:
    """The customer's old "yellow" and the contractor's old "8/10" are the same level 3 (A5)."""
    old = (translated(SCALE, CUSTOMER, "yellow"), translated(SCALE, CONTRACTOR, "8/10"))
    assert [level(one) for one in old] == [3, 3]
    assert old[0] is old[1]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("green", 4), ("Yellow", 3), (" RED ", 2)),
        *(("8/10", 3), ("8 / 10", 3), ("8 out of 10", 3), ("8 of 10", 3), ("8 af 10", 3)),
        *(("10/10", 5), ("0/10", 1), ("4.5/5", 4), ("4,5/5", 4), ("17/20", 4), ("5 out of 5", 5)),
        *(("80 %", 3), ("80%", 3), ("84.9 %", 3), ("84,9 %", 3), ("85 percent", 4), ("100 %", 5)),
        *(("APPA 1", 5), ("appa 2", 4), ("APPA  3", 3), ("APPA level 4", 2), ("APPA5", 1)),
        *((str(n), n) for n in LEVELS),
        *(("Level 2", 2), ("meets", 4), ("Meets, minor gaps", 3), ("80\u00a0%", 3)),
    ],
)
def test_an_older_word_is_a_level(text: str, number: int) -> None:
    assert level(translated(SCALE, None, text)) == number


@pytest.mark.parametrize(
    "text",
    [
        *(
            "8",
            "0",
            "6",
            "-1",
            "4.5",
            "80",
            "110 %",
            "-5 %",
            "11/10",
            "8/0",
            "8/",
            "APPA 6",
            "APPA",
        ),
        *("EN 3", "gul", "good", "8/10/10", "nan %", "inf/1", "1e2 %", "5 5", "٣x"),
    ],
)
def test_anything_else_is_refused_with_what_to_write(text: str) -> None:
    refused = translated(SCALE, CUSTOMER, text)
    assert isinstance(refused, Refusal)
    assert refused.code == "scale.unknown_word"
    assert "8/10" in refused.sentence % refused.params


@pytest.mark.parametrize("text", ["", " ", "\u2009"])
def test_nothing_written_is_nothing_to_translate(text: str) -> None:
    refused = translated(SCALE, CUSTOMER, text)
    assert isinstance(refused, Refusal)
    assert refused.code == "form.missing"


def test_a_party_s_own_word_comes_before_everything() -> None:
    scale = with_words((CUSTOMER, "yellow", 2), (CUSTOMER, "8/10", 5), (CUSTOMER, "1", 5))
    assert [level(translated(scale, CUSTOMER, text)) for text in ("yellow", "8/10", "1")] == [
        2,
        5,
        5,
    ]
    assert [level(translated(scale, CONTRACTOR, text)) for text in ("yellow", "8/10", "1")] == [
        3,
        3,
        1,
    ]


def test_a_word_of_the_other_party_is_not_ours() -> None:
    assert isinstance(translated(with_words((CUSTOMER, "gul", 3)), CONTRACTOR, "gul"), Refusal)


@given(st.text(max_size=30) | st.from_regex(r"\A\d{1,5}([.,/]\d{0,5})? ?(%|out of 10)?\Z"))
def test_whatever_is_written_is_one_of_the_five_levels_or_refused(text: str) -> None:
    outcome = translated(SCALE, CUSTOMER, text)
    assert isinstance(outcome, Refusal) or outcome in SCALE.levels


@given(st.integers(0, 100), st.integers(1, 100))
def test_points_are_the_level_of_their_percent(points: int, most: int) -> None:
    outcome = translated(SCALE, None, f"{points}/{most}")
    assert (
        outcome == SCALE.at(100 * points / most) if points <= most else isinstance(outcome, Refusal)
    )
