"""Requests and answers: who asks, what was typed, refusals, headers, where posts come from."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar, cast
from urllib.parse import quote, urlsplit

from flask import (
    Flask,
    Response,
    abort,
    current_app,
    g,
    jsonify,
    redirect,
    render_template,
    request,
)
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.wrappers import Response as BaseResponse

from inspection.db import begin_reading, db
from inspection.rules.access import RIGHTS, Member, may
from inspection.rules.refusal import N_, Refusal
from inspection.settings import Settings

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
KEY_FIELD = "submission_key"
TRAP_FIELD = "website"  # people never see it, robots fill it in
ALWAYS_ALLOWED = frozenset({KEY_FIELD, TRAP_FIELD, "lang", "version", "photo", "kept"})
PUBLIC_LANGUAGES = {
    "en": "English",
    "da": "Dansk",
    "sv": "Svenska",
    "nb": "Norsk",
    "fi": "Suomi",
    "de": "Deutsch",
    "pl": "Polski",
    "ar": "العربية",
}
STAFF_LANGUAGES = {"en": "English", "da": "Dansk"}

View = TypeVar("View", bound=Callable[..., Any])


# ---------------------------------------------------------------- who is asking


@dataclass(frozen=True)
class PersonCard:
    """The signed-in person, as pages need them."""

    id: int
    name: str
    email: str
    language: str
    session_id: int


@dataclass(frozen=True)
class ContractCard:
    """The contract of the address, as pages need it."""

    id: int
    slug: str
    name: str
    tz: str
    customer: str
    contractor: str


@dataclass
class Current:
    """Who is asking, in which contract; filled in before the view runs."""

    person: PersonCard | None = None
    contract: ContractCard | None = None
    member: Member | None = None
    session_stale: bool = False  # the session's "last seen" wants renewing at the next write


def current() -> Current:
    """Who is asking."""
    if "current" not in g:
        g.current = Current()
    return cast(Current, g.current)


def person() -> PersonCard:
    """The signed-in person; only inside views that ask for one."""
    found = current().person
    if found is None:
        abort(401)
    return found


def member() -> Member:
    """The acting member of the contract in the address; only inside views that ask for one."""
    found = current().member
    if found is None:
        abort(404)
    return found


def contract() -> ContractCard:
    """The contract in the address; only inside views that ask for a member."""
    found = current().contract
    if found is None:
        abort(404)
    return found


def settings() -> Settings:
    return cast(Settings, current_app.extensions["tandem"])


# ---------------------------------------------------------------- who may call a view


@dataclass(frozen=True)
class Rule:
    """Who may call a view: the public, a signed-in person, or a member with a right.

    Here only the role counts; the rulebook checks the side again, against who owns the work.
    """

    level: str  # public, person, member
    right: str = "see"


PUBLIC = Rule("public")
PERSON = Rule("person")
MEMBER = Rule("member")


def allow(rule: Rule) -> Callable[[View], View]:
    """Say who may call the view; a view without a rule answers nobody (and fails the tests)."""

    def decorate(view: View) -> View:
        view.rule = rule  # type: ignore[attr-defined]
        return view

    return decorate


def again(page: Callable[..., ResponseReturnValue]) -> Callable[[View], View]:
    """Show this page once more, with everything as typed, when the view refuses."""

    def decorate(view: View) -> View:
        view.again = page  # type: ignore[attr-defined]
        return view

    return decorate


def _admit() -> ResponseReturnValue | None:
    if request.endpoint is None or request.endpoint == "static":
        return None
    rule: Rule | None = getattr(current_app.view_functions[request.endpoint], "rule", None)
    if rule is None:
        abort(404)
    if rule.level == "public":
        return None
    if current().person is None:
        return _sign_in_first()
    if rule.level == "member" and member().role not in RIGHTS[rule.right].roles:
        abort(403)
    return None


def _sign_in_first() -> ResponseReturnValue:
    if request.method not in SAFE or wants_json():
        abort(401)
    return redirect(f"/sign-in?next={quote(request.full_path.rstrip('?'))}", 303)


def own_path(text: str | None, otherwise: str = "/") -> str:
    """`text` if it is a path of ours, else `otherwise`; nobody is sent to another host."""
    if not text or not text.startswith("/") or text[1:2] in ("/", "\\"):
        return otherwise
    if any(ord(letter) < 33 or letter == "\\" for letter in text):
        return otherwise
    return text


# ---------------------------------------------------------------- refusals


class Refused(Exception):
    """A rule said no; the answer says what, why and what next, and keeps what was typed."""

    def __init__(self, *refusals: Refusal, status: int = 422) -> None:
        super().__init__(", ".join(refusal.code for refusal in refusals))
        self.refusals = refusals
        self.status = status


def accepted(outcome: Any) -> Any:
    """The value a rule gave back; raises `Refused` when it is a refusal (or a list of them)."""
    if isinstance(outcome, Refusal):
        raise Refused(outcome)
    if isinstance(outcome, list) and outcome and isinstance(outcome[0], Refusal):
        raise Refused(*outcome)
    return outcome


def say(refusal: Refusal) -> str:
    """The refusal in the reader's language."""
    words = {
        name: gettext(value) if isinstance(value, str) else value
        for name, value in refusal.params.items()
    }
    sentence = str(gettext(refusal.sentence))
    return sentence % words if words else sentence


