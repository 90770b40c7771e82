"""What a phone installs, and where the icon's shortcuts lead."""

from __future__ import annotations

import io

from PIL import Image

from inspection.db import db, writing
from inspection.people.models import Membership
from inspection.pwa.manifest import LAST
from tests.cast import Cast


def test_every_icon_is_the_picture_it_is_said_to_be(cast: Cast) -> None:
    nobody = cast.client()
    answer = nobody.get("/manifest.webmanifest")
    assert answer.mimetype == "application/manifest+json"
    said = answer.get_json()
    icons = said["icons"] + [icon for one in said["shortcuts"] for icon in one["icons"]]
    for icon in icons:
        drawn = Image.open(io.BytesIO(nobody.get(icon["src"]).data))
        assert f"{drawn.width}x{drawn.height}" == icon["sizes"]
    assert {one["purpose"] for one in said["icons"]} == {"any", "maskable"}
    assert (said["id"], said["start_url"], said["scope"]) == ("/", "/", "/")


def test_shortcuts_lead_somewhere_for_everybody_who_is_signed_in(cast: Cast) -> None:
    client = cast.client("contractor.staff")
    for one in client.get("/manifest.webmanifest").get_json()["shortcuts"]:
        assert client.get(one["url"], follow_redirects=True).status_code == 200
    assert cast.client().get("/go/my-work").headers["Location"].startswith("/sign-in")
    assert client.get("/go/nowhere").status_code == 404


def test_with_several_contracts_a_shortcut_leads_to_the_one_used_last(cast: Cast) -> None:
    client, person = cast.client("contractor.staff"), cast.harbour.people["contractor.staff"]
    assert client.get("/go/queue").headers["Location"] == "/c/harbour/queue"
    _joins(cast, person.id)
    assert client.get("/go/my-work").headers["Location"] == "/contracts"
    client.set_cookie(LAST, "elsewhere", domain="localhost")
    assert client.get("/go/my-work").headers["Location"] == "/c/elsewhere/my-work"
    client.set_cookie(LAST, "never-was", domain="localhost")
    assert client.get("/go/my-work").headers["Location"] == "/contracts"


def _joins(cast: Cast, person_id: int) -> None:
    there = cast.elsewhere
    other = db.session.get(Membership, there.members["contractor.staff"].id)
    assert other is not None
    with writing():
        db.session.add(
            Membership(
                contract_id=there.contract.id,
                person_id=person_id,
                organisation_id=other.organisation_id,
                party=other.party,
                role=other.role,
                started_at=other.started_at,
            )
        )


def test_the_way_to_install_begins_with_this_browser(cast: Cast) -> None:
    client = cast.client("contractor.staff")
    agents = {
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1": "iPhone and iPad",
        "Mozilla/5.0 (Linux; Android 15) SamsungBrowser/27.0 Chrome/125": "Samsung Internet",
        "Mozilla/5.0 (Linux; Android 15) Chrome/140 Mobile Safari/537.36": "Android: Chrome",
        "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Firefox/140.0": "Android: Firefox",
        "Mozilla/5.0 (Windows NT 10.0) Chrome/140 Safari/537.36 Edg/140": "Chrome or Edge",
    }
    for agent, title in agents.items():
        page = client.get("/install", headers={"User-Agent": agent}).text
        assert title in page.partition("<details open>")[2].partition("</summary>")[0], agent
        assert "stay in Safari" in page


def test_the_public_door_offers_no_installing(cast: Cast) -> None:
    door = cast.client().get(f"/Q/{cast.harbour.codes['kitchen']}").text
    assert "manifest" not in door
    assert "pwa/wire" not in door
