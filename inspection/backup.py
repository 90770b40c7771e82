"""Backups that are known to be whole, and putting one back.

A backup is a directory: the database, the pictures it names (hard links where possible, they are
never written to again), their names in `photos.txt`, and `manifest.json`, which says what all of it
must be. It counts only when it was read back: SQLite's own checks, every journal's chain, every
picture's hash. Pictures are taken after the database, so every picture that it names is there.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, func, select, text, union, update
from sqlalchemy import table as named

from inspection import clock, marks, schema
from inspection.alerts.models import Delivery
from inspection.contracts.models import Contract
from inspection.db import Model, db, dialect, table, writing
from inspection.journal import GENESIS, Event, Happened, first_broken, record
from inspection.people.models import Mail
from inspection.photos.evidence import store
from inspection.photos.models import Photo
from inspection.photos.storage import Directory, Store, key
from inspection.web import settings

FORMAT = 1
EPOCH_FILE = "epoch"
RUNNING = "running.lock"  # held by a serving Tandem
_MANIFEST, _PICTURES = "manifest.json", "photos.txt"
_DATABASE = {"sqlite": "tandem.sqlite3", "postgresql": "tandem.pgdump"}

_deliveries = table(Delivery)
_contracts, _events, _photos, _mails = table(Contract), table(Event), table(Photo), table(Mail)


class Unusable(Exception):
    """What was asked for cannot be done; one sentence for the operator."""


@dataclass(frozen=True)
class Journal:
    """The head of a contract's chain of events, and the first event that does not fit it."""

    slug: str
    contract_id: int
    seq: int
    hash: str
    broken: int | None

    def __str__(self) -> str:
        if self.broken is None:
            return f"{self.slug}: {self.seq} events, the chain holds"
        return f"{self.slug}: event {self.broken} was altered, removed or forged"


@dataclass(frozen=True)
class Outcome:
    """Where the backup is, how many rows and pictures it holds, and the pictures it misses."""

    folder: Path
    rows: int
    photos: int
    missing: tuple[str, ...]


# ---------------------------------------------------------------- what a database holds


def journals(copy: Connection | None = None) -> list[Journal]:
    """Every contract's journal, checked from its first event to its last."""
    reader = copy or db.session
    contracts = reader.execute(select(_contracts.c.id, _contracts.c.slug).order_by("slug")).all()
    return [_journal(reader, row.id, row.slug, copy) for row in contracts]


def _journal(reader: Any, contract_id: int, slug: str, copy: Connection | None) -> Journal:
    mine = select(_events.c.seq, _events.c.hash).where(_events.c.contract_id == contract_id)
    head = reader.execute(mine.order_by(_events.c.seq.desc()).limit(1)).first()
    seq, last = (head.seq, head.hash) if head else (0, GENESIS)
    return Journal(slug, contract_id, seq, last, first_broken(contract_id, copy))


def cut_short(anchor: dict[str, Any]) -> list[str]:
    """The contracts whose journal no longer holds the head that a backup's manifest saw."""
    return [
        slug for slug, head in anchor["journals"].items() if head["seq"] and not _holds(slug, head)
    ]


def _holds(slug: str, head: dict[str, Any]) -> bool:
    found = db.session.execute(
        select(_events.c.hash)
        .join_from(_events, _contracts, _events.c.contract_id == _contracts.c.id)
        .where(_contracts.c.slug == slug, _events.c.seq == head["seq"])
    ).scalar()
    return bool(found == head["hash"])


def newest_manifest() -> dict[str, Any] | None:
    """What the last backup made here says, if it can still be read."""
    last = marks.get(marks.BACKUP)
    try:
        return _read_manifest(Path(last.value)) if last is not None else None
    except Unusable:
        return None


def _counts(reader: Connection, names: Iterable[str]) -> dict[str, int]:
    """How many rows stand in the tables of these names; a backup may know fewer than we do."""
    return {
        name: reader.execute(select(func.count()).select_from(named(name))).scalar_one()
        for name in names
    }


def _picture_names(reader: Connection) -> list[str]:
    names = union(select(_photos.c.picture), select(_photos.c.thumbnail))
    return sorted(filter(None, reader.execute(names).scalars()))  # none for what is on its way


# ---------------------------------------------------------------- making one


def make(to: Path) -> Outcome:
    """Make a backup below `to`; it appears there only when it is whole and verified.

    Raises `Unusable`.
    """
    name = f"tandem-{clock.now():%Y%m%dT%H%M%SZ}"
    to.mkdir(parents=True, exist_ok=True, mode=0o700)
    part, folder = to / f".{name}.part", to / name
    if folder.exists():
        raise Unusable(f"{folder} is there already")
    part.mkdir(mode=0o700)
    try:
        outcome = _fill(part, folder)
        verify(part)
        _sync_tree(part)
        os.rename(part, folder)
        _sync(to)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    with writing():
        marks.put(marks.BACKUP, str(folder))
    return outcome


