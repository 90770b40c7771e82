"""How the installation is: alive, ready, and in numbers; the same checks serve `doctor`.

Whether it is ready decides if a load balancer sends people here, so only what stops them counts:
the database, the photo store, and tick. What the operator must look at soon (an old backup, mails
that were given up, a full disk) is told beside it and changes nothing.
"""

from __future__ import annotations

import ipaddress
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from flask import Blueprint, Response, abort, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from inspection import marks, post, schema, web
from inspection.actions.models import Action
from inspection.alerts import delivering
from inspection.db import db, dialect, table
from inspection.photos.evidence import store
from inspection.photos.storage import Directory

TICK_LIMIT = timedelta(seconds=60)
BACKUP_LIMIT = timedelta(days=2)
DISK_LIMIT = 0.9
LONG_LOG = 256 * 1024 * 1024  # bytes of SQLite's write-ahead log: a reader has been open for long

rooms = Blueprint("health", __name__)

_actions = table(Action)


@dataclass(frozen=True)
class Check:
    """One thing looked at: `stops` people when it is bad, or is only told."""

    name: str
    good: bool
    says: str
    stops: bool = False


# ---------------------------------------------------------------- what is looked at


def readiness() -> list[Check]:
    """What must be good for people to be served, and what the operator must see to."""
    return [database(), storage(), *told()]


def database() -> Check:
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        db.session.rollback()
        return Check("database", False, f"does not answer ({type(error).__name__})", stops=True)
    return Check("database", True, "answers", stops=True)


def storage() -> Check:
    """The photo store takes a file (a directory), or answers (S3)."""
    kept = store()
    try:
        if isinstance(kept, Directory):
            with tempfile.TemporaryFile(dir=kept.root) as file:
                file.write(b"1")
        else:
            kept.exists("0" * 64)
    except Exception as error:  # obstore has errors of its own for each kind of store
        return Check("photo store", False, f"cannot be used ({type(error).__name__})", stops=True)
    return Check("photo store", True, "can be written to", stops=True)


def told() -> Iterator[Check]:
    """What the database itself tells; nothing when it does not answer."""
    try:
        checks = [_tick(), _backup(), _mails(), _notices(), _log_size()]
    except SQLAlchemyError:
        db.session.rollback()
        yield Check("tick", False, "unknown: the database does not answer", stops=True)
        return
    yield from checks
    yield disk()


def _tick() -> Check:
    age = marks.age(marks.TICK)
    if age is None:
        return Check("tick", False, "has never run", stops=True)
    says = f"was here {int(age.total_seconds())} s ago"
    return Check("tick", age < TICK_LIMIT, says, stops=True)


def _backup() -> Check:
    age = marks.age(marks.BACKUP)
    if age is None:
        return Check("backup", False, "none was ever made and verified")
    hours = age.total_seconds() / 3600
    return Check("backup", age < BACKUP_LIMIT, f"the last verified one is {hours:.1f} h old")


def _mails() -> Check:
    there = post.load()
    says = f"{there.waiting} waiting, {there.parked} given up"
    return Check("mails", not there.parked and there.oldest < 3600, says)


def _notices() -> Check:
    there = delivering.load()
    late = there.oldest > delivering.DELAYED
    minutes = int(there.oldest.total_seconds() / 60)
    says = f"delayed by {minutes} min" if late else "on time"
    return Check("notices", not (late or there.parked), f"{says}, {there.parked} given up")


def _log_size() -> Check:
    name = db.engine.url.database
    if dialect() != "sqlite" or name is None:
        return Check("write-ahead log", True, "PostgreSQL's own")
    log = Path(f"{name}-wal")
    size = log.stat().st_size if log.exists() else 0
    return Check("write-ahead log", size < LONG_LOG, f"{size / 1e6:.1f} MB")


def disk() -> Check:
    space = shutil.disk_usage(web.settings().data)
    used = space.used / space.total
    return Check("disk", used < DISK_LIMIT, f"{used:.0%} used, {space.free / 1e9:.1f} GB free")


