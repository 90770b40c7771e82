"""Calendar addresses: the coming visits in the calendar somebody already looks at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext, ngettext
from sqlalchemy import Row, Select, func, insert, or_, select, update

from inspection import budgets, clock, web, words
from inspection.assets.models import Asset
from inspection.contracts.models import Contract
from inspection.db import db, table, touched, writing
from inspection.idempotency import Done, actor_scope, once, receipt_secret
from inspection.journal import Happened
from inspection.journal import record as tell
from inspection.people.models import Membership, Person
from inspection.plans import titles
from inspection.plans.models import Feed
from inspection.rules.access import Member, Party
from inspection.rules.refusal import N_, Refusal
from inspection.rules.visit import VisitState
from inspection.visits import record
from inspection.visits.models import Visit
from inspection.web import MEMBER, PUBLIC, Field, Refused, again, allow

if TYPE_CHECKING:
    import icalendar

rooms = Blueprint("feeds", __name__)

BEHIND, AHEAD = timedelta(weeks=2), timedelta(weeks=8)
ONE_BY_ONE = 6
"""Visits of one plan on one day that are events of their own; more are one event."""
MOST = 10  # addresses of one member
MISSES, MISS_SECONDS = 20, 60
READ_AGAIN = timedelta(hours=1)  # calendars read often; when they last did is told to the hour
SAID = {
    "feed-made": N_("Made. Copy the address now: it is shown this once."),
    "feed-ended": N_("Ended. The address answers nobody any more."),
}
_feeds, _visits, _assets = table(Feed), table(Visit), table(Asset)
_members, _persons, _contracts = table(Membership), table(Person), table(Contract)
_SHOWN = [state.value for state in VisitState if state is not VisitState.CANCELLED]


# ---------------------------------------------------------------- the addresses of a member


@rooms.get("/c/<contract>/feeds")
@allow(MEMBER)
def addresses(contract: str) -> ResponseReturnValue:
    """The addresses this member made; the newest is shown in full once, right after it was made."""
    rows, fresh = of_member(web.member()), request.args.get("token", "")
    known = any(row.token_hash == web.hashed(fresh) and not row.ended_at for row in rows)
    return render_template(
        "plans/feeds.html",
        rows=rows,
        fresh=address(fresh) if fresh and known else "",
        weeks=AHEAD.days // 7,
        notices=words.said(SAID),
    )


def address(token: str) -> str:
    """The address of a feed, as other programs are given it."""
    return f"{web.settings().base_url}{url_for('feeds.feed', token=token)}"


def of_member(me: Member) -> list[Row[Any]]:
    """The addresses a member made, those in use first."""
    own = select(_feeds).where(_feeds.c.contract_id == me.contract_id, _feeds.c.member_id == me.id)
    return list(
        db.session.execute(own.order_by(_feeds.c.ended_at.is_not(None), _feeds.c.id.desc()))
    )


@rooms.post("/c/<contract>/feeds")
@allow(MEMBER)
@again(addresses)
def make(contract: str) -> ResponseReturnValue:
    """Make an address that only this member knows; `party`: only what that party may do."""
    given, me = web.form(party=Field(choices=list(Party))), web.member()

    def write() -> Done:
        if sum(row.ended_at is None for row in of_member(me)) >= MOST:
            raise Refused(_ENOUGH)
        row = {
            "contract_id": me.contract_id,
            "member_id": me.id,
            "token_hash": web.hashed(receipt_secret(actor_scope())),
            "party": given["party"] or None,
            "created_at": clock.now(),
        }
        made = db.session.execute(insert(_feeds).values(row).returning(_feeds.c.id)).scalar_one()
        tell(Happened(me.contract_id, "feed.made", "feed", made, me))
        return Done(f"{_page()}?token={{receipt}}", "feed-made", str(made))

    return once(write)


_ENOUGH = Refusal(
    "feed.enough", N_("You have %(most)s addresses. End one that you do not use."), {"most": MOST}
)


@rooms.post("/c/<contract>/feeds/<int:feed>/ending")
@allow(MEMBER)
@again(lambda contract, feed: addresses(contract))
def end(contract: str, feed: int) -> ResponseReturnValue:
    """End one of one's own addresses; nobody can read it again."""
    web.form()
    me = web.member()

    def write() -> Done:
        own = (
            _feeds.c.contract_id == me.contract_id,
            _feeds.c.member_id == me.id,
            _feeds.c.id == feed,
        )
        if db.session.execute(select(_feeds.c.id).where(*own)).first() is None:
            abort(404)
        open_still = update(_feeds).where(*own, _feeds.c.ended_at.is_(None))
        if touched(db.session.execute(open_still.values(ended_at=clock.now()))):
            tell(Happened(me.contract_id, "feed.ended", "feed", feed, me))
        return Done(_page(), "feed-ended")

    return once(write)


