"""Every sentence the public meets is said in eight languages; the rest in English and Danish."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("da", "sv", "nb", "fi", "de", "pl", "ar")
TEMPLATES = ROOT / "templates"
CALLED = re.compile(r'(?:extends|import|include|from) "([^"]+[.]html)"')
SOURCES = (
    *("qr/routes.py", "qr/payload.py", "inspection/reports/", "inspection/photos/"),
    *("inspection/web/", "inspection/idempotency.py", "inspection/rules/lifecycle.py"),
    *("inspection/rules/states.py", "inspection/rules/access.py"),
    *("inspection/words.py", "inspection/actions/moves.py"),
    *("inspection/alerts/saying.py", "inspection/alerts/subscribing.py"),
)
PLACE = re.compile(r"%\(\w+\)s|\{\w+\}")


@cache
def said() -> list[Message]:
    """Every sentence in the code and the templates, with where it stands."""
    command = [sys.executable, "-m", "babel.messages.frontend", "-q", "extract", "-F", "babel.cfg"]
    keywords = ["-k", "N_", "-k", "_say", "-k", "_say_many:1,2"]
    with tempfile.TemporaryDirectory() as folder:
        pot = Path(folder) / "messages.pot"
        subprocess.run([*command, *keywords, "-o", str(pot), "."], cwd=ROOT, check=True)
        with pot.open("rb") as file:
            return [message for message in read_po(file) if message.id]


def called(template: str) -> set[str]:
    """The templates that this one is made with."""
    return set(CALLED.findall((TEMPLATES / template).read_text()))


@cache
def public() -> tuple[str, ...]:
    """Where sentences stand that the public meets: in code, its pages, what they are made with."""
    every = [str(one.relative_to(TEMPLATES)) for one in TEMPLATES.rglob("*.html")]
    found = {one for one in every if "public.html" in called(one)}
    found |= {"public.html", "error.html", "refused.html"}
    waiting = sorted(found)
    while waiting:
        more = called(waiting.pop()) - found - {"base.html"}  # it is for those who are signed in
        found |= more
        waiting += more
    return (*SOURCES, *(f"templates/{one}" for one in sorted(found)))


@cache
def catalogue(language: str) -> Catalog:
    with (ROOT / "translations" / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language)


def is_public(message: Message) -> bool:
    return any(file.startswith(public()) for file, _ in message.locations)


def expected(language: str) -> list[Message]:
    return [message for message in said() if language == "da" or is_public(message)]


def forms(text: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [text or ""] if isinstance(text, str) or text is None else list(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_left_untranslated(language: str) -> None:
    known = catalogue(language)
    missing = []
    for message in expected(language):
        found = known.get(message.id)
        if found is None or found.fuzzy or not all(forms(found.string)):
            missing.append(forms(message.id)[0])
    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_names_the_same_facts(language: str) -> None:
    for message in catalogue(language):
        if not message.id or not all(forms(message.string)):
            continue
        facts = set(PLACE.findall(" ".join(forms(message.id))))
        for form in forms(message.string):
            unknown = set(PLACE.findall(form)) - facts
            assert not unknown, (language, message.id, form)
            if not isinstance(message.id, tuple | list):
                assert set(PLACE.findall(form)) == facts, (language, message.id, form)


def test_a_sentence_is_one_the_reader_was_promised() -> None:
    assert sum(map(is_public, said())) > 150
