"""Follow-up by receipt, without an account; and what staff enter for others, or let through."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import Row

from inspection import web
from inspection.assets import tree
from inspection.idempotency import Done, once, receipt_secret
from inspection.photos import evidence
from inspection.photos.serving import served
from inspection.reports import entering, following, receiving, tray, wording
from inspection.reports.following import Receipt
from inspection.reports.receiving import CONTACT_LIMIT, WORDS_LIMIT, Said
from inspection.rules.access import Member
from inspection.rules.lifecycle import Move
from inspection.rules.refusal import N_, Refusal
from inspection.rules.states import Outcome, State
from inspection.web import PUBLIC, Field, Refused, Rule, again, allow

rooms = Blueprint("reports", __name__)

REPORT = Rule("member", "report")
RELEASE = Rule("member", "release_held")
TEXT_LIMIT = 2000
FORMS = "answers, photos, withdrawal, confirmation, return, reopening, rating, thanks"

_SAID = {
    "received": N_("Received. Thank you for telling us."),
    "answered": N_("Your answer was passed on. Thank you."),
    "photo_added": N_("Your photo was added. Thank you."),
    "withdrawn": N_("You took your report back."),
    "confirmed": N_("Thank you. The people who check the work can see that it holds."),
    "returned": N_("Passed on: it is not fixed yet. Somebody will come back to it."),
    "reopened": N_("It is open again. Somebody will come back to it."),
    "rated": N_("Thank you for your rating. Both parties can see it."),
    "thanked": N_("Your thanks were passed on to the people who did it."),
    "released": N_("Let into the queue."),
    "discarded": N_("Put aside. Nobody is told."),
}


# ---------------------------------------------------------------- the receipt


@rooms.get("/r/<receipt>")
@rooms.get("/r/<receipt>/", endpoint="follow_up_again")
@allow(PUBLIC)
def follow_up(receipt: str) -> ResponseReturnValue:
    """Where a report stands, in plain words, and what its reporter can do now."""
    opened = following.opened(receipt)
    report, action = opened.report, opened.action
    g.tz = report.tz
    title, next_ = wording.headline(report, action)
    questions = _questions(opened)
    return render_template(
        "reports/follow_up.html",
        secret=receipt,
        link=f"{web.settings().base_url}/r/{receipt}",
        report=report,
        action=action,
        title=title,
        next=gettext("There is a question for you.") if questions else next_,
        steps=wording.steps(report, action),
        late=wording.written_late(report),
        photos=[_shown(receipt, row) for row in _own_photos(report)],
        refused_pictures=wording.said_of_pictures(request.args.getlist("refused")),
        questions=questions,
        can={move.value for move in following.can(opened)},
        until=following.reopening_ends(opened),
        outcome=action.outcome_text if _tells(opened) else "",
        closed=action.state == State.CLOSED,
        done=_is_done(opened),
        emergency=wording.emergency(report),
        privacy=wording.privacy(report),
        said=_said_here(),
        form_at=_refused_form(),
        chosen=_chosen(),
        TEXT_LIMIT=TEXT_LIMIT,
    )


@rooms.get(f"/r/<receipt>/<any({FORMS}):form>")
@allow(PUBLIC)
def follow_up_form(receipt: str, form: str) -> ResponseReturnValue:
    """A reload, or another language, on a form that came back: to the page."""
    following.opened(receipt)
    return redirect(f"/r/{receipt}{_lang()}", 303)


@rooms.get("/r/<receipt>/photos/<int:photo>/<any(picture, thumbnail):size>")
@allow(PUBLIC)
def own_photo(receipt: str, photo: int, size: str) -> ResponseReturnValue:
    """One of the reporter's own photos."""
    report = following.opened(receipt).report
    if all(row.id != photo for row in _own_photos(report)):
        abort(404)
    return served(report.contract_id, photo, size)


@rooms.post("/r/<receipt>/answers")
@allow(PUBLIC)
@again(follow_up)
def answer(receipt: str) -> ResponseReturnValue:
    """Answer what was asked."""
    fields = _form(receipt, question=Field("int", required=True), text=Field("words", TEXT_LIMIT))
    return _applied(
        receipt, lambda r: following.answer(r, fields["question"], fields["text"]), "answered"
    )


@rooms.post("/r/<receipt>/photos")
@allow(PUBLIC)
@again(follow_up)
def add_photos(receipt: str) -> ResponseReturnValue:
    """Show more."""
    _form(receipt)
    pictures = evidence.received().insist()
    return _applied(receipt, lambda r: following.add_photos(r, pictures), "photo_added")