def _fill(part: Path, folder: Path) -> Outcome:
    engine = dialect()
    database = part / _DATABASE[engine]
    with _snapshot(database) as copy:
        chains = journals(copy)
        broken = [str(journal) for journal in chains if journal.broken is not None]
        if broken:
            raise Unusable("The audit trail does not hold, so no backup was made. " + broken[0])
        counts, wanted = _counts(copy, Model.metadata.tables), _picture_names(copy)
        revision = schema.revision(copy)
    missing = _take_pictures(store(), wanted, part / "photos")
    held = [name for name in wanted if name not in missing]
    (part / _PICTURES).write_text("".join(f"{name}\n" for name in held))
    manifest = {
        "format": FORMAT,
        "version": _version(),
        "made_at": clock.now().isoformat(),
        "engine": engine,
        "schema": revision,
        "epoch": marks.epoch(),
        "database": {"bytes": database.stat().st_size, "sha256": _sha256(database)},
        "counts": counts,
        "journals": {one.slug: {"seq": one.seq, "hash": one.hash} for one in chains},
        "photos": {
            "copied": isinstance(store(), Directory),
            "count": len(held),
            "list_sha256": _sha256(part / _PICTURES),
            "missing": sorted(missing),
        },
    }
    manifest["seal"] = _seal(manifest)
    (part / _MANIFEST).write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
    return Outcome(folder, sum(counts.values()), len(held), tuple(sorted(missing)))


@contextmanager
def _snapshot(database: Path) -> Iterator[Connection]:
    """Write the database into one file and look at exactly what was written."""
    made = _sqlite_snapshot if dialect() == "sqlite" else _postgresql_snapshot
    with made(database) as copy:
        yield copy


@contextmanager
def _sqlite_snapshot(database: Path) -> Iterator[Connection]:
    """Hazard: `cp` was corrupt 6 times of 6, `backup(pages=100)` never ended under load."""
    source = sqlite3.connect(str(db.engine.url.database), timeout=60)
    try:
        source.execute("VACUUM INTO ?", (str(database),))
    finally:
        source.close()
    engine = create_engine(URL.create("sqlite", database=str(database)))
    try:
        with engine.connect() as copy:
            whole = copy.execute(text("PRAGMA integrity_check")).scalars().all()
            dangling = copy.execute(text("PRAGMA foreign_key_check")).all()
            if whole != ["ok"] or dangling:
                raise Unusable(f"The database is damaged: {(whole, dangling)}"[:300])
            yield copy
    finally:
        engine.dispose()


@contextmanager
def _postgresql_snapshot(database: Path) -> Iterator[Connection]:
    with db.engine.connect().execution_options(isolation_level="REPEATABLE READ") as copy:
        snapshot = copy.execute(text("SELECT pg_export_snapshot()")).scalar_one()
        _run("pg_dump", "-Fc", "--no-owner", f"--snapshot={snapshot}", f"--file={database}")
        yield copy


def _run(tool: str, *arguments: str) -> None:
    """Run one of PostgreSQL's own tools on our database; the password is not in its arguments."""
    if shutil.which(tool) is None:
        raise Unusable(f"{tool} is not installed: apt-get install postgresql-client")
    url = db.engine.url
    plain = url.set(drivername="postgresql", password=None).render_as_string()
    password = {"PGPASSWORD": str(url.password)} if url.password else {}
    done = subprocess.run(  # noqa: S603 - fixed tools, our own arguments
        [tool, *arguments, f"--dbname={plain}"],
        env={**os.environ, **password},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Unusable(f"{tool}: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")


def _take_pictures(kept: Store, names: Iterable[str], into: Path) -> set[str]:
    """Put the pictures into the backup; the names of those that are missing or damaged.

    An S3 store keeps its own copies: there only what is missing is found out.
    """
    if not isinstance(kept, Directory):
        return set(names) - set(kept.names())
    return {name for name in names if not _take(kept.root / key(name), into / key(name))}


def _take(source: Path, target: Path) -> bool:
    if not source.is_file() or _sha256(source) != source.name:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return True


# ---------------------------------------------------------------- reading one


def verify(folder: Path) -> dict[str, Any]:
    """The manifest of a backup that is exactly what its manifest says; raises `Unusable`."""
    manifest = _read_manifest(folder)
    database = folder / _DATABASE[manifest["engine"]]
    names = folder / _PICTURES
    for path, sha256 in (
        (database, manifest["database"]["sha256"]),
        (names, manifest["photos"]["list_sha256"]),
    ):
        if not path.is_file() or _sha256(path) != sha256:
            raise Unusable(f"{path.name} is not what was backed up")
    if manifest["engine"] == "postgresql":
        _run_list(database)
    for name in _held(folder, manifest):
        picture = folder / "photos" / key(name)
        if picture.is_file() and _sha256(picture) != name:
            raise Unusable(f"photos/{key(name)} is not what was backed up")
    return manifest


def _run_list(database: Path) -> None:
    if shutil.which("pg_restore") is None:
        raise Unusable("pg_restore is not installed: apt-get install postgresql-client")
    listing = ["pg_restore", "--list", str(database)]
    if subprocess.run(listing, capture_output=True, check=False).returncode:  # noqa: S603
        raise Unusable(f"{database.name} cannot be read by pg_restore")


def _held(folder: Path, manifest: dict[str, Any]) -> list[str]:
    return (folder / _PICTURES).read_text().split() if manifest["photos"]["copied"] else []


def _read_manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / _MANIFEST).read_text())
        seal = manifest.pop("seal")
    except (OSError, ValueError, KeyError, AttributeError):
        raise Unusable(f"{folder} is no backup: its {_MANIFEST} cannot be read") from None
    if seal != _seal(manifest):
        raise Unusable(f"{folder / _MANIFEST} was altered")
    if manifest["format"] != FORMAT:
        raise Unusable(f"{folder} was made by another version: format {manifest['format']}")
    return dict(manifest)


