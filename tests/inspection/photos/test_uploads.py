"""A form names its pictures and they follow in parts; what arrives is what was named."""

from __future__ import annotations

import hashlib
import io
import os
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from inspection import clock
from inspection.db import db, reading, table
from inspection.photos import uploads
from inspection.photos.models import Part, Photo, Upload
from inspection.photos.uploads import PART
from tests.cast import Cast, key

_photos, _uploads, _parts = table(Photo), table(Upload), table(Part)


def noisy(side: int = 900) -> bytes:
    """A JPEG of more than one part: noise does not compress."""
    made = io.BytesIO()
    Image.frombytes("RGB", (side, side), os.urandom(side * side * 3)).save(made, "JPEG", quality=90)
    return made.getvalue()


def named(data: bytes, field: str = "photos") -> str:
    return f"{hashlib.sha256(data).hexdigest()};{len(data)};image/jpeg;{field}"


def reported(client: FlaskClient, cast: Cast, sent_as: str, *photos: str, **more: str) -> Any:
    """The answer to a report at the tap that names its photos."""
    form = {"category": "leak", "words": "Drips", "photo": list(photos), **more}
    code = cast.harbour.codes["tap"]
    headers = {"Accept": "application/json", "Idempotency-Key": sent_as}
    return client.post(f"/Q/{code}/reports", data=form, headers=headers)


def sent(client: FlaskClient, address: str, data: bytes, offset: int) -> Any:
    return client.patch(address, data=data, headers={"Upload-Offset": str(offset)})


def photos(app: Flask) -> list[Any]:
    with app.app_context(), reading():
        return list(db.session.execute(select(_photos).order_by(_photos.c.id)))


def test_a_named_photo_is_awaited_until_its_last_part_came(app: Flask, cast: Cast) -> None:
    client, data = app.test_client(), noisy()
    ack = reported(client, cast, key(), named(data)).get_json()
    sha256 = hashlib.sha256(data).hexdigest()
    address = f"{ack['uploads']}/{sha256}"
    assert ack["missing"] == [sha256]
    assert [one.standing for one in photos(app)] == ["awaited"]
    for offset in range(0, len(data), PART):
        assert client.head(address).headers["Upload-Offset"] == str(offset)
        answer = sent(client, address, data[offset : offset + PART], offset)
        assert answer.status_code == 200
    assert answer.get_json() == {"offset": len(data), "whole": True, "said": ""}
    assert client.get(ack["uploads"]).get_json() == {"complete": True, "missing": []}
    (photo,) = photos(app)
    assert (photo.standing, photo.received_sha256, photo.width) == ("", sha256, 900)
    with app.app_context(), reading():
        assert db.session.execute(select(_parts)).all() == []


@pytest.mark.parametrize("offset", [1, PART, 10**9])
def test_a_part_that_begins_elsewhere_is_told_where_to_go_on(
    app: Flask, cast: Cast, offset: int
) -> None:
    client, data = app.test_client(), noisy()
    ack = reported(client, cast, key(), named(data)).get_json()
    answer = sent(client, f"{ack['uploads']}/{ack['missing'][0]}", data[:PART], offset)
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (409, "0")


def test_the_same_part_twice_is_one(app: Flask, cast: Cast) -> None:
    client, data = app.test_client(), noisy()
    ack = reported(client, cast, key(), named(data)).get_json()
    address = f"{ack['uploads']}/{ack['missing'][0]}"
    assert sent(client, address, data[:PART], 0).status_code == 200
    assert sent(client, address, data[:PART], 0).status_code == 409
    for offset in range(PART, len(data), PART):
        sent(client, address, data[offset : offset + PART], offset)
    assert sent(client, address, b"", len(data)).get_json()["whole"]


