"""What both parties say to a visit: comments, contested answers, agreement, amendments."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from inspection import web
from inspection.idempotency import Done, once
from inspection.visits import following
from inspection.visits.reading import one
from inspection.web import Field, Rule, again, allow

rooms = Blueprint("visit_answers", __name__)

TEXT = Field("words", limit=4000, required=True)
ITEM = Field(limit=64, required=True)
LEVELS = tuple("54321")


def posting(noun: str, right: str) -> Callable[[web.View], web.View]:
    """A post to `noun` of a visit; a refusal shows the visit again, with what was typed."""

    def decorate(view: web.View) -> web.View:
        guarded = allow(Rule("member", right))(again(one)(view))
        return rooms.post(f"/c/<contract>/visits/<int:visit>/{noun}")(guarded)

    return decorate


def _changed(visit: int, change: Callable[[], str], anchor: str = "") -> ResponseReturnValue:
    """Make one change and go back to the visit; `change` gives the word to say there."""
    address = url_for("visit_pages.one", contract=web.contract().slug, visit=visit)
    address += f"#{anchor}" if anchor else ""
    return once(lambda: Done(address, change(), str(visit)))


@posting("comments", "comment")
def comment(contract: str, visit: int) -> ResponseReturnValue:
    """Say something about the visit to both parties."""
    said = web.form(text=TEXT)

    def change() -> str:
        following.comment(web.member(), visit, said["text"])
        return "commented"

    return _changed(visit, change)


@posting("contests", "contest")
def contest(contract: str, visit: int) -> ResponseReturnValue:
    """Put the own party's view beside an answer of the other party."""
    said = web.form(item=ITEM, level=Field("int", choices=LEVELS, default=None), text=TEXT)

    def change() -> str:
        following.contest(web.member(), visit, said["item"], said["level"], said["text"])
        return "contested"

    return _changed(visit, change, f"answer-{said['item']}")


@posting("settlements", "contest")
def settle(contract: str, visit: int) -> ResponseReturnValue:
    """End what is contested about one answer."""
    said = web.form(
        item=ITEM, outcome=Field(required=True, choices=tuple(following.OUTCOMES)), text=TEXT
    )

    def change() -> str:
        following.settle(web.member(), visit, said["item"], said["outcome"], said["text"])
        return "settled"

    return _changed(visit, change, f"answer-{said['item']}")


@posting("agreement", "agree_visit")
def agree(contract: str, visit: int) -> ResponseReturnValue:
    """Agree for one's own party; final when both have."""
    web.form()
    return _changed(visit, lambda: "final" if following.agree(web.member(), visit) else "agreed")


@posting("amendments", "amend")
def amend(contract: str, visit: int) -> ResponseReturnValue:
    """Add something that stands beside the visit for good."""
    said = web.form(text=TEXT)

    def change() -> str:
        following.amend(web.member(), visit, said["text"])
        return "amended"

    return _changed(visit, change)


@posting("cancellation", "cancel_visit")
def ask_cancel(contract: str, visit: int) -> ResponseReturnValue:
    """Ask the other party to leave a planned visit out."""
    said = web.form(text=TEXT)

    def change() -> str:
        following.ask_cancel(web.member(), visit, said["text"])
        return "asked"

    return _changed(visit, change)


@posting("cancellation/agreement", "cancel_visit")
def agree_cancel(contract: str, visit: int) -> ResponseReturnValue:
    """Leave a planned visit out, as the other party asked."""
    web.form()

    def change() -> str:
        following.agree_cancel(web.member(), visit)
        return "cancelled"

    return _changed(visit, change)
