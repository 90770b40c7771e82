"""How pages say things: moments as people say them, names in the reader's language."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton, format_timedelta
from flask import Flask, g, render_template, request
from flask_babel import get_translations
from markupsafe import Markup, escape
from sqlalchemy import Row

from inspection import clock
from inspection.rules.sla import OF_OTHER
from inspection.rules.states import ClockKind
from inspection.web import csp_nonce, current, language


def time_zone() -> str:
    """The time zone of the contract on the page; a page without one says Copenhagen's time."""
    contract = current().contract
    return contract.tz if contract else str(g.get("tz", "Europe/Copenhagen"))


UNITS = (("day", 86400), ("hour", 3600), ("minute", 60))


@lru_cache(maxsize=4096)
def _span(language: str, seconds: int, direction: bool, short: bool) -> str:
    """A span in words; Babel takes 20 µs for one, and a page says a hundred of few kinds."""
    return format_timedelta(
        timedelta(seconds=seconds),
        granularity="minute",
        threshold=1.0,
        add_direction=direction,
        format="short" if short else "long",
        locale=language,
    )


def _rounded(moment: datetime) -> int:
    """Whole days, hours or minutes since `moment`, in seconds; 0 for less than a minute."""
    return _whole(clock.now() - moment)


def _whole(span: timedelta) -> int:
    """The whole days, hours or minutes of a span, in seconds; 0 for less than a minute."""
    seconds = int(span.total_seconds())
    return next((seconds // size * size for _, size in UNITS if seconds >= size), 0)


SKELETONS = {"short": "MMMd", "long": "MMMMEEEEd", "year": "yMMMd"}


@lru_cache(maxsize=4096)
def _day(language: str, day: date, kind: str) -> str:
    """A date as its readers write it: "27. November", "November 27"."""
    at_noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    locale = "en_GB" if language == "en" else language  # plain "en" writes dates as Americans do
    return format_skeleton(SKELETONS[kind], at_noon, locale=locale)


def day(moment: datetime | date, kind: str = "year") -> str:
    """A date, or the day of a moment on the clock of the place: short, long or with the year."""
    here = local(moment).date() if isinstance(moment, datetime) else moment
    return _day(language(), here, kind)


def at(moment: datetime, kind: str = "short") -> str:
    """The day and the time on the clock of the place."""
    return f"{day(moment, kind)} {local(moment):%H:%M}"


def ago(moment: datetime) -> str:
    """How long since `moment`, as people say it: "5 minutes ago", "3 days ago", else the date."""
    past = _rounded(moment)
    if past >= 14 * 86400:
        return day(moment, "year" if past > 300 * 86400 else "short")
    return _span(language(), -past, True, False) if past else _say("just now")


def age(moment: datetime) -> str:
    """The same without a direction, for narrow columns: "3 days"."""
    return _span(language(), _rounded(moment), False, True)


def when(moment: datetime, short: bool = False) -> Markup:
    """How long since, with the exact moment on the clock of the place on hover."""
    spoken = age(moment) if short else ago(moment)
    exact = local(moment).strftime("%Y-%m-%d %H:%M")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        moment.isoformat(timespec="seconds"), exact, spoken
    )


def due_said(moment: datetime, paused: object = None) -> str:
    """When something is due, as people say it: "due in 3 hr", "due tomorrow 11:00", "2 days late".

    `paused`: since when its clock stands still, if it does; then no moment is promised.
    """
    left = moment - clock.now()
    if paused:
        return _say("on hold")
    if left <= timedelta():
        return _say("%(span)s late") % {
            "span": _span(language(), max(60, _whole(-left)), False, True)
        }
    if left < SOON:
        return _say("due in %(span)s") % {
            "span": _span(language(), max(60, _whole(left)), False, True)
        }
    return _due_then(local(moment))


def due_stage(due: datetime, warn: datetime | None, paused: object = None) -> str:
    """Where a due moment stands: paused, late, warned, or nothing to say yet."""
    now = clock.now()
    if paused:
        return "paused"
    if due <= now:
        return "late"
    return "warned" if warn is not None and warn <= now else ""


_RUN_ON = frozenset(kind.value for kind in OF_OTHER | {ClockKind.DECISION})


def stood_since(row: Row[Any]) -> datetime | None:
    """Since when the clock of a row's due moment stands still, if it does.

    A hold stops neither the clocks of the party that is asked nor what was late before it.
    """
    runs_on = row.due_kind in _RUN_ON or (row.paused_at and row.due_at <= row.paused_at)
    return None if runs_on else row.paused_at


def time_used(begun: datetime, due: datetime, warn: datetime | None = None) -> int:
    """How much of a clock's time is used, for a plot: 0 to 100 in steps of 5.

    Three quarters are used at `warn`, whatever nights and weekends lie between.
    """
    now = clock.now()
    middle = warn or begun + 0.75 * (due - begun)
    if now < middle:
        return _fifths(0, now - begun, middle - begun, 75)
    return _fifths(75, now - middle, due - middle, 25)


def spoken(row: Row[Any], timer: Any) -> tuple[Any, ...]:
    """What a row of the queue says of time: it is remembered as long as it says the same.

    `timer`: when the clock of its due moment began and warns, or None.
    """
    ages = age(row.closed_at or row.court_since), age(row.received_at)
    if row.due_at is None or row.closed_at is not None:
        return ages
    begun, warn = (timer.began_at, timer.warn_at) if timer else (row.received_at, None)
    stood = stood_since(row)
    stage = due_stage(row.due_at, warn, stood)
    used = time_used(begun, row.due_at, warn)
    return *ages, due_said(row.due_at, stood), stage, used


def _fifths(before: int, past: timedelta, whole: timedelta, share: int) -> int:
    used = share * max(0.0, past / whole) if whole > timedelta() else share
    return min(100, before + int(used) // 5 * 5)


SOON = timedelta(hours=6)


def _due_then(moment: datetime) -> str:
    """A due moment of another half of the day, on the clock of the place."""
    ahead = (moment.date() - local(clock.now()).date()).days
    if ahead > 6:
        return _say("due %(day)s") % {"day": day(moment, "year" if ahead > 300 else "short")}
    if ahead > 1:
        name = format_skeleton("EEEE", moment.replace(tzinfo=None), locale=language())
        return _say("due %(day)s %(time)s") % {"day": name, "time": f"{moment:%H:%M}"}
    sentence = _say("due tomorrow %(time)s") if ahead else _say("due today %(time)s")
    return sentence % {"time": f"{moment:%H:%M}"}


def named(names: Mapping[str, str]) -> str:
    """A name in the reader's language, else in English, else in any."""
    return names.get(language()) or names.get("en") or next(iter(names.values()), "")


def local(moment: datetime) -> datetime:
    """The moment on the clock of the place."""
    return moment.astimezone(ZoneInfo(time_zone()))


def _say(sentence: str) -> str:
    """The sentence in the page's language; the catalogue is looked up once a request.

    Flask-Babel's own look-up costs 5 µs a sentence, which is half of a page with a hundred.
    """
    return str(_catalogue().ugettext(sentence))


def _say_many(one: str, many: str, n: int) -> str:
    return str(_catalogue().ungettext(one, many, n))


def _catalogue() -> Any:
    if "catalogue" not in g:
        g.catalogue = get_translations()
    return g.catalogue


def said(sentences: Mapping[str, str]) -> list[tuple[str, str]]:
    """The notice that `?said=` of the address asks for, if it is one of `sentences`."""
    sentence = sentences.get(request.args.get("said", ""))
    return [("done", _say(sentence))] if sentence else []


_remembered: dict[tuple[Any, ...], Markup] = {}
MOST_REMEMBERED, MOST_SKELETONS = 2000, 100


def _frozen(part: Any) -> Any:
    """`part` as something a key can hold, whole: rows and lists too."""
    if isinstance(part, Row):
        part = tuple(part)
    try:
        hash(part)
    except TypeError:
        return _frozen_whole(part)
    return part


def _frozen_whole(part: Any) -> Any:
    if isinstance(part, tuple | list):
        return tuple(map(_frozen, part))
    return repr(part)


def remember(*key: Any, caller: Callable[[], Markup]) -> Markup:
    """A piece of a page that depends on nothing but `key` and the language, rendered once.

    Not for what holds a nonce or a submission key; what somebody wrote belongs into `key`. A form
    that is shown again is always rendered afresh.
    """
    if "refused" in g:
        return caller()
    known = (language(), *map(_frozen, key))
    piece = _remembered.get(known)
    if piece is None:
        piece = caller()
        if len(_remembered) >= MOST_REMEMBERED:
            _remembered.clear()
        _remembered[known] = piece
    return piece


_skeletons: dict[tuple[Any, ...], list[str]] = {}
_MARK = "Xm4rk{}4X"  # letters and digits only, so that escaping and addresses leave it as it is
_MARKED = re.compile(_MARK.format(r"(\w+?)"))


def filled(
    template: str,
    key: tuple[Any, ...],
    texts: Mapping[str, Any],
    given: Callable[[], dict[str, Any]],
) -> str:
    """A page that for one `key` and language differs only in a few `texts`.

    It is rendered once with marks in their place; then the texts, escaped, the nonce and fresh
    submission keys are put in. A text that decides what else is shown belongs into `key`; `given`
    must follow from `key`. A form that comes back is rendered as it is.
    """
    if "refused" in g:
        return render_template(template, **given(), **texts)
    known = (template, language(), *map(_frozen, key))
    skeleton = _skeletons.get(known)
    if skeleton is None:
        skeleton = _MARKED.split(_marked(template, texts, given()))
        if len(_skeletons) >= MOST_SKELETONS:  # the oldest goes; a page weighs some 50 KB
            _skeletons.pop(next(iter(_skeletons)), None)
        _skeletons[known] = skeleton
    return _put_in(skeleton, texts)


def _put_in(skeleton: list[str], texts: Mapping[str, Any]) -> str:
    pieces = skeleton.copy()
    pieces[1::2] = [_filling(name, texts) for name in pieces[1::2]]
    return "".join(pieces)


def _marked(template: str, texts: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    nonce, g.nonce = csp_nonce(), _MARK.format("nonce")
    keys = (_MARK.format(f"key{n}") for n in count())
    marks = {name: _MARK.format(name) for name in texts}
    try:
        return render_template(template, **given, **marks, submission_key=lambda: next(keys))
    finally:
        g.nonce = nonce


def _filling(name: str, texts: Mapping[str, Any]) -> str:
    if name == "nonce":
        return csp_nonce()
    return secrets.token_hex(16) if name.startswith("key") else str(escape(texts[name]))


def init_app(app: Flask) -> None:
    """Give templates these words."""
    app.jinja_env.filters.update(
        ago=ago, age=age, at=at, day=day, due_said=due_said, when=when, named=named, local=local
    )
    app.jinja_env.globals.update(
        remember=remember,
        time_zone=time_zone,
        now=clock.now,
        due_stage=due_stage,
        stood_since=stood_since,
        time_used=time_used,
        spoken=spoken,
    )
    app.jinja_env.install_gettext_callables(_say, _say_many, newstyle=True)  # type: ignore[attr-defined]