def _page() -> str:
    return url_for("feeds.addresses", contract=web.contract().slug)


# ---------------------------------------------------------------- what a calendar reads


@rooms.get("/feeds/<token>.ics")
@allow(PUBLIC)
def feed(token: str) -> ResponseReturnValue:
    """The coming visits as iCalendar; 404 for an address that is unknown, or ended."""
    found = _found(token)
    if found is None:
        _missed()
    _read(found)
    answer = Response(written(found), mimetype="text/calendar")
    answer.headers["Content-Disposition"] = 'inline; filename="tandem.ics"'
    return answer


_READERS: Select[Any] = (
    select(
        _feeds.c.id,
        _feeds.c.contract_id,
        _feeds.c.party,
        _feeds.c.read_at,
        _contracts.c.slug,
        _contracts.c.name,
        _contracts.c.tz,
        _persons.c.language,
    )
    .join_from(_feeds, _members, _feeds.c.member_id == _members.c.id)
    .join(_persons, _members.c.person_id == _persons.c.id)
    .join(_contracts, _feeds.c.contract_id == _contracts.c.id)
    .where(_feeds.c.ended_at.is_(None), _members.c.ended_at.is_(None))
)


def _found(token: str) -> Row[Any] | None:
    """The feed of a token, while its member works in the contract."""
    return db.session.execute(_READERS.where(_feeds.c.token_hash == web.hashed(token))).first()


def _missed() -> NoReturn:
    """Answer an address nobody has; counted by who asks, in a short write of its own."""
    key = f"feed/missed/{request.remote_addr}"
    if budgets.spent(key, MISS_SECONDS) >= MISSES:
        abort(429)
    with writing():
        budgets.spend(key, MISS_SECONDS)
    abort(404)


def _read(found: Row[Any]) -> None:
    """Remember to the hour when the calendar last asked."""
    now = clock.now()
    if found.read_at is not None and now - found.read_at < READ_AGAIN:
        return
    with writing():
        db.session.execute(update(_feeds).where(_feeds.c.id == found.id).values(read_at=now))


@dataclass(frozen=True)
class Entry:
    """One event of a day: `uid` stays the same however often it is read."""

    uid: str
    day: date
    summary: str
    place: str
    url: str


def written(found: Row[Any]) -> bytes:
    """The feed as iCalendar, in the language of whoever made it."""
    import icalendar  # 3 MB of every process for what few ask for

    host = urlsplit(web.settings().base_url).netloc
    with force_locale(found.language):
        made = icalendar.Calendar()
        made.add("prodid", "-//Tandem//Visits//EN")
        made.add("version", "2.0")
        made.add("x-wr-calname", _plain(found.name))
        made.add("x-wr-timezone", found.tz)
        made.add("refresh-interval", timedelta(hours=6), {"value": "DURATION"})
        made.add("x-published-ttl", "PT6H")
        for entry in entries(found, record.today(found.tz)):
            made.add_component(_event(entry, host))
        return bytes(made.to_ical())


def _event(entry: Entry, host: str) -> icalendar.Event:
    import icalendar

    event = icalendar.Event()
    event.add("uid", f"{entry.uid}@{host}")
    event.add("dtstamp", clock.now())
    event.add("dtstart", entry.day)
    event.add("dtend", entry.day + timedelta(days=1))
    event.add("summary", _plain(entry.summary))
    if entry.place:
        event.add("location", _plain(entry.place))
    event.add("url", entry.url)
    event.add("transp", "TRANSPARENT")
    return event