def wants_json() -> bool:
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json"


def _refused(refused: Refused) -> ResponseReturnValue:
    db.session.rollback()
    if wants_json():
        said = [{"code": r.code, "sentence": say(r), "field": r.where} for r in refused.refusals]
        return jsonify(refused=said), refused.status
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


def refusals() -> tuple[Refusal, ...]:
    """Why the form that is being shown again was refused."""
    refused: Refused | None = g.get("refused")
    return refused.refusals if refused else ()


def mistake(name: str) -> str:
    """The sentence beside the field `name` of a refused form, or nothing."""
    return next((say(refusal) for refusal in refusals() if refusal.where == name), "")


def mistakes_elsewhere() -> list[str]:
    """The sentences of a refused form that belong to no field."""
    return [say(refusal) for refusal in refusals() if refusal.where is None]


def typed(name: str, otherwise: Any = "") -> Any:
    """What was typed into the field `name` of a refused form, else `otherwise`."""
    if "refused" in g and name in submitted():
        return submitted()[name]
    return otherwise


def typed_pairs() -> list[tuple[str, str]]:
    """Everything typed into the refused form, for a page that knows nothing of its fields."""
    return [(k, v) for k, v in submitted().items(multi=True) if k not in (KEY_FIELD, TRAP_FIELD)]


# ---------------------------------------------------------------- what was typed


@dataclass(frozen=True)
class Field:
    """One field of a form: its kind, its longest value, and whether it must be there."""

    kind: str = "text"  # text, words (several lines), int, date, flag, moment
    limit: int = 200
    required: bool = False
    choices: Iterable[str] | None = None
    default: Any = ""


@dataclass(frozen=True)
class File:
    """A file that came with the form."""

    name: str
    filename: str
    data: bytes = field(repr=False)
    sha256: str = ""


def submitted() -> MultiDict[str, str]:
    """The fields of this post, from a form or from a flat JSON object."""
    if "submitted" not in g:
        g.submitted = _from_json() if request.is_json else request.form
    return cast("MultiDict[str, str]", g.submitted)


def _from_json() -> MultiDict[str, str]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise Refused(
            Refusal("form.not_an_object", N_("Send one JSON object with the form's fields."))
        )
    pairs: list[tuple[str, str]] = []
    for name, value in body.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict | list):
                raise Refused(
                    Refusal("form.nested", N_("Fields are flat: text, numbers, yes or no."))
                )
            pairs.append((name, _plain(one)))
    return MultiDict(pairs)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else ""
    return "" if value is None else str(value)


def files() -> list[File]:
    """The files of this post, read once; empty file inputs are left out."""
    if "files" not in g:
        read = []
        for name, storage in request.files.items(multi=True):
            data = storage.read()
            if data or storage.filename:
                read.append(
                    File(name, storage.filename or "", data, hashlib.sha256(data).hexdigest())
                )
        g.files = read
    return cast("list[File]", g.files)


def form(**fields: Field) -> dict[str, Any]:
    """The values of the named fields; every mistake at once, and no field we did not ask for."""
    posted = submitted()
    wrong = [
        Refusal("form.unknown_field", N_("This form has no field “%(name)s”."), {"name": name})
        for name in posted
        if name not in fields and name not in ALWAYS_ALLOWED
    ]
    values: dict[str, Any] = {}
    for name, asked in fields.items():
        value = _value(name, asked, posted.get(name, ""))
        if isinstance(value, Refusal):
            wrong.append(value)
        else:
            values[name] = value
    if wrong:
        raise Refused(*wrong)
    return values


