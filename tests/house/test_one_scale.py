"""One scale: whatever is rated is rated by one of the five levels, on no page by a free score."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspection.rules.checklist import Checklist, Item, ItemKind
from inspection.visits import filled
from inspection.web import Refused
from tests.cast import Cast

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"

FREE = frozenset(
    {"score", "scores", "percent", "percentage", "rating", "rate", "grade", "points", "mark"}
) | {"stars", "hundredths", "anchor"}
ALLOWED = {
    ("contracts/_scale_form.html", "anchor"): "the agreement that says what a level counts as",
    ("reports/follow_up.html", "stars"): "how pleased somebody is who reported; rates no promise",
    ("inspection/reports/routes.py", "stars"): "the same",
}

_MACRO = re.compile(r"\b(?:field|textarea|select|radio_tiles|checkbox|hidden|units)\(([^,]*),")
_NAMED = re.compile(r"\bname=\"([^\"]*)\"")


def free(name: str) -> Iterator[str]:
    """The words in the name of a field that mean a number of one's own."""
    yield from sorted(set(re.findall(r"[a-z]+", name.lower())) & FREE)


def fields_of(template: str) -> Iterator[str]:
    for pattern in (_MACRO, _NAMED):
        yield from pattern.findall(template)


def fields_read(module: str) -> Iterator[str]:
    """The names of fields that a module takes: the keywords of `form(name=Field(…))`."""
    for node in ast.walk(ast.parse(module)):
        if isinstance(node, ast.keyword) and node.arg and isinstance(node.value, ast.Call):
            made = node.value.func
            called = made.attr if isinstance(made, ast.Attribute) else getattr(made, "id", "")
            if called == "Field":
                yield node.arg


def strays() -> Iterator[tuple[str, str]]:
    for page in sorted(TEMPLATES.rglob("*.html")):
        for name in fields_of(page.read_text()):
            yield from ((str(page.relative_to(TEMPLATES)), word) for word in free(name))
    for room in ("inspection", "qr"):
        for module in sorted((ROOT / room).rglob("*.py")):
            for name in fields_read(module.read_text()):
                yield from ((str(module.relative_to(ROOT)), word) for word in free(name))


def test_no_form_has_a_field_for_a_free_score() -> None:
    assert set(strays()) == set(ALLOWED)


@pytest.mark.parametrize(
    "form",
    [
        '{{ field("score", _("Score")) }}',
        '<input name="visit-percent">',
        '{{ hidden(at ~ "-rating", 1) }}',
    ],
)
def test_a_field_for_a_free_score_would_be_seen(form: str) -> None:
    assert [word for name in fields_of(form) for word in free(name)]


def test_a_field_that_a_module_reads_would_be_seen() -> None:
    assert list(fields_read("web.form(score=web.Field(required=True), note=Field())")) == [
        "score",
        "note",
    ]


# ---------------------------------------------------------------- the answer of an item

CLEAN = Checklist("Room", (Item("clean", ItemKind.LEVEL, {"": "Floor is clean"}),))


@pytest.mark.parametrize("level", range(1, 6))
def test_a_level_is_one_of_five(cast: Cast, level: int) -> None:
    with cast.app.test_request_context(method="POST", data={"a-clean": str(level)}):
        assert filled.read(CLEAN).answers["clean"].value == level


@pytest.mark.parametrize(
    "text",
    ["8/10", "80 %", "80", "yellow", "APPA 2", "3.5", "3,5", "0", "6", "-1", "٣", "nan"],
)
def test_no_visit_takes_a_free_score(cast: Cast, text: str) -> None:
    posted = cast.app.test_request_context(method="POST", data={"a-clean": text})
    with posted, pytest.raises(Refused) as refused:
        filled.read(CLEAN)
    assert [one.where for one in refused.value.refusals] == ["a-clean"]


def test_the_form_of_a_visit_offers_the_five_levels_and_nothing_to_type_into() -> None:
    page = (TEMPLATES / "visits" / "_item.html").read_text()
    offered = re.search(
        r'macro _answer\(.*?kind == "level" -?%}(.*?)\{%-? elif kind', page, re.DOTALL
    )
    assert offered is not None
    inputs = re.findall(r"<(?:input|select|textarea)\b[^>]*", offered[1])
    assert inputs
    for each in inputs:
        assert 'type="radio"' in each
        assert 'value="{{ level.level }}"' in each