def _plain(text: str) -> str:
    """The text on one line, without what no calendar can show; the library escapes the rest."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def entries(found: Row[Any], today: date) -> Iterator[Entry]:
    """The events of two weeks back and eight ahead: each visit, or one for many of a plan."""
    named = titles.titles(found.contract_id, "checklist")
    for row in db.session.execute(_single(found, today)):
        yield _visit_entry(found, row, named.get(row.checklist_key, row.checklist_key), today)
    planned = titles.titles(found.contract_id, "plan")
    for (plan_key, day), rows in _many(found, today).items():
        yield _plan_entry(found, plan_key, planned.get(plan_key, plan_key), day, rows)


def _visit_entry(found: Row[Any], row: Row[Any], title: str, today: date) -> Entry:
    word = record.stands(row, today)
    said = f"{title} · {row.name}"
    before = _word(word)
    return Entry(
        f"visit-{row.id}",
        row.due_on,
        f"{before}: {said}" if before else said,
        f"{row.trail} › {row.name}" if row.trail else row.name,
        f"{web.settings().base_url}/c/{found.slug}/visits/{row.id}",
    )


def _word(word: str) -> str:
    """What stands before an event that does not simply wait; "" for one that does."""
    if word in record.WAS_DONE:
        return str(gettext("Done"))
    said = {"overdue": N_("Overdue"), "missed": N_("Missed"), "in_progress": N_("Begun")}
    return str(gettext(said[word])) if word in said else ""


def _plan_entry(
    found: Row[Any], plan_key: str, title: str, day: date, rows: Iterable[Row[Any]]
) -> Entry:
    counts = {row.state: row.all for row in rows}
    every = sum(counts.values())
    done = sum(counts.get(state, 0) for state in record.WAS_DONE)
    visits = ngettext("%(num)s visit", "%(num)s visits", every)
    some_done = f", {gettext('%(number)s done', number=done)}" if done else ""
    return Entry(
        f"plan-{found.slug}-{plan_key}-{day:%Y%m%d}",
        day,
        f"{title}: {visits}{some_done}",
        "",
        f"{web.settings().base_url}/c/{found.slug}/calendar?day={day}&plan={plan_key}",
    )


# ---------------------------------------------------------------- which visits


def _of_feed(found: Row[Any], today: date) -> Iterator[Any]:
    yield _visits.c.contract_id == found.contract_id
    yield _visits.c.state.in_(_SHOWN)
    yield _visits.c.due_on.between(today - BEHIND, today + AHEAD)
    if found.party:
        yield or_(_visits.c.for_party == found.party, _visits.c.for_party.is_(None))


def _single(found: Row[Any], today: date) -> Select[Any]:
    """Visits of plans that have few on a day, and those of no plan."""
    beside = func.count().over(partition_by=(_visits.c.plan_key, _visits.c.due_on))
    names = ("id", "asset_id", "plan_key", "checklist_key", "state", "due_from", "due_on")
    all_ = (
        select(*(_visits.c[name] for name in names), beside.label("beside"))
        .where(*_of_feed(found, today))
        .subquery()
    )
    return (
        select(all_, _assets.c.name, _assets.c.trail)
        .join_from(all_, _assets, all_.c.asset_id == _assets.c.id)
        .where(or_(all_.c.beside <= ONE_BY_ONE, all_.c.plan_key == ""))
        .order_by(all_.c.due_on, all_.c.id)
    )


def _many(found: Row[Any], today: date) -> dict[tuple[str, date], list[Row[Any]]]:
    """Of plans that have many on a day: how many stand where, by plan and day."""
    counted: Select[Any] = (
        select(_visits.c.plan_key, _visits.c.due_on, _visits.c.state, func.count().label("all"))
        .where(*_of_feed(found, today), _visits.c.plan_key != "")
        .group_by(_visits.c.plan_key, _visits.c.due_on, _visits.c.state)
        .order_by(_visits.c.due_on, _visits.c.plan_key)
    )
    by_day: dict[tuple[str, date], list[Row[Any]]] = {}
    for row in db.session.execute(counted):
        by_day.setdefault((row.plan_key, row.due_on), []).append(row)
    return {key: rows for key, rows in by_day.items() if sum(r.all for r in rows) > ONE_BY_ONE}
