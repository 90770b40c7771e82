"""The check of wholeness finds nothing where all is whole, and whatever was broken on purpose."""

from __future__ import annotations

import hashlib

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from inspection.db import db, table, writing
from inspection.idempotency import Submission
from inspection.photos import evidence
from inspection.photos.models import Part, Photo, Upload
from inspection.photos.uploads import PART
from tests.cast import Cast, key
from tests.inspection.photos.test_uploads import named, noisy, reported, sent
from tests.rig.wholeness import whole

_photos, _uploads, _parts = table(Photo), table(Upload), table(Part)


@pytest.fixture
def _sent(app: Flask, cast: Cast) -> None:
    """A report with one picture that arrived and one that is half way."""
    client, small, large = app.test_client(), noisy(64), noisy()
    ack = reported(client, cast, key(), named(small), named(large)).get_json()
    for data in (small, large[:PART]):
        name = hashlib.sha256(small if data is small else large).hexdigest()
        assert sent(client, f"{ack['uploads']}/{name}", data, 0).status_code == 200


@pytest.mark.usefixtures("_sent")
def test_what_was_sent_is_whole(app: Flask) -> None:
    assert whole(app) == []


@pytest.mark.usefixtures("_sent")
def test_whatever_is_broken_is_found(app: Flask) -> None:
    with writing():
        name = db.session.execute(
            select(_photos.c.picture).where(_photos.c.standing == "")
        ).scalar_one()
        evidence.store().delete(name)
        db.session.execute(delete(_parts))
        db.session.execute(update(table(Submission)).values(answer={"number": "7F3K-222"}))
    said = " ".join(whole(app))
    assert f"no file {name}" in said
    assert f"holds 0 bytes instead of {PART}" in said
    assert "was told 7F3K-222, which is not there" in said
