"""The service worker's text and the page it shows where nothing else is on the phone.

The worker's text begins with every file of the shell and its SHA-256, so another build, another
template that asks for other sheets, or another word on the offline page is another worker.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import lru_cache

from flask import Blueprint, Response, abort, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from jinja2 import nodes

from inspection import look
from inspection.web import PUBLIC, STAFF_LANGUAGES, allow

rooms = Blueprint("worker", __name__)


@rooms.get("/sw.js")
@allow(PUBLIC)
def script() -> ResponseReturnValue:
    """The worker; asked for again at every start of a page, answered in full when it changed."""
    answer = Response(_text(look.build()), mimetype="text/javascript")
    answer.headers["Cache-Control"] = "no-cache"
    answer.headers["Service-Worker-Allowed"] = "/"
    answer.add_etag()
    return answer.make_conditional(request)


@rooms.get("/offline/<tag>")
@allow(PUBLIC)
def offline(tag: str) -> ResponseReturnValue:
    """What is on this phone, in a language of staff; the same bytes for everybody."""
    if tag not in STAFF_LANGUAGES:
        abort(404)
    answer = Response(_offline(look.build(), tag), mimetype="text/html")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


def shell() -> dict[str, str]:
    """The SHA-256 of every file a page needs to stand without a line, by its address."""
    return {address: hashlib.sha256(content).hexdigest() for address, content in _files()}


def _files() -> Iterator[tuple[str, bytes]]:
    for path in sorted((look.STATIC / "js").rglob("*.js")):
        yield look.module(path.relative_to(look.STATIC / "js").as_posix()), path.read_bytes()
    for path in sorted((look.STATIC / "img").glob("*.svg")):
        yield url_for("static", filename=f"img/{path.name}"), path.read_bytes()
    for names in sorted(_sheets()):
        yield look.stylesheet(*names), look.joined("+".join(names))[0].encode()
    for tag in STAFF_LANGUAGES:
        yield url_for("worker.offline", tag=tag), _offline(look.build(), tag).encode()


def _sheets() -> set[tuple[str, ...]]:
    """The style sheets that templates ask for together, read from the templates."""
    environment, found = current_app.jinja_env, set[tuple[str, ...]]()
    for name in environment.list_templates(extensions=["html"]):
        assert environment.loader is not None
        source = environment.loader.get_source(environment, name)[0]
        if "stylesheet(" in source:
            found |= set(_asked_for(environment.parse(source)))
    return found


def _asked_for(page: nodes.Template) -> Iterator[tuple[str, ...]]:
    named = {
        one.target.name: one.node
        for one in page.find_all(nodes.Assign)
        if isinstance(one.target, nodes.Name) and isinstance(one.node, nodes.Tuple)
    }
    for call in page.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "stylesheet":
            spread = call.dyn_args
            more = named[spread.name].items if isinstance(spread, nodes.Name) else []
            yield tuple(one.as_const() for one in (*call.args, *more))


@lru_cache(maxsize=1)
def _text(build: str) -> str:
    """The worker of a build: facts first, then static/sw.js with that build in its imports."""
    files = json.dumps(shell(), indent=0)
    version = f"{build}-{hashlib.sha256(files.encode()).hexdigest()[:8]}"
    source = (look.STATIC / "sw.js").read_text().replace("/shell/BUILD/", f"/shell/{build}/")
    return f'const version = "{version}";\nconst files = {files};\n{source}'


@lru_cache(maxsize=len(STAFF_LANGUAGES))
def _offline(build: str, tag: str) -> str:
    """Hazard: nothing of who asks may be in it, nor a nonce: its hash is in the worker."""
    with force_locale(tag):
        return render_template("pwa/offline.html", tag=tag, build=build)
