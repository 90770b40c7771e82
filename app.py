"""Builds the app, hangs the rooms on it, and is the command line; nothing imports it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import wraps
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from flask_babel import Babel
from flask_compress import Compress
from werkzeug.middleware.proxy_fix import ProxyFix

from inspection import backup as backups
from inspection import db, health, idempotency, look, marks, schema, settings, web, words
from inspection import tick as ticking
from inspection.actions import decisions
from inspection.actions import follow_up as action_events
from inspection.alerts import delivering, inbox, spreading, subscribing, telling, wishes_routes
from inspection.alerts import routes as alert_routes
from inspection.assets import routes as asset_routes
from inspection.checklists import agreed as checklists
from inspection.checklists import editing, importing
from inspection.checklists import routes as checklist_routes
from inspection.contracts import agreeing, founding, home, presence
from inspection.contracts import routes as contract_routes
from inspection.people import invitations, persons, sessions
from inspection.people import routes as people_routes
from inspection.photos import evidence
from inspection.photos import routes as photo_routes
from inspection.plans import agreed as plans
from inspection.plans import calendar, coverage, feeds, laying, lots, rhythm, rounds, sampling
from inspection.plans import editing as plan_editing
from inspection.plans import routes as plan_routes
from inspection.pwa import manifest, preparing, waiting, worker
from inspection.pwa import routes as pwa_routes
from inspection.queue import (
    bulk,
    changes,
    deciding,
    disagreeing,
    duplicates,
    moving,
    proving,
    quarantined,
    search,
    viewing,
)
from inspection.queue import routes as queue_routes
from inspection.reports import routes as report_routes
from inspection.rules.access import Party, Role
from inspection.visits import answering, blank, handing, reading
from inspection.visits import models as _visits  # noqa: F401 - the tables
from inspection.visits import routes as visit_routes
from inspection.web import multipart, numbers
from qr import codes, payload, scanning, tags
from qr import presence as scans
from qr import routes as door_routes

ROOMS = (
    people_routes.rooms,
    home.rooms,
    contract_routes.rooms,
    agreeing.rooms,
    asset_routes.rooms,
    report_routes.rooms,
    queue_routes.rooms,
    moving.rooms,
    deciding.rooms,
    proving.rooms,
    quarantined.rooms,
    bulk.rooms,
    changes.rooms,
    duplicates.rooms,
    viewing.rooms,
    disagreeing.rooms,
    checklist_routes.rooms,
    importing.rooms,
    visit_routes.rooms,
    blank.rooms,
    reading.rooms,
    answering.rooms,
    handing.rooms,
    plan_routes.rooms,
    rounds.rooms,
    calendar.rooms,
    lots.rooms,
    coverage.rooms,
    feeds.rooms,
    alert_routes.rooms,
    wishes_routes.rooms,
    subscribing.rooms,
    photo_routes.rooms,
    door_routes.rooms,
    codes.rooms,
    scanning.rooms,
    pwa_routes.rooms,
    worker.rooms,
    manifest.rooms,
    preparing.rooms,
    waiting.rooms,
    health.rooms,
)


def create_app(environ: Mapping[str, str] | None = None) -> Flask:
    """The whole product; `environ` stands in for the process's environment variables."""
    try:
        chosen = settings.read(os.environ if environ is None else environ)
    except settings.WrongSetting as wrong:
        raise SystemExit(f"Tandem cannot start. {wrong}") from None
    app = Flask(__name__)
    app.extensions["tandem"] = chosen
    app.config.update(
        SQLALCHEMY_DATABASE_URI=chosen.database_url,
        MAX_CONTENT_LENGTH=64 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=500_000,
        MAX_FORM_PARTS=100,
        TRUSTED_HOSTS=list(chosen.trusted_hosts),
        COMPRESS_ALGORITHM=["zstd", "br", "gzip"],
        COMPRESS_ALGORITHM_STREAMING=["zstd", "br", "gzip", "deflate"],
        COMPRESS_LEVEL=3,  # a third of the time of level 6 for 5 % more bytes
        COMPRESS_MIN_SIZE=600,
        COMPRESS_EVALUATE_CONDITIONAL_REQUEST=False,
        BABEL_TRANSLATION_DIRECTORIES="translations",
    )
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    if chosen.trusted_proxies:
        hops = chosen.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    db.init_app(app)
    Babel(app, locale_selector=web.choose_language, timezone_selector=words.time_zone)
    Compress(app)
    multipart.init_app()
    numbers.init_app(app)
    words.init_app(app)
    look.init_app(app)
    evidence.init_app(app)
    app.jinja_env.globals.update(
        submission_key=idempotency.new_key,
        unread=inbox.unread_here,
        asked_of_us=decisions.waiting_here,
        our_hosts=scanning.our_hosts,
        barcode_reader=scanning.barcode_reader,
    )
    web.init_app(app, sessions.identify, presence.enter)
    for room in ROOMS:
        app.register_blueprint(room)
    preparing.init_app(app, tags.below)
    checklists.init_app()
    editing.init_app()
    plans.init_app()
    plan_editing.init_app()
    action_events.listen()
    telling.listen()
    spreading.listen()
    subscribing.listen()
    search.listen()
    scans.listen()
    rhythm.listen()
    sampling.listen()
    for command in COMMANDS:
        app.cli.add_command(command)
    return app


