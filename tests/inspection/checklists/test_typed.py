"""What the form of a checklist says, without a browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from inspection.checklists.typed import Language, key_of, read_options, write_options

VECTORS = Path(__file__).resolve().parents[2] / "vectors"
ONE = [Language(0, "")]
TWO = [Language(0, "en"), Language(1, "da")]


@pytest.mark.parametrize(
    "case",
    json.loads((VECTORS / "item_keys.json").read_text())["cases"],
    ids=lambda one: one["key"],
)
def test_a_name_is_made_from_the_words(case: dict[str, Any]) -> None:
    assert key_of(case["label"], case["taken"]) == case["key"]


def test_choices_are_lines_of_words_or_of_a_value_and_words() -> None:
    assert read_options("Full\n low | Nearly empty \n\nFull", ONE) == [
        {"value": "full", "label": {"": "Full"}, "when": ""},
        {"value": "low", "label": {"": "Nearly empty"}, "when": ""},
        {"value": "full_2", "label": {"": "Full"}, "when": ""},
    ]


@pytest.mark.parametrize(
    "option",
    [
        {"value": "ash", "label": {"en": "Ash", "da": "Ask"}, "when": "${tree} = 'yes'"},
        {"value": "a|b", "label": {"en": "this | that"}, "when": ""},
        {"value": "nothing", "label": {}, "when": ""},
        {"value": "danish", "label": {"da": "Kun dansk"}, "when": ""},
    ],
)
def test_choices_are_written_as_they_are_read(option: dict[str, Any]) -> None:
    assert read_options(write_options([option], TWO), TWO) == [option]
