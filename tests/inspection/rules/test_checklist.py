"""A checklist: what its answers say, what it refuses to be, how it travels."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from inspection.rules import checklist as rule
from inspection.rules.checklist import (
    MOST_ITEMS,
    Answer,
    Checklist,
    ItemKind,
    Judged,
    Verdict,
    judge,
    missing,
    said,
)


def item(key: str = "a", kind: str = "level", **more: Any) -> dict[str, Any]:
    return {"key": key, "kind": kind, "label": "Look", **more}


def body(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"title": "Room", "items": list(items), **more}


def made(*items: dict[str, Any], **more: Any) -> Checklist:
    outcome = rule.read(body(*items, **more))
    assert isinstance(outcome, Checklist), outcome
    return outcome


def wrong(*items: dict[str, Any], **more: Any) -> list[tuple[str, str | None]]:
    outcome = rule.read(body(*items, **more))
    assert isinstance(outcome, list)
    return [(one.code, one.where) for one in outcome]


def one(answered: Answer, **more: Any) -> Judged:
    return judge(made(item(**more)), {"a": answered})[0]


def verdict(answered: Any, **more: Any) -> tuple[Verdict, int | None]:
    found = one(Answer(answered), **more)
    return found.verdict, found.level


# ---------------------------------------------------------------- what an answer says


@pytest.mark.parametrize(
    ("level", "said"),
    [
        (5, Verdict.MET),
        (4, Verdict.MET),
        (3, Verdict.OBSERVATION),
        (2, Verdict.NOT_MET),
        (1, Verdict.NOT_MET),
    ],
)
def test_a_level_is_met_from_four_noted_at_three_and_a_finding_below(
    level: int, said: Verdict
) -> None:
    assert verdict(level) == (said, level)


def test_pass_meets_and_fail_is_below_on_a_critical_item_it_fails() -> None:
    assert verdict("pass", kind="pass_fail") == (Verdict.MET, 4)
    assert verdict("fail", kind="pass_fail") == (Verdict.NOT_MET, 2)
    assert verdict("fail", kind="pass_fail", critical=True) == (Verdict.NOT_MET, 1)


def test_any_finding_on_a_critical_item_counts_as_critical() -> None:
    assert one(Answer(2), critical=True).severity == 1
    assert one(Answer(2)).severity == 2
    assert one(Answer(3)).severity is None


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (50, Verdict.MET),
        (60, Verdict.MET),
        (49.9, Verdict.NOT_MET),
        (60.1, Verdict.NOT_MET),
        ("warm", Verdict.NOT_MET),
        (float("nan"), Verdict.NOT_MET),
        (float("inf"), Verdict.NOT_MET),
    ],
)
def test_a_number_outside_its_limits_is_kept_and_marked(value: Any, said: Verdict) -> None:
    assert verdict(value, kind="number", low=50, high=60)[0] is said


def test_a_number_without_limits_is_noted_but_no_word_is_one() -> None:
    assert verdict(7, kind="number") == (Verdict.NOTED, None)
    assert verdict("many", kind="count") == (Verdict.NOT_MET, 2)


def test_a_constraint_judges_what_it_is_asked_about() -> None:
    only = {"kind": "choices", "constraint": "count-selected(.) <= 1"}
    options = [{"value": "x"}, {"value": "y"}]
    assert verdict(["x"], options=options, **only) == (Verdict.MET, 4)
    assert verdict(["x", "y"], options=options, **only) == (Verdict.NOT_MET, 2)


def test_a_constraint_may_ask_what_day_it_is() -> None:
    listed = made(item(kind="date", constraint=". <= today()"))
    at = {"a": Answer("2026-11-22")}
    assert judge(listed, at, date(2026, 11, 22))[0].verdict is Verdict.MET
    assert judge(listed, at, date(2026, 11, 21))[0].verdict is Verdict.NOT_MET


def test_what_was_not_answered_is_open_and_a_note_never_is() -> None:
    assert verdict(None) == (Verdict.OPEN, None)
    assert verdict("", kind="text") == (Verdict.OPEN, None)
    assert verdict([], kind="choices", options=[{"value": "x"}]) == (Verdict.OPEN, None)
    assert verdict(None, kind="note") == (Verdict.NOTED, None)


def test_a_photo_is_its_answer() -> None:
    assert one(Answer(), kind="photo").verdict is Verdict.OPEN
    assert one(Answer(photos=1), kind="photo").verdict is Verdict.NOTED


def test_not_applicable_is_no_answer_to_others_either() -> None:
    listed = made(item("a", "pass_fail"), item("b", "text", relevant="${a} = 'fail'"))
    judged = judge(listed, {"a": Answer("fail", reason="locked")})
    assert [one.verdict for one in judged] == [Verdict.NOT_APPLICABLE, Verdict.IRRELEVANT]


def test_a_hidden_section_hides_its_items() -> None:
    listed = made(
        item("a", "pass_fail"),
        item("b", "text", section="s"),
        sections=[{"key": "s", "title": "S", "relevant": "${a} = 'fail'"}],
    )
    assert judge(listed, {"a": Answer("pass")})[1].verdict is Verdict.IRRELEVANT
    assert judge(listed, {"a": Answer("fail")})[1].verdict is Verdict.OPEN


def test_missing_names_the_field_of_what_is_needed() -> None:
    listed = made(
        item("a"),
        item("b", required=False),
        item("c", "pass_fail", photo_below=True),
        item("d"),
    )
    judged = judge(listed, {"c": Answer("fail"), "d": Answer(reason=" ")})
    assert [(one.code, one.where) for one in missing(judged)] == [
        ("visit.unanswered", "a-a"),
        ("visit.no_photo", "photos-c"),
        ("visit.no_reason", "na-d"),
    ]


def test_a_photo_or_why_there_is_none_satisfies() -> None:
    listed = made(item("c", "pass_fail", photo_below=True))
    for answer in (Answer("fail", photos=1), Answer("fail", no_photo="dark"), Answer("pass")):
        assert list(missing(judge(listed, {"c": answer}))) == []


# ---------------------------------------------------------------- what it refuses to be


def test_a_checklist_has_a_title_and_items() -> None:
    assert wrong() == [("checklist.empty", "items")]
    assert wrong(item(), title=" ") == [("form.missing", "title")]
    assert rule.read({"title": "x"})[0].code == "checklist.shape"  # type: ignore[index]
    assert rule.read(body(item(), colour="red"))[0].code == "checklist.shape"  # type: ignore[index]


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
    found = rule.read(
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
        found = rule.read(body(item(kind=kind, options=[{"value": one} for one in values])))
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


# ---------------------------------------------------------------- reading and writing


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
    assert rule.read(rule.write(listed)) == listed


def test_an_item_is_found_by_its_name() -> None:
    listed = made(item("a"), item("b"))
    assert listed.item("b") is listed.items[1]
    with pytest.raises(KeyError):
        listed.item("c")


def test_items_stand_under_their_headings_those_without_first() -> None:
    listed = made(
        item("a", section="s"),
        item("b"),
        sections=[{"key": "empty", "title": "E"}, {"key": "s", "title": "S"}],
    )
    assert [
        (section.key if section else "", [one.key for one in items])
        for section, items in listed.in_sections()
    ] == [("", ["b"]), ("s", ["a"])]


def test_words_are_said_in_the_language_asked_for_else_the_first() -> None:
    words = {"English (en)": "Floor", "Dansk (da)": "Gulv"}
    assert said(words, "da") == "Gulv"
    assert said(words, "fi") == "Floor"
    assert said({"da": "Gulv"}, "da") == "Gulv"
    assert said({}, "da") == ""


def test_every_kind_can_be_answered_by_nothing() -> None:
    for kind in ItemKind:
        options = [{"value": "x"}]
        assert one(Answer(), kind=kind.value, options=options).verdict in (
            Verdict.OPEN,
            Verdict.NOTED,
        )