# ---------------------------------------------------------------- the command line


@contextmanager
def in_one_sentence() -> Iterator[None]:
    """What cannot be done is one sentence and exit status 1."""
    try:
        yield
    except web.Refused as no:
        said = [refusal.sentence % refusal.params for refusal in no.refusals]
        raise click.ClickException(" ".join(said)) from None
    except (backups.Unusable, schema.Busy, schema.Newer, settings.WrongSetting) as no:
        raise click.ClickException(str(no)) from None


COMMANDS: list[click.Command] = []


def command(name: str, *, fresh: bool = False) -> Callable[[Callable[..., None]], click.Command]:
    """Make a command of a function; all but `fresh` ones need a database that is up to date."""

    def decorate(work: Callable[..., None]) -> click.Command:
        @with_appcontext
        @wraps(work)
        def checked(*given: Any, **named: Any) -> None:
            if not fresh and schema.current() != schema.newest():
                raise click.ClickException(
                    "The database is new or of another version: run flask --app app migrate"
                )
            with db.reading():
                work(*given, **named)

        made = click.command(name)(in_one_sentence()(checked))
        COMMANDS.append(made)
        return made

    return decorate


def _data() -> Path:
    return web.settings().data


@command("serve", fresh=True)
def serve() -> None:
    """Serve and tick until you end it; a new installation gets the demo contract."""
    from inspection import serving

    if current_app.debug:
        raise click.ClickException("FLASK_DEBUG is on: anybody could run code here; turn it off")
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    serving.serve(app, _prepare)


@in_one_sentence()
def _prepare() -> None:
    from inspection.demo import welcome

    schema.migrate(_data())
    search.fill()
    with db.writing():
        marks.settle_epoch(_data() / backups.EPOCH_FILE)
    if web.settings().demo and welcome.is_wanted():
        click.echo("Setting up the demo: three months of a building's life …")
        welcome.set_up(tags.mint_for)
    click.echo("\n".join(_greeting(welcome.door())))
    for line in _demo_lines():
        click.echo(line)


def _greeting(door: str | None) -> Iterator[str]:
    chosen = web.settings()
    yield f"\nTandem is open at {chosen.base_url}"
    if chosen.host == "127.0.0.1":
        yield "For a phone on the same network, start it with TANDEM_HOST=0.0.0.0"
    if door is None:
        yield "Begin with a contract: flask --app app new-contract"


