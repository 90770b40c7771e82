"""The page of what waits on a phone."""

from __future__ import annotations

import re

from tests.cast import Cast

NONCE = re.compile(r'nonce="[^"]*"')


def test_the_page_of_what_waits_is_the_same_for_everybody_and_may_be_kept(cast: Cast) -> None:
    nobody, lead = cast.client().get("/outbox"), cast.client("contractor.supervisor").get("/outbox")
    assert nobody.headers["Cache-Control"] == lead.headers["Cache-Control"] == "private, no-cache"
    assert "data-actor" not in lead.text
    assert cast.harbour.people["contractor.supervisor"].name not in lead.text
    assert NONCE.sub("", nobody.text) == NONCE.sub("", lead.text)
