"""What a phone needs to know to install Tandem, how a person does it, and where its icon leads."""

from __future__ import annotations

from flask import Blueprint, abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from inspection import web
from inspection.contracts.presence import memberships
from inspection.rules.refusal import N_
from inspection.web import PERSON, PUBLIC, allow

rooms = Blueprint("manifest", __name__)

CANVAS, SURFACE = "#f6f5f2", "#ffffff"  # as in static/css/tokens.css
SHORTCUTS = (
    (N_("Scan a code"), "/scan", "scan"),
    (N_("My work"), "/go/my-work", "my-work"),
    (N_("Queue"), "/go/queue", "queue"),
)
LAST = "contract"  # the cookie in which a page of static/js/pwa/wire.js leaves its contract
_BROWSERS = (  # what a browser calls itself, the first that fits
    ("ios", ("iPhone",)),
    ("ios", ("iPad",)),
    ("samsung", ("SamsungBrowser",)),
    ("firefox-android", ("Android", "Firefox")),
    ("android", ("Android",)),
    ("firefox", ("Firefox",)),
    ("chrome", ("Chrome",)),
    ("mac", ("Safari",)),
)


@rooms.get("/manifest.webmanifest")
@allow(PUBLIC)
def manifest() -> ResponseReturnValue:
    """The web app manifest, in the language of the person who asks."""
    answer = jsonify(
        id="/",
        name="Tandem",
        short_name="Tandem",
        description=gettext("Scan, inspect, put right, prove it held."),
        lang=web.language(),
        start_url="/",
        scope="/",
        display="standalone",
        background_color=CANVAS,
        theme_color=SURFACE,
        icons=[
            _icon(192, "any"),
            _icon(512, "any"),
            _icon(192, "maskable"),
            _icon(512, "maskable"),
        ],
        shortcuts=[
            {"name": gettext(name), "url": url, "icons": [_icon(96, drawing)]}
            for name, url, drawing in SHORTCUTS
        ],
    )
    answer.mimetype = "application/manifest+json"
    answer.headers["Cache-Control"] = "no-cache"
    return answer


def _icon(size: int, what: str) -> dict[str, str]:
    """An icon by its purpose, or by the drawing of a shortcut."""
    address = url_for("static", filename=f"img/icon-{what}-{size}.png")
    purpose = what if what == "maskable" else "any"
    return {"src": address, "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}


@rooms.get("/install")
@allow(PERSON)
def install() -> ResponseReturnValue:
    """How Tandem comes onto the home screen, for this browser first."""
    agent = request.user_agent.string or ""
    mine = next((name for name, signs in _BROWSERS if all(one in agent for one in signs)), "")
    return render_template("pwa/install.html", mine=mine)


@rooms.get("/go/<where>")
@allow(PERSON)
def go(where: str) -> ResponseReturnValue:
    """A page of the contract this phone was in last; a choice when that is not known."""
    if where not in ("my-work", "queue", "round"):
        abort(404)
    slugs = [card.slug for card, _, _ in memberships(web.person().id)]
    last = request.cookies.get(LAST, "")
    if last not in slugs and len(slugs) != 1:
        return redirect(url_for("home.contracts"), 303)
    return redirect(f"/c/{last if last in slugs else slugs[0]}/{where}", 303)