def _demo_lines() -> Iterator[str]:
    from inspection.demo import welcome

    door = welcome.door()
    if door is None:
        return
    from qr import labels

    address = payload.address(web.settings().base_url, door)
    yield f"\nThe code on the demo's door:\n\n{labels.terminal(address)}\n\n{address}"
    yield f"\nSign in to the demo; each link works once, for {_hours(welcome.LIFETIME)} hours:\n"
    yield from welcome.sign_ins()
    yield "\nEnd it with Ctrl-C.\n"


def _hours(lasting: timedelta) -> int:
    return round(lasting.total_seconds() / 3600)


@command("demo")
def demo() -> None:
    """Set up the demo contract if it is not here, and print ways in."""
    from inspection.demo import welcome

    if welcome.door() is None:
        welcome.set_up(tags.mint_for)
    for line in _demo_lines():
        click.echo(line)


@command("migrate", fresh=True)
def migrate() -> None:
    """Bring the database up to date; safe to run again and at the same time."""
    before, after = schema.migrate(_data())
    search.fill()
    click.echo(f"The schema is at {after}" + (", as before." if before == after else "."))


@command("reindex")
def reindex() -> None:
    """Gather the words that the queue's search looks through once more."""
    click.echo(f"{search.reindex()} actions can be found by their words.")


@command("tick")
@click.option("--once", is_flag=True, help="Do what is due now, then end.")
def tick(once: bool) -> None:
    """Do whatever is due: close fixes nobody objected to, send mails, sweep."""
    if once:
        done = ticking.due_now()
        delivering.finish()
        click.echo(f"{done} things done.")
        return
    from inspection import serving

    serving.keep_ticking(current_app._get_current_object())  # type: ignore[attr-defined]


@command("backup")
@click.option("--to", type=click.Path(path_type=Path), help="Where to; TANDEM_DATA/backups.")
def backup(to: Path | None) -> None:
    """Make a backup and read it back."""
    made = backups.make(to or _data() / "backups")
    click.echo(f"{made.folder}: {made.rows} rows and {made.photos} pictures, verified.")
    _say_missing(made)


@command("restore", fresh=True)
@click.argument("folder", metavar="BACKUP", type=click.Path(exists=True, path_type=Path))
@click.option("--yes", is_flag=True, help="Put it in the place of data that is here.")
def restore(folder: Path, yes: bool) -> None:
    """Put a backup in place, check all of it, and begin a new epoch."""
    done = backups.restore(folder, replace=yes)
    click.echo(f"{done.rows} rows and {done.photos} pictures are back; every audit trail holds.")
    _say_missing(done)


def _say_missing(outcome: backups.Outcome) -> None:
    for name in outcome.missing:
        click.echo(f"Missing or damaged picture: {name}", err=True)
    if outcome.missing:
        click.echo(f"{len(outcome.missing)} pictures are missing from the store.", err=True)


@command("audit-verify")
def audit_verify() -> None:
    """Check every contract's audit trail, and that none was cut since the last backup."""
    journals = backups.journals()
    for journal in journals:
        click.echo(str(journal))
    anchor = backups.newest_manifest()
    cut = backups.cut_short(anchor) if anchor else []
    for slug in cut:
        click.echo(f"{slug}: the trail no longer holds what the last backup saw")
    if cut or any(journal.broken is not None for journal in journals):
        sys.exit(1)


@command("doctor", fresh=True)
def doctor() -> None:
    """Look at everything that must be right, one line each."""
    checks = [*health.setup(), *health.readiness()]
    for check in checks:
        mark = "ok  " if check.good else ("BAD " if check.stops else "look")
        click.echo(f"{mark} {check.name}: {check.says}")
    if any(check.stops and not check.good for check in checks):
        sys.exit(1)


