"""The epoch changes when the database is not the one this machine knew, and only then."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from inspection import marks
from inspection.db import db, writing


def settled(kept: Path) -> str:
    with writing():
        return marks.settle_epoch(kept)


def test_a_start_keeps_the_epoch(app: Flask, tmp_path: Path) -> None:
    kept = tmp_path / "epoch"
    assert settled(kept) == settled(kept) == marks.epoch() == kept.read_text().strip()


def test_another_machine_takes_the_epoch_over(app: Flask, tmp_path: Path) -> None:
    assert settled(tmp_path / "one") == settled(tmp_path / "two")
    with writing():
        begun = marks.begin_epoch(tmp_path / "one")
    assert settled(tmp_path / "two") == begun  # it knew an older one of this very database


def test_a_database_that_never_heard_of_the_machines_epoch_begins_a_new_one(
    app: Flask, tmp_path: Path
) -> None:
    kept = tmp_path / "epoch"
    first = settled(kept)
    with writing():
        marks.begin_epoch(kept)
        db.session.rollback()  # as when an older copy of the database is put in its place
    assert settled(kept) not in ("", first)
    assert settled(kept) == marks.epoch()
