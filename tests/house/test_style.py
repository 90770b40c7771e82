"""What the style promises; run as a program it renews static/img/icons.svg."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask, render_template
from jinja2 import Environment, FileSystemLoader

from inspection import clock
from inspection.contracts import agreements
from inspection.queue import drawing
from inspection.rules.access import Party
from inspection.rules.calendar import ALWAYS_OPEN
from inspection.rules.sla import Clock, Timing
from inspection.rules.states import ClockKind

ROOT = Path(__file__).resolve().parents[2]
CSS = ROOT / "static" / "css"
SPRITE = ROOT / "static" / "img" / "icons.svg"
TEMPLATES = ROOT / "templates"

TEXT_ON = [
    ("ink", ("canvas", "surface", "sunken", "customer-tint", "contractor-tint")),
    ("ink", ("done-tint", "late-tint")),
    ("muted", ("canvas", "surface", "sunken")),
    ("on-primary", ("primary", "primary-hover", "done", "muted")),
    ("on-customer", ("customer",)),
    ("customer-ink", ("customer-tint",)),
    ("on-contractor", ("contractor",)),
    ("contractor-ink", ("contractor-tint",)),
    ("done", ("canvas", "surface", "done-tint")),
    ("late", ("canvas", "surface", "sunken", "late-tint")),
    ("on-late", ("late",)),
    ("on-yellow", ("yellow",)),
    ("ink", ("yellow-tint",)),
]
EDGE_ON = [
    (edge, ("canvas", "surface"))
    for edge in (
        *("edge", "focus", "customer-edge", "contractor-edge", "done", "late", "primary"),
        "yellow-edge",
    )
]


def tokens(scheme: str) -> dict[str, str]:
    """Colours by name as a reader with that scheme gets them."""
    light, dark = (CSS / "tokens.css").read_text().split("(prefers-color-scheme: dark)")
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", light))
    if scheme == "dark":
        found |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", dark))
    return found


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio of two #rrggbb colours, 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def sprite() -> str:
    env = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    return str(env.get_template("_icons.html").module.sprite()) + "\n"  # type: ignore[attr-defined]


def stylesheets() -> list[Path]:
    return sorted(CSS.glob("*.css"))


def own_templates() -> list[Path]:
    return sorted(TEMPLATES.rglob("*.html"))


def test_black_on_white_has_the_contrast_the_standard_names() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("needed", "pairs"), [(4.5, TEXT_ON), (3, EDGE_ON)])
def test_every_word_and_every_edge_stands_out_in_both_schemes(
    scheme: str, needed: float, pairs: list[tuple[str, tuple[str, ...]]]
) -> None:
    colour = tokens(scheme)
    poor = {
        f"--{front} on --{back}": round(contrast(colour[front], colour[back]), 2)
        for front, backs in pairs
        for back in backs
        if contrast(colour[front], colour[back]) < needed
    }
    assert not poor


def test_the_sprite_is_made_from_the_one_page_of_drawings() -> None:
    assert SPRITE.read_text() == sprite(), "renew it: .venv/bin/python tests/house/test_style.py"


def test_colours_stand_in_the_tokens_alone() -> None:
    strays = {
        sheet.name: found
        for sheet in stylesheets()
        if sheet.name != "tokens.css"
        and (found := re.findall(r"#[0-9a-fA-F]{3,8}\b", sheet.read_text()))
    }
    assert not strays


def test_no_sheet_says_left_or_right_so_that_arabic_mirrors_by_itself() -> None:
    physical = re.compile(r"(?<![\w-])[\w-]*(?:left|right)[\w-]*\s*:|:\s*(?:left|right)\b")
    strays = {
        sheet.name: found
        for sheet in stylesheets()
        if (found := physical.findall(sheet.read_text()))
    }
    assert not strays


def test_every_token_a_sheet_uses_is_defined() -> None:
    defined = set(re.findall(r"--([\w-]+):", (CSS / "tokens.css").read_text()))
    used = {
        name
        for sheet in stylesheets()
        for name in re.findall(r"var\(--([\w-]+)", sheet.read_text())
    }
    assert used <= defined


def test_every_sheet_is_reached_from_a_page() -> None:
    reached = (TEMPLATES / "base.html").read_text() + (TEMPLATES / "public.html").read_text()
    own = "".join(page.read_text() for page in own_templates())
    linked = set(re.findall(r"[\w-]+", " ".join(re.findall(r"stylesheet\(([^)]*)\)", own))))
    rest = [s for s in stylesheets() if f'"{s.stem}"' not in reached and s.name not in own]
    assert [s.name for s in rest if s.stem not in linked] == []


@pytest.mark.parametrize("page", own_templates(), ids=lambda page: str(page.relative_to(TEMPLATES)))
def test_a_page_carries_no_inline_style_and_no_inline_handler(page: Path) -> None:
    assert not re.findall(r"<[^>]*\s(?:style|on[a-z]+)=", page.read_text())


@pytest.mark.parametrize("page", own_templates(), ids=lambda page: str(page.relative_to(TEMPLATES)))
def test_every_icon_a_page_names_is_drawn(page: Path) -> None:
    drawn = set(re.findall(r'^  "([\w-]+)":', (TEMPLATES / "_icons.html").read_text(), re.M))
    named = set(re.findall(r'(?:icon|glyph)\("([\w-]+)"', page.read_text()))
    assert {name for name in named if not name.endswith("-")} <= drawn


def public_sheets() -> list[Path]:
    listed = re.search(r"for sheet in \(([^)]+)\)", (TEMPLATES / "public.html").read_text())
    assert listed is not None
    return [CSS / f"{name}.css" for name in re.findall(r'"(\w+)"', listed[1])]


def classes_known(sheets: list[Path]) -> set[str]:
    return {name for sheet in sheets for name in re.findall(r"\.([a-z][\w-]*)", sheet.read_text())}


def classes_used(page: Path) -> set[str]:
    """Class names written out in a page; those put together from a value are left aside."""
    lists = re.findall(r'class="((?:\{[{%].*?[%}]\}|[^"{])*)"', page.read_text())
    names = {name for each in lists for name in re.sub(r"\{[{%].*?[%}]\}", "\0", each).split()}
    return {clean for name in names if (clean := name.strip("\0")) and not clean.endswith("-")}


@pytest.mark.parametrize("page", own_templates(), ids=lambda page: str(page.relative_to(TEMPLATES)))
def test_every_class_a_page_uses_is_known_to_its_sheets(page: Path) -> None:
    """A class that no sheet knows is a slip; a public page has only the sheets it carries."""
    public = page.name == "public.html" or '{% extends "public.html"' in page.read_text()
    known = classes_known(public_sheets() if public else stylesheets())
    assert classes_used(page) - known == set()


@pytest.mark.parametrize("page", sorted(TEMPLATES.glob("_*.html")), ids=lambda page: page.name)
def test_no_sentence_is_translated_outside_a_macro(page: Path) -> None:
    """An imported module is made once: such a sentence would keep the first reader's language."""
    outside = re.sub(r"\{%-? macro .*?endmacro -?%\}", "", page.read_text(), flags=re.DOTALL)
    assert "_(" not in re.sub(r"\{#.*?#\}", "", outside, flags=re.DOTALL)


