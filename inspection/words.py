"""How pages say things: moments as people say them, names in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_timedelta
from flask import Flask, g
from flask_babel import format_date, get_locale, gettext
from markupsafe import Markup

from inspection import clock
from inspection.web import current, language


def time_zone() -> str:
    """The time zone of the contract on the page; a page without one says Copenhagen's time."""
    contract = current().contract
    return contract.tz if contract else str(g.get("tz", "Europe/Copenhagen"))


def ago(moment: datetime) -> str:
    """How long since `moment`, as people say it: "5 minutes ago", "3 days ago", else the date."""
    past = clock.now() - moment
    if past.days >= 14:
        return str(format_date(moment, "d MMM y" if past.days > 300 else "d MMM"))
    if past.total_seconds() < 60:
        return str(gettext("just now"))
    return format_timedelta(
        -past, granularity="minute", add_direction=True, threshold=1.0, locale=get_locale()
    )


def age(moment: datetime) -> str:
    """The same without a direction, for narrow columns: "3 days"."""
    past = clock.now() - moment
    return format_timedelta(past, granularity="minute", format="short", locale=get_locale())


def named(names: Mapping[str, str]) -> str:
    """A name in the reader's language, else in English, else in any."""
    return names.get(language()) or names.get("en") or next(iter(names.values()), "")


@lru_cache(maxsize=32)
def inline_css(name: str) -> Markup:
    """A style sheet of ours as text for a page of one response, without its comments."""
    folder = Path(__file__).resolve().parents[1] / "static" / "css"
    text = (folder / name).read_text()
    while "/*" in text:
        before, _, rest = text.partition("/*")
        text = before + rest.partition("*/")[2]
    lines = (line.strip() for line in text.splitlines())
    return Markup("".join(filter(None, lines)))  # noqa: S704 - our own file, read once


def local(moment: datetime) -> datetime:
    """The moment on the clock of the place."""
    return moment.astimezone(ZoneInfo(time_zone()))


def init_app(app: Flask) -> None:
    """Give templates these words."""
    app.jinja_env.filters.update(ago=ago, age=age, named=named, local=local)
    app.jinja_env.globals["inline_css"] = inline_css
