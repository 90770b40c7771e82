"""The worker's text, the files it names, and which pages may be kept at all."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest

from inspection import look
from inspection.pwa import worker
from tests.cast import Cast
from tests.house.test_routes import Ids, filled, rule_of

KEPT = {
    *("queue.my_work", "queue.action", "queue.place", "rounds.today", "preparing.basement"),
    *("visit_pages.one", "visits.fill", "offline_visits.blank", "scanning.scan", "waiting.outbox"),
}
"""Every view whose page may stay on a phone; one more is a decision, and stands here."""


def files_of(text: str) -> dict[str, str]:
    found = re.search(r"const files = (\{.*?\});", text, re.DOTALL)
    assert found
    return dict(json.loads(found[1]))


def test_every_file_of_the_shell_is_what_its_hash_says(cast: Cast) -> None:
    nobody = cast.client()
    answer = nobody.get("/sw.js")
    assert answer.headers["Service-Worker-Allowed"] == "/"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.mimetype == "text/javascript"
    files = files_of(answer.text)
    for address, sha256 in files.items():
        file = nobody.get(address)
        assert (file.status_code, hashlib.sha256(file.data).hexdigest()) == (200, sha256), address
        assert "no-store" not in file.headers["Cache-Control"]
    assert (
        nobody.get("/sw.js", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    )


def test_the_worker_is_the_same_for_everybody(cast: Cast) -> None:
    texts = {cast.client(who).get("/sw.js").text for who in (None, "customer.staff")}
    assert len(texts) == 1


def test_a_kept_page_needs_nothing_that_is_not_in_the_shell(cast: Cast) -> None:
    client, here = cast.client("contractor.staff"), cast.harbour
    files = files_of(client.get("/sw.js").text)
    values = Ids.of(here).values
    for path in ("my-work", "round", "basement", f"actions/{values['number']}", "visits/1"):
        page = client.get(f"{here.url}/{path}").text
        asked = re.findall(r'(?:src|href)="(/(?:shell|look|static)/[^"#]*)', page)
        assert asked
        pictures = [one for one in asked if one.endswith(".png") or ".png?" in one]
        assert {*asked} - {*pictures} <= {*files}, path


def test_one_changed_byte_is_another_worker(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = cast.client().get("/sw.js").text
    changed = shutil.copytree(look.STATIC, tmp_path / "static")
    with (changed / "js/pwa/wire.js").open("a") as file:
        file.write("\n")
    monkeypatch.setattr(look, "STATIC", changed)
    forget()
    after = cast.client().get("/sw.js").text
    monkeypatch.undo()
    forget()
    assert files_of(before).keys() != files_of(after).keys()
    assert f"/shell/{look.build()}/" not in after
    assert "/shell/BUILD/" not in after


def forget() -> None:
    """What was read once per process is read again."""
    for one in (look.build, look.joined, look.inline_css, look._version):
        one.cache_clear()
    for text in (worker._text, worker._offline):
        text.cache_clear()


def test_only_pages_that_may_be_kept_leave_without_no_store(cast: Cast) -> None:
    client, values = cast.client("contractor.supervisor"), Ids.of(cast.harbour).values
    kept, pages = set(), 0
    for address in cast.app.url_map.iter_rules():
        known = {*values, "contract"} >= address.arguments
        if "GET" not in (address.methods or ()) or not known or rule_of(cast.app, address) is None:
            continue
        answer = client.get(filled(address, "harbour", values))
        if answer.mimetype != "text/html":
            continue
        pages += 1
        if "no-store" not in answer.headers["Cache-Control"]:
            assert answer.headers["Cache-Control"] == "private, no-cache", address
            assert answer.status_code == 200, address
            kept.add(address.endpoint)
    assert pages > 40
    assert kept <= KEPT
    assert {"queue.my_work", "queue.action", "queue.place", "rounds.today"} <= kept


def test_the_offline_page_says_nothing_of_who_asks(cast: Cast) -> None:
    texts = {cast.client(who).get("/offline/en").text for who in (None, "customer.staff")}
    assert len(texts) == 1
    assert "nonce" not in texts.pop()
    assert cast.client().get("/offline/xx").status_code == 404