def test_public_pages_carry_little_style() -> None:
    """What every public page carries inline, uncompressed bytes; the page has 14 KB compressed."""
    assert sum(sheet.stat().st_size for sheet in public_sheets()) < 12_000


NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)


def a_clock(party: Party, **more: Any) -> drawing.Drawn:
    begins, hour = NOON - timedelta(hours=6), timedelta(hours=1)
    kept = {"due_at": begins + 8 * hour, "warn_at": begins + 7 * hour, **more}
    one = Clock(ClockKind.FIX, party, begins, 480, False, **kept)
    return drawing.drawn(one, None, NOON, Timing(ALWAYS_OPEN))


def test_every_piece_stands_on_the_style_page(app: Flask) -> None:
    """The page is no address of the product; whoever changes a piece renders it and looks."""
    hour = timedelta(hours=1)
    clocks = [
        a_clock(Party.CONTRACTOR),
        a_clock(Party.CUSTOMER, pauses=((NOON - 5 * hour, NOON - 3 * hour),)),
        a_clock(Party.CUSTOMER, due_at=NOON - 2 * hour, warn_at=NOON - 3 * hour),
        a_clock(Party.CONTRACTOR, paused_at=NOON - hour),
        a_clock(Party.CONTRACTOR, stopped_at=NOON - hour),
    ]
    asked = SimpleNamespace(
        id=1,
        kind="access",
        question="Who lets us in?",
        version=1,
        wanted={},
        asked_party="contractor",
        asker="Maja Holm",
        asked_at=NOON,
        to_party="customer",
        answered_at=None,
        relieved_at=None,
    )
    card = SimpleNamespace(
        row=asked, open=True, may_answer=True, may_take_back=False, late=False, due_at=NOON + hour
    )
    with app.test_request_context(), clock.standing_at(NOON):
        page = render_template(
            "style.html",
            now=NOON,
            photo="/static/img/favicon.svg",
            clocks=clocks,
            asked=card,
            scale=agreements.scale(None),
        )
    for piece in ("clockbar__part--late", "chain__one", "step__number", "ladder", "yesno"):
        assert f'class="{piece}' in page or f" {piece}" in page


if __name__ == "__main__":
    SPRITE.write_text(sprite())
