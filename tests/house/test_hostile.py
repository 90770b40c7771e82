"""Strings that other people's software broke on, through every field that takes words."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import pytest
from markupsafe import escape

from tests.cast import Cast, key
from tests.inspection.queue.test_story import report

STRINGS = Path(__file__).resolve().parents[3] / "shared" / "data" / "hostile" / "blns" / "blns.json"


@pytest.mark.real_data
def test_naughty_strings_are_shown_as_text_and_break_nothing(cast: Cast) -> None:
    here, number = cast.harbour, report(cast)
    lead, nobody = cast.client("customer.supervisor"), cast.client()
    action = f"{here.url}/actions/{number}"
    shown = []
    for words in json.loads(STRINGS.read_text()):
        said = {"submission_key": key(), "text": words}
        answer = lead.post(f"{action}/comments", data=said)
        assert answer.status_code in (303, 422), (words, answer.status_code)
        if answer.status_code == 303:
            shown.append(" ".join(words.replace("\x00", "").split()))
        for url in (f"{here.url}/queue", f"{here.url}/places"):
            assert lead.get(url, query_string={"q": words}).status_code in (200, 400), words
    page = " ".join(lead.get(action).text.split())
    for words in shown:
        assert str(escape(words)) in page, words
    door = f"/Q/{here.codes['tap']}/reports"
    for words in islice((w for w in json.loads(STRINGS.read_text()) if w.strip()), 15):
        form = {"submission_key": key(), "category": "leak", "words": words, "contact": words[:200]}
        assert nobody.post(door, data=form).status_code == 303, words
    assert lead.get(f"{here.url}/queue").status_code == 200
