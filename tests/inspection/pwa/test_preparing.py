"""What somebody takes along: their work, the round, the places, the codes of the building."""

from __future__ import annotations

from typing import Any

import pytest

from inspection.pwa import preparing
from tests.cast import PROMISES, ROOM, Cast, agreed, posted
from tests.inspection.plans import laid

HAND = "contractor.staff"


def listed(cast: Cast, who: str = HAND) -> dict[str, Any]:
    return dict(cast.client(who).get(f"{cast.harbour.url}/basement/list").get_json())


def test_work_and_round_are_taken_along_with_places_forms_and_codes(cast: Cast) -> None:
    here, client = cast.harbour, cast.client(HAND)
    agreed(here, "requirements", PROMISES)
    agreed(here, "checklist", ROOM, subject="room")
    visit = laid.visit(here, "hall", due_on=laid.today(here), checklist_key="room")
    number = _started(cast)
    said = listed(cast)
    urls = {page["url"]: page for page in said["pages"]}
    kitchen, hall = (f"{here.url}/places/{here.places[one].id}" for one in ("kitchen", "hall"))
    assert urls[f"{here.url}/actions/{number}"]["kind"] == "action"
    assert urls[kitchen]["title"] == here.places["kitchen"].name
    assert {hall, f"{here.url}/visits/{visit}", f"{here.url}/round", "/scan"} <= {*urls}
    forms = [url for url, page in urls.items() if page["kind"] == "form"]
    assert forms
    for url in urls:
        answer = client.get(url, headers={"Accept": "text/html"})
        assert answer.status_code == 200, url
        assert answer.headers["Cache-Control"] == "private, no-cache", url
    assert said["tags"][here.codes["tap"]] == f"{here.url}/places/{here.places['tap'].id}"
    assert not {*said["tags"]} & {*cast.elsewhere.codes.values()}


def _started(cast: Cast) -> int:
    """A report from the kitchen that the contractor's staff has begun to put right."""
    here = cast.harbour
    words = {"category": "leak", "words": "It drips"}
    posted(cast.client(), f"/Q/{here.codes['kitchen']}/reports", **words)
    assert posted(cast.client(HAND), f"{here.url}/actions/1/start").status_code == 303
    return 1


def test_nobody_takes_along_what_is_somebody_elses(cast: Cast) -> None:
    number = _started(cast)
    theirs = listed(cast, "contractor.supervisor")
    assert f"{cast.harbour.url}/actions/{number}" not in {one["url"] for one in theirs["pages"]}
    assert theirs["tags"] == {}


def test_more_codes_than_fit_are_said(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    _started(cast)
    assert not listed(cast)["codes_left_out"]
    monkeypatch.setattr(preparing, "CODES", 1)
    few = listed(cast)
    assert (len(few["tags"]), few["codes_left_out"]) == (1, True)