def _seal(manifest: dict[str, Any]) -> str:
    plain = json.dumps(manifest, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


# ---------------------------------------------------------------- putting one back


def restore(folder: Path, *, replace: bool) -> Outcome:
    """Put a backup in place of what is here: verify, place, new epoch, check everything again.

    An SQLite database that was here is kept beside the new one. Raises `Unusable`.
    """
    folder = folder.parent if folder.is_file() else folder
    manifest = verify(folder)
    if manifest["engine"] != dialect():
        raise Unusable(f"This backup is of {manifest['engine']}, not {dialect()}")
    try:
        with schema.alone(settings().data / RUNNING, wait=False):
            if not replace and _anything_here():
                raise Unusable(
                    "There is data here already; to put the backup in its place, say --yes"
                )
            return _put_back(folder, manifest)
    except schema.Busy:
        raise Unusable("Tandem is running on this data; stop it first") from None


def _anything_here() -> bool:
    if next(iter(store().names()), None) is not None:
        return True
    if dialect() == "sqlite":
        return Path(str(db.engine.url.database)).exists()
    return bool(schema.current())


def _put_back(folder: Path, manifest: dict[str, Any]) -> Outcome:
    for name in _held(folder, manifest):
        picture = folder / "photos" / key(name)
        if picture.is_file():
            store().put(picture.read_bytes())
    db.session.remove()
    db.engine.dispose()
    _place(folder / _DATABASE[manifest["engine"]])
    with db.engine.connect() as here:
        counts, wanted = _counts(here, manifest["counts"]), _picture_names(here)
    if counts != manifest["counts"]:
        raise Unusable("The restored database does not hold the rows that the manifest counts")
    schema.migrate(settings().data)
    _begin_again(manifest)
    broken = [str(journal) for journal in journals() if journal.broken is not None]
    if broken:
        raise Unusable("Restored, but the audit trail does not hold. " + broken[0])
    have = set(store().names())
    missing = tuple(name for name in wanted if name not in have)
    return Outcome(folder, sum(counts.values()), len(wanted) - len(missing), missing)


def _place(database: Path) -> None:
    if dialect() == "postgresql":
        _run(
            "pg_restore",
            *("--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error"),
            str(database),
        )
        return
    target = Path(str(db.engine.url.database))
    part = target.with_name(target.name + ".part")
    shutil.copyfile(database, part)
    part.chmod(0o600)
    _sync(part)
    for ending in ("-wal", "-shm", ""):  # the log goes with the database it belongs to
        old = target.with_name(target.name + ending)
        if old.exists():
            os.rename(
                old, target.with_name(f"before-restore-{clock.now():%Y%m%dT%H%M%SZ}-{old.name}")
            )
    os.replace(part, target)
    _sync(target.parent)


def _begin_again(manifest: dict[str, Any]) -> None:
    """A new epoch; the journals say so; mails and notices of back then are not sent again."""
    with writing():
        made_at = datetime.fromisoformat(manifest["made_at"])
        marks.begin_epoch(settings().data / EPOCH_FILE, made_at)
        db.session.execute(
            update(_mails)
            .where(_mails.c.sent_at.is_(None), _mails.c.parked.is_(None))
            .values(parked="waiting when this database was restored")
        )
        db.session.execute(
            update(_deliveries)
            .where(_deliveries.c.state == "waiting")
            .values(state="dropped", reason="waiting when this database was restored")
        )
        for journal in journals():
            record(
                Happened(
                    journal.contract_id,
                    "contract.restored",
                    "contract",
                    journal.contract_id,
                    data={"made_at": manifest["made_at"], "head": journal.seq},
                )
            )


# ---------------------------------------------------------------- files


def _version() -> str:
    about = Path(__file__).parents[1] / "pyproject.toml"
    return str(tomllib.loads(about.read_text())["project"]["version"])


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_tree(folder: Path) -> None:
    for place, _, files in os.walk(folder):
        for name in files:
            _sync(Path(place, name))
        _sync(Path(place))