def setup() -> list[Check]:
    """What does not change while Tandem runs: for `doctor`."""
    chosen = web.settings()
    at, needed = schema.current(), schema.newest()
    proxied = chosen.https and not chosen.trusted_proxies
    return [
        Check("settings", True, f"data in {chosen.data}, open at {chosen.base_url}"),
        Check(
            "schema", at == needed, "up to date" if at == needed else "run: flask --app app migrate"
        ),
        *_durability(),
        Check(
            "debug", not current_app.debug, "off" if not current_app.debug else "on: turn it off"
        ),
        Check(
            "https",
            chosen.https or chosen.host_name in post.LOOPBACK,
            "the address is https"
            if chosen.https
            else "plain http: no passkeys and no camera beyond this machine",
        ),
        Check(
            "proxy",
            not proxied,
            "TANDEM_TRUSTED_PROXIES=0 with https: everybody seems to come from the proxy"
            if proxied
            else f"{chosen.trusted_proxies} in front",
        ),
        Check("mail server", chosen.smtp_url is not None, "set" if chosen.smtp_url else "none"),
    ]


def _durability() -> Iterator[Check]:
    if dialect() != "sqlite":
        return
    with db.engine.connect() as connection:
        log = connection.execute(text("PRAGMA journal_mode")).scalar_one()
        sync = connection.execute(text("PRAGMA synchronous")).scalar_one()
    good = log == "wal" and sync == 2
    yield Check(
        "durability", good, f"journal_mode {log}, synchronous {'FULL' if sync == 2 else sync}"
    )


# ---------------------------------------------------------------- who asks over the network


@rooms.get("/healthz")
@web.allow(web.PUBLIC)
def alive() -> ResponseReturnValue:
    """The process answers; nothing else is looked at."""
    return jsonify(alive=True)


@rooms.get("/readyz")
@web.allow(web.PUBLIC)
def ready() -> ResponseReturnValue:
    """Whether people can be served: 200 or 503, with what was found."""
    checks = readiness()
    stopped = [f"{check.name} {check.says}" for check in checks if check.stops and not check.good]
    answer = jsonify(
        ready=not stopped,
        reasons=stopped,
        checks={check.name: {"good": check.good, "says": check.says} for check in checks},
    )
    return answer, 503 if stopped else 200


@rooms.get("/metrics")
@web.allow(web.PUBLIC)
def numbers() -> ResponseReturnValue:
    """Prometheus text, for this machine alone: through a proxy there is nothing at this address.

    Counted when asked, so it is the same whichever process answers.
    """
    if not _asked_from_here():
        abort(404)
    from prometheus_client import CollectorRegistry, Gauge, generate_latest

    registry = CollectorRegistry()
    for name, says, value in _numbers():
        Gauge(name, says, registry=registry).set(value)
    return Response(generate_latest(registry), mimetype="text/plain")


def _asked_from_here() -> bool:
    """Straight from a loopback address: a proxy says for whom it asks."""
    original = request.environ.get("werkzeug.proxy_fix.orig", {})
    peer = original.get("REMOTE_ADDR") or request.environ.get("REMOTE_ADDR") or ""
    forwarded = ("X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via", "X-Forwarded-Host")
    try:
        here = ipaddress.ip_address(peer).is_loopback
    except ValueError:
        return False
    return here and not any(name in request.headers for name in forwarded)


def _numbers() -> Iterator[tuple[str, str, float]]:
    mails = post.load()
    yield "tandem_mails_waiting", "Mails not sent yet", mails.waiting
    yield "tandem_mails_parked", "Mails given up", mails.parked
    yield "tandem_mail_oldest_seconds", "How long the oldest mail waits", mails.oldest
    notices = delivering.load()
    yield "tandem_notices_parked", "Notices given up in a week", notices.parked
    oldest = notices.oldest.total_seconds()
    yield "tandem_notice_oldest_seconds", "How long the oldest notice that is due waits", oldest
    for name, mark in (("tick", marks.TICK), ("backup", marks.BACKUP)):
        age = marks.age(mark)
        seconds = age.total_seconds() if age is not None else float("inf")
        yield f"tandem_{name}_age_seconds", f"Since the last {name}", seconds
    waiting = select(func.count()).where(_actions.c.listed)
    yield (
        "tandem_actions_open",
        "Open actions, all contracts",
        db.session.execute(waiting).scalar_one(),
    )
    space = shutil.disk_usage(web.settings().data)
    yield "tandem_disk_free_bytes", "Free space where the data lies", space.free
    for check in readiness():
        name = f"tandem_{check.name.replace(' ', '_').replace('-', '_')}_good"
        yield name, f"1 when the check “{check.name}” is good", float(check.good)
