"""What every answer carries, and what is answered when something is refused or fails."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import cast
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import ClientDisconnected, HTTPException, SecurityError
from werkzeug.wrappers import Response as BaseResponse

from inspection.db import begin_reading, db
from inspection.rules.access import may
from inspection.rules.refusal import N_
from inspection.web.current import SAFE, admit, current, member, settings, wants_json
from inspection.web.forms import mistake, mistakes_elsewhere, refusals, typed, typed_pairs
from inspection.web.languages import PUBLIC_LANGUAGES, STAFF_LANGUAGES, direction, language
from inspection.web.paging import cursor
from inspection.web.refusals import Refused, say

ACTOR = "Tandem-Actor"  # the id of the person who saved a form on their phone; "" is nobody

# ---------------------------------------------------------------- where a post may come from


def _plain_address() -> None:
    """Refuse an address with a NUL in it: PostgreSQL's text cannot hold one."""
    if "\x00" in request.path or any("\x00" in value for value in request.args.values()):
        abort(400)


def _whole_body() -> None:
    """Let a body that ends before its length fail; it is never read as a shorter form.

    Hazard: gunicorn says `wsgi.input_terminated`, and werkzeug then looks at no length. Of 300
    forms on a line that cuts, 8 were applied with what was left of them. tests/rig/basement.
    """
    if request.content_length is not None:
        request.environ.pop("wsgi.input_terminated", None)


def _same_origin() -> None:
    """Refuse unsafe methods from elsewhere; there is no token in a page that could go stale.

    Chromium sends `Sec-Fetch-Site: same-site` for another port of localhost together with the
    cookie, so only same-origin and none (typed by the person) pass.
    """
    if request.method in SAFE:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site not in ("same-origin", "none"):
            abort(403)
        return
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        abort(403)
    if (
        origin is None
        and request.cookies
        and not request.headers.get("Referer", "").startswith(request.host_url)
    ):
        abort(403)


def _same_person() -> ResponseReturnValue | None:
    """Nobody sends in somebody else's name: what waited on a shared phone names who saved it."""
    meant = request.headers.get(ACTOR)
    who = current().person
    if meant is None or request.method in SAFE or meant == (str(who.id) if who else ""):
        return None
    return jsonify(error=gettext(_ERRORS[401]), actor=str(who.id) if who else ""), 401


# ---------------------------------------------------------------- headers


def csp_nonce() -> str:
    """The nonce of this answer's inline style and script."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    return cast(str, g.nonce)


_POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{0}'{1}; style-src 'self' 'nonce-{0}'; "
    "img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; manifest-src 'self'; "
    "worker-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; "
    "frame-ancestors 'none'"
)


def keep_on_phone() -> None:
    """Let the page that is being made be kept for where no signal is; else no page is kept."""
    g.kept_on_phone = True


def read_codes() -> None:
    """Let the page that is being made run the barcode reader, which is WebAssembly."""
    g.reads_codes = True


def _headers(response: Response) -> Response:
    headers = response.headers
    more = " 'wasm-unsafe-eval'" if g.get("reads_codes") else ""
    headers["Content-Security-Policy"] = _POLICY.format(csp_nonce(), more)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer" if not current().person else "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["X-Robots-Tag"] = "noindex"
    headers["Permissions-Policy"] = "camera=(self), geolocation=(), microphone=()"
    if settings().https:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if request.endpoint != "static" and "Cache-Control" not in headers:
        kept = g.get("kept_on_phone") and response.status_code == 200
        headers["Cache-Control"] = "private, no-cache" if kept else "no-store"
    return response


# ---------------------------------------------------------------- refusals and errors


_ERRORS = {
    400: N_("That request could not be understood."),
    401: N_("Sign in first; what you typed is kept on your page."),
    403: N_("This is not open to you."),
    404: N_("There is nothing at this address."),
    405: N_("This address does not take that."),
    413: N_("That is too large to send. Send fewer or smaller pictures; the words can stay."),
    429: N_("That was too often. Wait a minute and try again."),
    500: N_(
        "Something went wrong on our side. What you typed was not saved; go back and send it again."
    ),
}


def _error(error: HTTPException) -> ResponseReturnValue:
    db.session.rollback()
    if isinstance(error.response, BaseResponse):
        return cast(Response, error.response)
    if isinstance(error, SecurityError | ClientDisconnected):  # no address, no form to read
        return Response(_ERRORS[400], 400, mimetype="text/plain")
    code = error.code or 500
    sentence = gettext(_ERRORS.get(code, _ERRORS[400] if code < 500 else _ERRORS[500]))
    if wants_json():
        return jsonify(error=sentence), code
    return render_template("error.html", code=code, sentence=sentence), code


def _failure(error: Exception) -> ResponseReturnValue:
    """Anything nobody expected: a reference number for the person, the trace for the operator."""
    reference = secrets.token_hex(4)
    current_app.logger.error("failure %s on %s", reference, request.endpoint, exc_info=error)
    db.session.rollback()
    sentence = gettext(_ERRORS[500])
    if wants_json():
        return jsonify(error=sentence, reference=reference), 500
    return render_template("error.html", code=500, sentence=sentence, reference=reference), 500


def _refused(refused: Refused) -> ResponseReturnValue:
    db.session.rollback()
    if wants_json():
        said = [{"code": r.code, "sentence": say(r), "field": r.where} for r in refused.refusals]
        answer = jsonify(refused=said)
        if refused.retry_after:
            answer.headers["Retry-After"] = str(refused.retry_after)
        return answer, refused.status
    g.refused = refused
    page = getattr(current_app.view_functions.get(request.endpoint or ""), "again", None)
    if page is not None:
        begin_reading()
        try:
            answer = current_app.make_response(page(**(request.view_args or {})))
        except HTTPException as error:
            return _error(error)
        answer.status_code = refused.status
        return answer
    return render_template("refused.html", typed=typed_pairs()), refused.status


def init_app(app: Flask, *identify: Callable[[], None]) -> None:
    """Put the checks of every request on the app, in the order they must run."""
    app.before_request(begin_reading)
    app.before_request(_plain_address)
    app.before_request(_whole_body)
    app.before_request(_same_origin)
    for loader in identify:
        app.before_request(loader)
    app.before_request(_same_person)
    app.before_request(admit)
    app.after_request(_headers)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(HTTPException, _error)
    app.register_error_handler(Exception, _failure)
    app.jinja_env.globals.update(
        csp_nonce=csp_nonce,
        current=current,
        say=say,
        may=lambda right, owner=None: may(member(), right, owner),
        refusals=refusals,
        cursor=cursor,
        typed=typed,
        mistake=mistake,
        mistakes_elsewhere=mistakes_elsewhere,
        language=language,
        direction=direction,
        PUBLIC_LANGUAGES=PUBLIC_LANGUAGES,
        STAFF_LANGUAGES=STAFF_LANGUAGES,
    )
