"""Whatever is written to the journal has a sentence that people read."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from inspection.queue.history import HAPPENED
from inspection.rules.agreement import STEPS as SIGNING
from inspection.rules.lifecycle import STEPS
from inspection.rules.sla import Passing

ROOT = Path(__file__).resolve().parents[2]
SUBJECTS = {kind.partition(".")[0] for kind in HAPPENED}


@cache
def modules() -> tuple[tuple[str, ast.Module], ...]:
    pages = sorted(page for room in ("inspection", "qr") for page in (ROOT / room).rglob("*.py"))
    kept = (page for page in pages if "migrations" not in page.parts)
    return tuple((str(page.relative_to(ROOT)), ast.parse(page.read_text())) for page in kept)


def refusals() -> set[str]:
    """Codes of refusals, which look like kinds of events."""
    return {
        str(node.args[0].value)
        for _, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)
        if getattr(node.func, "id", "") == "Refusal"
    }


def literals() -> Iterator[tuple[str, str]]:
    """Where a kind of event, or what looks like one, stands written out."""
    kind = re.compile(f"({'|'.join(sorted(SUBJECTS))})\\.(?!id$)[a-z_]+")
    for page, tree in modules():
        for node in ast.walk(tree):
            said = node.value if isinstance(node, ast.Constant) else None
            if isinstance(said, str) and kind.fullmatch(said):
                yield said, page


def put_together() -> Iterator[tuple[str, str]]:
    """Kinds of events that are written with a part left open, and who puts it in."""
    for page, tree in modules():
        for node in ast.walk(tree):
            first = node.values[0] if isinstance(node, ast.JoinedStr) and node.values else None
            said = first.value if isinstance(first, ast.Constant) else ""
            if isinstance(said, str) and said.removesuffix(".") in SUBJECTS:
                yield ast.unparse(node), page


def test_every_kind_that_stands_in_the_code_has_a_sentence() -> None:
    codes = refusals()
    unsaid = {said: page for said, page in literals() if said not in HAPPENED.keys() | codes}
    assert unsaid == {}


def test_every_move_and_every_signing_has_a_sentence() -> None:
    moves = {step.event for step in STEPS.values()}
    assert moves | {step.event for step in SIGNING.values()} <= HAPPENED.keys()


def test_every_kind_that_is_put_together_has_a_sentence() -> None:
    """The left-open part of each is one of a few words; a new one is named here."""
    assert set(put_together()) == {
        ("f'clock.{what.name.lower()}'", "inspection/actions/passing.py"),
        ("f'disagreement.{what}'", "inspection/actions/disagreements.py"),
    }
    told = (ROOT / "inspection/actions/disagreements.py").read_text()
    said = {f"disagreement.{what}" for what in re.findall(r'_tell\(\w+, "(\w+)"', told)}
    assert len(said) > 5
    assert {f"clock.{what.name.lower()}" for what in Passing} | said <= HAPPENED.keys()