def _value(name: str, asked: Field, raw: str) -> Any:
    text = raw.replace("\r\n", "\n").replace("\x00", "").strip()
    if not text:
        if asked.required:
            return Refusal("form.missing", N_("This is needed."), where=name)
        return False if asked.kind == "flag" else asked.default
    if len(text) > asked.limit:
        return Refusal(
            "form.too_long",
            N_("This is too long: %(length)s characters, at most %(limit)s fit."),
            {"length": len(text), "limit": asked.limit},
            where=name,
        )
    if asked.choices is not None and text not in set(asked.choices):
        return Refusal("form.not_a_choice", N_("Choose one of the offered values."), where=name)
    return _KINDS[asked.kind](name, text)


def _number(name: str, text: str) -> int | Refusal:
    if text.lstrip("-").isdecimal() and len(text) < 19:
        return int(text)
    return Refusal("form.not_a_number", N_("Write a whole number."), where=name)


def _date(name: str, text: str) -> date | Refusal:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return Refusal("form.not_a_date", N_("Write the date as 2026-12-31."), where=name)


def _moment(name: str, text: str) -> datetime | Refusal:
    wrong = Refusal("form.not_a_moment", N_("This is not a date and time."), where=name)
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return wrong
    return moment if moment.tzinfo is not None else wrong


_KINDS: Mapping[str, Callable[[str, str], Any]] = {
    "text": lambda name, text: " ".join(text.split()),
    "words": lambda name, text: text,
    "flag": lambda name, text: text not in ("0", "false", "no"),
    "int": _number,
    "date": _date,
    "moment": _moment,
}


# ---------------------------------------------------------------- secrets and signatures


def hashed(secret: str) -> str:
    """How a 128-bit secret is stored."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_secret() -> str:
    """128 random bits in 22 characters that fit an address."""
    return secrets.token_urlsafe(16)


def derived_secret(purpose: str, name: str) -> str:
    """128 bits that only we can make again from `name`; so a repeated answer can hold them."""
    key = settings().secret.encode()
    digest = hmac.new(key, f"{purpose}/{name}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")


def sign(purpose: str, value: Any) -> str:
    """A token for `value` that cannot be altered; for one purpose."""
    return str(URLSafeTimedSerializer(settings().secret, salt=purpose).dumps(value))


def unsign(purpose: str, token: str, seconds: int) -> Any:
    """The signed value, or None when altered, for another purpose, or older than `seconds`."""
    try:
        return URLSafeTimedSerializer(settings().secret, salt=purpose).loads(token, max_age=seconds)
    except BadData:
        return None


# ---------------------------------------------------------------- where a post may come from


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


# ---------------------------------------------------------------- headers


def csp_nonce() -> str:
    """The nonce of this answer's inline style and script."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    return cast(str, g.nonce)


_POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{0}'; style-src 'self' 'nonce-{0}'; "
    "img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; manifest-src 'self'; "
    "worker-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; "
    "frame-ancestors 'none'"
)


def _headers(response: Response) -> Response:
    headers = response.headers
    headers["Content-Security-Policy"] = _POLICY.format(csp_nonce())
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer" if not current().person else "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["X-Robots-Tag"] = "noindex"
    headers["Permissions-Policy"] = "camera=(self), geolocation=(), microphone=()"
    if settings().https:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if request.endpoint != "static" and "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store"
    return response


# ---------------------------------------------------------------- errors


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
    if isinstance(error, SecurityError):  # a forged host: no address can be made for a page
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


# ---------------------------------------------------------------- paging


def cursor(values: Iterable[Any]) -> str:
    """A place in a list, as text for an address."""
    plain = [v.isoformat() if isinstance(v, datetime) else v for v in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def at_cursor(text: str) -> list[Any] | None:
    """The values a cursor holds; None when it is not one of ours."""
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        return None
    return values if isinstance(values, list) else None


# ---------------------------------------------------------------- language and direction


def language() -> str:
    """The language of the page being shown."""
    if "language" not in g:
        locale = get_locale()
        g.language = str(locale.language) if locale else "en"
    return cast(str, g.language)


def direction() -> str:
    return "rtl" if language() == "ar" else "ltr"


def choose_language() -> str:
    """What was chosen in the address or form, else the person's own, else the phone's."""
    chosen = request.values.get("lang", "")
    offered = PUBLIC_LANGUAGES
    someone = current().person
    if chosen in offered:
        return chosen
    if someone is not None:
        return someone.language if someone.language in STAFF_LANGUAGES else "en"
    asked = request.accept_languages.best_match([*offered, "no", "nn"], default="en")
    return "nb" if asked in ("no", "nn") else asked


def init_app(app: Flask, *identify: Callable[[], None]) -> None:
    """Put the checks of every request on the app, in the order they must run."""
    app.before_request(begin_reading)
    app.before_request(_same_origin)
    for loader in identify:
        app.before_request(loader)
    app.before_request(_admit)
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
