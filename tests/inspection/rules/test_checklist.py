"""A checklist: what is asked, and what its answers say."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from inspection.rules import checklist_body
from inspection.rules.checklist import (
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
    outcome = checklist_body.read(body(*items, **more))
    assert isinstance(outcome, Checklist), outcome
    return outcome


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


# ---------------------------------------------------------------- what it is made of


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
