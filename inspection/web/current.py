"""Who is asking, in which contract, and who may call a view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast
from urllib.parse import quote

from flask import abort, current_app, g, redirect, request
from flask.typing import ResponseReturnValue

from inspection.rules.access import RIGHTS, Member
from inspection.settings import Settings

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

View = TypeVar("View", bound=Callable[..., Any])


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


def admit() -> ResponseReturnValue | None:
    """Let the request through to its view, or answer instead; without a rule there is no view."""
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


def wants_json() -> bool:
    """Whether the answer is for a program: a page is for people."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json"
