"""The body of a checklist: what it refuses to be, and how it travels."""

from __future__ import annotations

from typing import Any

import pytest

from inspection.rules import checklist_body
from inspection.rules.checklist_body import MOST_ITEMS
from tests.inspection.rules.test_checklist import body, item, made


def wrong(*items: dict[str, Any], **more: Any) -> list[tuple[str, str | None]]:
    outcome = checklist_body.read(body(*items, **more))
    assert isinstance(outcome, list)
    return [(one.code, one.where) for one in outcome]


# ---------------------------------------------------------------- what it refuses to be


def test_a_checklist_has_a_title_and_items() -> None:
    assert wrong() == [("checklist.empty", "items")]
    assert wrong(item(), title=" ") == [("form.missing", "title")]
    assert checklist_body.read({"title": "x"})[0].code == "checklist.shape"  # type: ignore[index]
    assert checklist_body.read(body(item(), colour="red"))[0].code == "checklist.shape"  # type: ignore[index]


def test_a_checklist_has_an_end() -> None:
    many = [item(f"k{n}") for n in range(MOST_ITEMS + 1)]
    assert wrong(*many) == [("checklist.too_many", "items")]


@pytest.mark.parametrize("key", ["", "1a", "a b", "å", "a" * 65, "meta", "Meta", None, 7])
def test_a_name_is_a_name(key: Any) -> None:
    assert wrong(item(key)) == [("checklist.key", "items-0-key")]


def test_names_stand_once_and_the_second_is_marked() -> None:
    assert wrong(item("a"), item("1"), item("a")) == [
        ("checklist.key", "items-1-key"),
        ("checklist.twice", "items-2-key"),
    ]
    twice = [{"key": "s", "title": "S"}, {"key": "s", "title": "T"}]
    assert wrong(item(), sections=twice) == [("checklist.twice", "sections-1-key")]


def test_whoever_is_asked_must_be_there() -> None:
    unknown = "checklist.unknown_name"
    assert wrong(item(relevant="${x} = 1")) == [(unknown, "items-0-relevant")]
    assert wrong(item(constraint=". > ${x}")) == [(unknown, "items-0-constraint")]
    options = [{"value": "v", "when": "${x} = 1"}]
    assert wrong(item(kind="choice", options=options)) == [(unknown, "items-0-options")]
    hidden = [{"key": "s", "title": "S", "relevant": "${x} = 1"}]
    assert wrong(item(), sections=hidden) == [(unknown, "sections-0-relevant")]


def test_a_circle_is_named() -> None:
    found = checklist_body.read(
        body(
            item("z"),
            item("a", relevant="${b} = 1"),
            item("b", relevant="${c} = 1"),
            item("c", relevant="${a} = 1"),
        )
    )
    assert isinstance(found, list)
    assert [(one.code, one.where) for one in found] == [("checklist.circle", "items-1-relevant")]
    assert found[0].params == {"names": "a, b, c"}


def test_an_item_cannot_wait_for_itself_or_for_one_in_its_own_hidden_section() -> None:
    assert wrong(item("a", relevant="${a} = 1")) == [("checklist.circle", "items-0-relevant")]
    hidden = [{"key": "s", "title": "S", "relevant": "${a} = 1"}]
    assert wrong(item("a", section="s"), sections=hidden) == [
        ("checklist.circle", "items-0-relevant")
    ]


def test_a_long_chain_is_no_circle_and_quick() -> None:
    chain = [item("k0")] + [item(f"k{n}", relevant=f"${{k{n - 1}}} = 1") for n in range(1, 1000)]
    assert len(made(*chain).items) == 1000


def test_choices_have_values_once_and_several_have_no_spaces() -> None:
    def of(kind: str, *values: str) -> list[str]:
        found = checklist_body.read(
            body(item(kind=kind, options=[{"value": one} for one in values]))
        )
        return [one.code for one in found] if isinstance(found, list) else []

    assert of("choice") == ["checklist.no_options"]
    assert of("choice", "x", "x") == ["checklist.choice_twice"]
    assert of("choice", "") == ["form.missing"]
    offered = [{"value": "x", "when": "${b} = 1"}, {"value": "x", "when": "${b} = 2"}]
    assert made(item("a", "choice", options=offered), item("b", "count")).items[0].options
    assert of("choice", "two words") == []
    assert of("choices", "two words") == ["checklist.choice_value"]


def test_limits_are_numbers_the_lower_below() -> None:
    assert wrong(item(kind="number", low=2, high=1)) == [("checklist.limits", "items-0-low")]
    for low in ("x", True, float("nan"), 10**400):
        assert wrong(item(kind="number", low=low)) == [("checklist.number", "items-0-low")]


def test_a_weight_is_one_to_five() -> None:
    for weight in (0, 6, True, "3", None):
        assert wrong(item(weight=weight)) == [("requirements.weight", "items-0-weight")]


def test_a_language_has_a_name_that_travels() -> None:
    assert made(item(label={"Dansk (da)": "Se"})).items[0].label == {"Dansk (da)": "Se"}
    for name in ("default", "a::b", " x", "x\n", "=x", "x" * 41):
        assert wrong(item(label={name: "Look"})) == [("checklist.language", "items-0-label")]


def test_what_no_page_can_hold_is_taken_out_of_words() -> None:
    assert made(item(label="a\x00b\r\nc\ud800 ")).items[0].label == {"": "ab\nc"}


# ---------------------------------------------------------------- there and back


def test_what_was_written_reads_as_the_same() -> None:
    listed = made(
        item("a", "pass_fail", critical=True, hint={"da": "Her"}),
        item("b", "choice", relevant="${a} = 'fail'", options=[{"value": "v", "label": "V"}]),
        item("c", "number", low=1.5, unit="°C", section="s", weight=5, required=False),
        sections=[{"key": "s", "title": {"": "S"}, "relevant": "${a} = 'pass'"}],
        kinds=["equipment", "space"],
        languages=["", "da"],
        active=False,
    )
    assert checklist_body.read(checklist_body.write(listed)) == listed