@rooms.post("/r/<receipt>/withdrawal")
@allow(PUBLIC)
@again(follow_up)
def withdraw(receipt: str) -> ResponseReturnValue:
    """Take the report back."""
    _form(receipt)
    return _applied(receipt, following.withdraw, "withdrawn")


@rooms.post("/r/<receipt>/confirmation")
@allow(PUBLIC)
@again(follow_up)
def confirm(receipt: str) -> ResponseReturnValue:
    """Yes, it is fixed."""
    _form(receipt)
    return _applied(receipt, following.confirm, "confirmed")


@rooms.post("/r/<receipt>/return")
@allow(PUBLIC)
@again(follow_up)
def return_fix(receipt: str) -> ResponseReturnValue:
    """No, it is not fixed."""
    return _sent_back(receipt, Move.RETURN, "returned")


@rooms.post("/r/<receipt>/reopening")
@allow(PUBLIC)
@again(follow_up)
def reopen(receipt: str) -> ResponseReturnValue:
    """It is back."""
    return _sent_back(receipt, Move.REOPEN, "reopened")


@rooms.post("/r/<receipt>/rating")
@allow(PUBLIC)
@again(follow_up)
def rate(receipt: str) -> ResponseReturnValue:
    """How it went, 1 to 5."""
    fields = _form(receipt, stars=Field("int", required=True), text=Field("words", TEXT_LIMIT))
    return _applied(receipt, lambda r: following.rate(r, fields["stars"], fields["text"]), "rated")


@rooms.post("/r/<receipt>/thanks")
@allow(PUBLIC)
@again(follow_up)
def thank(receipt: str) -> ResponseReturnValue:
    """Thank you."""
    _form(receipt)
    return _applied(receipt, following.thank, "thanked")


def _form(receipt: str, **fields: Field) -> dict[str, Any]:
    """The form's values; first of all the receipt must be one, so that nothing else is answered."""
    following.opened(receipt)
    return web.form(**fields)


def _sent_back(receipt: str, move: Move, said: str) -> ResponseReturnValue:
    fields = _form(receipt, text=Field("words", TEXT_LIMIT))
    pictures = evidence.received().insist()
    return _applied(receipt, lambda r: following.send_back(r, move, fields["text"], pictures), said)


def _applied(receipt: str, change: Callable[[Receipt], object], said: str) -> ResponseReturnValue:
    """Change what the receipt opens, once, and lead back to its page.

    The answer's address is relative (`./` of `/r/<receipt>/thanks`): it is stored with the form,
    and a receipt's secret is stored nowhere.
    """
    report = following.opened(receipt).report

    def write() -> Done:
        change(following.remembered(following.opened(receipt)))
        return Done(f"./{_lang()}", said, report.reference)

    return once(write, f"c{report.contract_id}/r{report.id}")


def _lang() -> str:
    return f"?lang={_chosen()}" if _chosen() else ""


def _chosen() -> str:
    """The language picked by hand, to be carried along."""
    chosen = request.values.get("lang", "")
    return chosen if chosen in web.PUBLIC_LANGUAGES else ""


def _said_here() -> str:
    """The sentence for what just happened."""
    sentence = _SAID.get(request.args.get("said", ""))
    return gettext(sentence) if sentence else ""


def _refused_form() -> str:
    """The form that is being shown again."""
    return "" if request.method in web.SAFE else str(request.endpoint).rpartition(".")[2]


def _own_photos(report: Row[Any]) -> list[Row[Any]]:
    return evidence.of(report.contract_id, report_id=report.id)


def _shown(receipt: str, photo: Row[Any]) -> dict[str, str]:
    return _strip(f"/r/{receipt}/photos/{photo.id}", photo)


def _strip(address: str, photo: Row[Any]) -> dict[str, str]:
    """A photo as pages show it."""
    return {
        "url": f"{address}/picture",
        "thumb_url": f"{address}/thumbnail",
        "caption": "",
        "standing": photo.standing,
    }


def _questions(opened: Receipt) -> list[Row[Any]]:
    silent = opened.report.held or opened.report.withdrawn_at is not None
    return [] if silent else following.open_questions(opened)


def _tells(opened: Receipt) -> bool:
    """Whether what was done is told: while it counts as fixed, and to no held report."""
    at_rest = opened.action.state in (State.FIXED, State.MONITORING, State.CLOSED)
    return at_rest and not opened.report.held