@command("new-contract")
@click.option("--name", prompt="Name of the contract")
@click.option("--slug", prompt="Short name in addresses, like harbour-house")
@click.option("--tz", default="Europe/Copenhagen", show_default=True, help="Time zone.")
@click.option("--customer", prompt="Customer: organisation")
@click.option("--customer-manager", prompt="Customer: name of its manager")
@click.option("--customer-email", prompt="Customer: e-mail of its manager")
@click.option("--contractor", prompt="Contractor: organisation")
@click.option("--contractor-manager", prompt="Contractor: name of its manager")
@click.option("--contractor-email", prompt="Contractor: e-mail of its manager")
def new_contract(name: str, slug: str, tz: str, **sides: str) -> None:
    """Begin a contract between two organisations, and invite a manager of each."""
    parties = {
        party: founding.Side(
            sides[party.value], sides[f"{party.value}_manager"], sides[f"{party.value}_email"]
        )
        for party in Party
    }
    with db.writing():
        links = founding.found(founding.Terms(name, slug, parties, tz))
    click.echo("The contract is there. Give each manager their link; it works once, for 7 days:")
    for party, link in links.items():
        click.echo(f"{parties[party].manager}, {party.value}: {link}")


@command("agreements")
@click.argument("contract")
def what_is_agreed(contract: str) -> None:
    """List what both parties agreed on; only they can, on their pages."""
    for shelf in agreeing.shelves(founding.called(contract).id):
        click.echo(f"{shelf.kind.key}{shelf.subject and '/' + shelf.subject}: {_standing(shelf)}")


def _standing(shelf: agreeing.Shelf) -> str:
    said = []
    if shelf.in_force is not None:
        row = shelf.in_force
        said.append(f"version {row.version} in force since {row.agreed_at:%Y-%m-%d}")
    if shelf.open is not None:
        waits = f", waits for the {shelf.waits_for}" if shelf.waits_for else ""
        said.append(f"version {shelf.open.version} {shelf.open.state}{waits}")
    return "; ".join(said) or "nothing yet"


@command("plan-visits")
@click.argument("contract")
def plan_visits(contract: str) -> None:
    """Lay out the visits of every plan in force for a year; tick does the same, in its time."""
    here = founding.called(contract).id
    for plan in plans.in_force(here):
        done = laying.lay_out(here, plan.subject, progress=_say_laid)
        said = f"{done.places} places, {done.laid} visits planned, {done.taken} taken back"
        click.echo(f"{plan.body['title']}: {said}.")


def _say_laid(laid: laying.Laid) -> None:
    if not laid.done:
        click.echo(f"  {laid.places} places, {laid.laid} visits …", err=True)


@command("invite")
@click.argument("email")
@click.option("--contract", help="Its short name; without it, a known person gets a way in.")
@click.option("--party", type=click.Choice([party.value for party in Party]))
@click.option("--role", type=click.Choice([role.value for role in Role]))
@click.option("--name", default="", help="Of a new person.")
def invite(
    email: str, contract: str | None, party: str | None, role: str | None, name: str
) -> None:
    """Print a link that lets somebody in, once, for seven days."""
    address = web.accepted(persons.address(email))
    with db.writing():
        if contract is None:
            link = _way_in(address)
        elif party is None or role is None:
            raise click.UsageError("With --contract, say --party and --role too.")
        else:
            place = founding.place(contract, Party(party), Role(role))
            link = invitations.link(invitations.invite(address, name or address, place, mail=False))
    click.echo(link)


def _way_in(address: str) -> str:
    try:
        return invitations.way_in_link(address)
    except LookupError:
        raise click.ClickException(f"Nobody here has the address {address}.") from None


@command("labels")
@click.argument("contract")
@click.option("--place", type=int, help="Number of the place, as in its address; all without it.")
@click.option("--to", type=click.Path(path_type=Path), default="labels.pdf", show_default=True)
def labels(contract: str, place: int | None, to: Path) -> None:
    """Write the labels of a place and everything below it, 21 to an A4 page."""
    from qr import labels as drawing

    drawn = [label for root in founding.places(contract, place) for label in codes.labels_of(root)]
    if not drawn:
        raise click.ClickException("There is no code in use there.")
    to.write_bytes(drawing.sheet(drawn))
    click.echo(f"{to}: {len(drawn)} labels.")
