"""How pages look, in few requests: sheets joined into one, addresses that change with content."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, abort, request, send_from_directory, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from inspection.web import PUBLIC, allow

rooms = Blueprint("look", __name__)

STATIC = Path(__file__).resolve().parents[1] / "static"
FOR_EVER = "public, max-age=31536000, immutable"


@lru_cache(maxsize=64)
def inline_css(name: str) -> Markup:
    """A style sheet of ours as text for a page of one response, without its comments."""
    text = (STATIC / "css" / name).read_text()
    while "/*" in text:
        before, _, rest = text.partition("/*")
        text = before + rest.partition("*/")[2]
    lines = (line.strip() for line in text.splitlines())
    return Markup("".join(filter(None, lines)))  # noqa: S704 - our own file, read once


@lru_cache(maxsize=64)
def joined(names: str) -> tuple[str, str]:
    """The sheets named `a+b+c` as one, and the version of that."""
    text = "".join(inline_css(f"{name}.css") for name in names.split("+"))
    return text, hashlib.sha256(text.encode()).hexdigest()[:12]


def stylesheet(*names: str) -> str:
    """The address of several style sheets as one; it changes when one of them does."""
    together = "+".join(names)
    return url_for("look.sheets", version=joined(together)[1], names=together)


@rooms.get("/look/<version>/<names>.css")
@allow(PUBLIC)
def sheets(version: str, names: str) -> ResponseReturnValue:
    """Several style sheets in one response."""
    known = {sheet.stem for sheet in (STATIC / "css").glob("*.css")}
    if not known.issuperset(names.split("+")):
        abort(404)
    answer = Response(joined(names)[0], mimetype="text/css")
    answer.headers["Cache-Control"] = FOR_EVER if version == joined(names)[1] else "no-cache"
    return answer


# ---------------------------------------------------------------- modules


@lru_cache(maxsize=1)
def build() -> str:
    """The version of everything a browser is given: it changes when one byte of it does."""
    digest = hashlib.sha256()
    for path in sorted(path for path in STATIC.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(STATIC)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def module(path: str) -> str:
    """The address of a module in static/js; what it imports beside it is of the same build."""
    return url_for("look.modules", version=build(), path=path)


@rooms.get("/shell/<version>/<path:path>")
@allow(PUBLIC)
def modules(version: str, path: str) -> ResponseReturnValue:
    """A module of static/js.

    Hazard: modules import each other by relative address. Without the build in the path a page of
    one build would get modules of another out of some cache on the way.
    """
    answer = send_from_directory(STATIC / "js", path, mimetype="text/javascript")
    answer.headers["Cache-Control"] = FOR_EVER if version == build() else "no-cache"
    return answer


# ---------------------------------------------------------------- single files


@lru_cache(maxsize=256)
def _version(filename: str) -> str:
    path = STATIC / filename
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else ""


def _versioned(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint == "static" and "filename" in values:
        values["v"] = _version(values["filename"])


def _kept_for_ever(response: Response) -> Response:
    if request.endpoint == "static" and request.args.get("v") and response.status_code == 200:
        response.headers["Cache-Control"] = FOR_EVER
    return response


def init_app(app: Flask) -> None:
    """Give templates the addresses of what pages load, and static files a version."""
    app.jinja_env.globals.update(
        inline_css=inline_css, stylesheet=stylesheet, module=module, build=build
    )
    app.url_defaults(_versioned)
    app.after_request(_kept_for_ever)
    app.register_blueprint(rooms)