def _is_done(opened: Receipt) -> bool:
    """Whether there is a fix to confirm, rate and be thankful for."""
    report, action = opened.report, opened.action
    ended_well = action.outcome in (Outcome.FIXED, Outcome.NO_FAULT_FOUND, Outcome.EFFECTIVE)
    return ended_well and not report.held and report.withdrawn_at is None


# ---------------------------------------------------------------- what staff enter


@rooms.get("/c/<contract>/reports/new")
@allow(REPORT)
def new(contract: str) -> ResponseReturnValue:
    """Enter what somebody said, or what you saw: first the place, then the words."""
    here = web.contract()
    asked = web.typed("place") or request.args.get("place", "")
    place = entering.place(here.id, str(asked))
    words = request.args.get("q", "").strip()
    return render_template(
        "reports/new.html",
        place=place,
        q=words,
        found=tree.search(here.id, words, entering.MOST) if place is None else [],
        FOUND_MOST=entering.MOST,
        choices=receiving.choices(receiving.categories(here.id)),
        WORDS_LIMIT=WORDS_LIMIT,
        CONTACT_LIMIT=CONTACT_LIMIT,
    )


@rooms.post("/c/<contract>/reports")
@allow(REPORT)
@again(new)
def enter(contract: str) -> ResponseReturnValue:
    """Take the report somebody else told, or one's own."""
    fields = web.form(
        place=Field("int", required=True),
        category=Field(limit=30),
        words=Field("words", WORDS_LIMIT),
        contact=Field(limit=CONTACT_LIMIT),
        source=Field(limit=8, choices=("phone", "staff"), default="phone"),
        spoken=Field(limit=8, choices=web.PUBLIC_LANGUAGES, default=""),
    )
    here, by = web.contract(), web.member()
    pictures = evidence.received().insist()
    scope = f"c{here.id}/p{by.person_id}"

    def write() -> Done:
        heard = receiving.receive(
            Said(
                place=tree.found(here.id, fields["place"]),
                category=receiving.category_named(here.id, fields["category"]),
                words=fields["words"],
                language=fields["spoken"] or web.language(),
                receipt=receipt_secret(scope),
                contact=fields["contact"],
                source=fields["source"],
                by=by,
                pictures=pictures,
            )
        )
        return Done(f"/c/{here.slug}/reports/{{receipt}}", "received", heard.reference)

    return once(write, scope)


@rooms.get("/c/<contract>/reports/<receipt>")
@allow(REPORT)
def entered(contract: str, receipt: str) -> ResponseReturnValue:
    """What was entered: the action it belongs to, and the link to read out or send."""
    opened = following.opened(receipt)
    if opened.report.contract_id != web.contract().id:
        abort(404)
    return render_template(
        "reports/entered.html",
        report=opened.report,
        action=opened.action,
        link=f"{web.settings().base_url}/r/{receipt}",
        said=_said_here(),
    )


# ---------------------------------------------------------------- the tray


@rooms.get("/c/<contract>/tray")
@allow(RELEASE)
def held(contract: str) -> ResponseReturnValue:
    """What waits for a look before it goes into the queue."""
    here = web.contract()
    reports = tray.held(here.id)
    photos: dict[int, list[dict[str, str]]] = {}
    for photo in evidence.of(here.id, report_id=[row.id for row in reports]):
        shown = _strip(f"/c/{here.slug}/photos/{photo.id}", photo)
        photos.setdefault(photo.report_id, []).append(shown)
    return render_template(
        "reports/tray.html",
        reports=reports,
        total=tray.count(here.id),
        photos=photos,
        said=_said_here(),
    )


@rooms.post("/c/<contract>/tray/release")
@allow(RELEASE)
@again(held)
def release(contract: str) -> ResponseReturnValue:
    """Let the chosen reports into the queue."""
    return _decided(tray.release, "released")


@rooms.post("/c/<contract>/tray/discard")
@allow(RELEASE)
@again(held)
def discard(contract: str) -> ResponseReturnValue:
    """Put the chosen reports aside."""
    return _decided(tray.discard, "discarded")


def _decided(decide: Callable[[Member, list[int]], int], said: str) -> ResponseReturnValue:
    web.form(report=Field(limit=20))
    named = map(web.whole, web.submitted().getlist("report"))
    chosen = [number for number in named if number is not None]
    if not chosen:
        raise Refused(Refusal("tray.nothing_chosen", N_("Choose at least one report.")))
    here, by = web.contract(), web.member()

    def write() -> Done:
        decided = decide(by, chosen)
        return Done(f"/c/{here.slug}/tray", said, str(decided))

    return once(write)
