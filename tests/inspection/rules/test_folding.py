"""Words are found however somebody types them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspection.rules.folding import LONGEST, folded, words


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("STRASSE", "Straße"),
        ("Malmo", "Malmö"),
        ("smørrebrød", "Smorrebrod"),
        ("lodz", "Łódź"),
        ("garderoben", "GARDEROBEN"),
        ("مدرسه", "مدرسة"),
        ("احمد", "أحمد"),
        ("الصيانة", "الصيـــانة"),
        ("مبني", "مبنى"),
        ("214", "٢١٤"),
        ("fi", "ﬁ"),
        ("lækage", "LÆKAGE"),
        ("cafe\u0301", "café"),
    ],
)
def test_two_spellings_of_a_word_are_one(typed: str, stored: str) -> None:
    assert folded(typed) == folded(stored) != ""


def test_signs_part_words_and_each_word_stands_once() -> None:
    assert folded("Tap 2.14-1: the tap, THE tap!") == "tap 2 14 1 the"
    assert folded("a_b\ta\u00a0b\u200bc") == "a b c"


@pytest.mark.parametrize("nothing", ["", "  ", '"*^(){}:', "–…", "\u0301", "🚰"])
def test_what_has_no_letter_and_no_digit_holds_no_word(nothing: str) -> None:
    assert folded(nothing) == ""
    assert words(nothing) == []


@given(st.text())
def test_folding_what_is_folded_changes_nothing(text: str) -> None:
    once = folded(text)
    assert folded(once) == once
    assert all(len(word) <= LONGEST and word.isalnum() for word in once.split(" ") if once)


def test_only_the_first_words_of_a_long_question_count() -> None:
    assert words("a b c d e f g h i j") == ["a", "b", "c", "d", "e", "f", "g", "h"]