def test_other_bytes_than_were_named_are_never_the_photo(app: Flask, cast: Cast) -> None:
    client, data, other = app.test_client(), noisy(64), noisy(64)
    other = other[: len(data)].ljust(len(data), b"\0")
    ack = reported(client, cast, key(), named(data)).get_json()
    address = f"{ack['uploads']}/{ack['missing'][0]}"
    answer = sent(client, address, other, 0)
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (422, "0")
    assert [one.standing for one in photos(app)] == ["awaited"]
    assert sent(client, address, data, 0).get_json()["whole"]


def test_what_cannot_be_read_is_kept_as_it_came(app: Flask, cast: Cast) -> None:
    client, data = app.test_client(), noisy()[:5000]
    ack = reported(client, cast, key(), named(data)).get_json()
    assert sent(client, f"{ack['uploads']}/{ack['missing'][0]}", data, 0).get_json()["whole"]
    (photo,) = photos(app)
    assert (photo.standing, photo.picture) == ("unreadable", hashlib.sha256(data).hexdigest())
    answer = client.get(f"{ack['location']}/photos/{photo.id}/picture")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.data == data


def test_the_same_form_again_gets_the_same_address_and_what_is_missing(
    app: Flask, cast: Cast
) -> None:
    client, data, other = app.test_client(), noisy(64), noisy(64)
    sent_as = key()
    first = reported(client, cast, sent_as, named(data), named(other)).get_json()
    sent(client, f"{first['uploads']}/{first['missing'][0]}", data, 0)
    again = reported(client, cast, sent_as, named(other), named(data)).get_json()
    assert again["uploads"] == first["uploads"]
    assert again["sha256"] == first["sha256"]
    assert again["missing"] == [hashlib.sha256(other).hexdigest()]
    assert len(photos(app)) == 2


def test_an_address_that_never_was_is_not_there(app: Flask, cast: Cast) -> None:
    client = app.test_client()
    never = f"/uploads/{'x' * 22}"
    assert client.get(never).status_code == 404
    assert client.head(f"{never}/{'0' * 64}").status_code == 404
    assert sent(client, f"{never}/{'0' * 64}", b"x", 0).status_code == 404


def test_a_part_is_never_larger_than_a_part(app: Flask, cast: Cast) -> None:
    client, data = app.test_client(), noisy(1200)
    ack = reported(client, cast, key(), named(data)).get_json()
    answer = sent(client, f"{ack['uploads']}/{ack['missing'][0]}", data[: PART + 1], 0)
    assert answer.status_code == 413


@pytest.mark.parametrize("entry", ["", "x", "0" * 64, f"{'0' * 64};0;image/jpeg;photos", ";;;"])
def test_a_photo_that_is_misnamed_is_refused_with_a_reason(
    app: Flask, cast: Cast, entry: str
) -> None:
    answer = reported(app.test_client(), cast, key(), entry)
    assert (answer.status_code, photos(app)) == (422, [])
    assert answer.get_json()["refused"][0]["code"].startswith("photo.")


def test_nobody_sends_in_somebody_elses_name(app: Flask, cast: Cast) -> None:
    client = cast.client("contractor.staff")
    code = cast.harbour.codes["tap"]
    headers = {"Accept": "application/json", "Idempotency-Key": key(), "Tandem-Actor": "4711"}
    answer = client.post(f"/Q/{code}/reports", data={"category": "leak"}, headers=headers)
    assert answer.status_code == 401


def test_parts_that_never_went_on_are_forgotten_and_the_photo_begins_again(
    app: Flask, cast: Cast
) -> None:
    client, data = app.test_client(), noisy()
    ack = reported(client, cast, key(), named(data)).get_json()
    address = f"{ack['uploads']}/{ack['missing'][0]}"
    sent(client, address, data[:PART], 0)
    with app.app_context():
        assert uploads.sweep() == 0
        with clock.shifted_by(uploads.LEFT + timedelta(hours=1)):
            assert uploads.sweep() == 1
    assert client.head(address).headers["Upload-Offset"] == "0"
    for offset in range(0, len(data), PART):
        answer = sent(client, address, data[offset : offset + PART], offset)
    assert answer.get_json()["whole"]
