"""A form that was cut on its way is no form, also behind a server that ends bodies itself."""

from __future__ import annotations

import io
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import func, select

from inspection.db import db, reading, table
from inspection.reports.models import Report
from tests.cast import Cast, key


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_fault_27_a_form_cut_on_its_way_creates_nothing(
    app: Flask, cast: Cast, share: float
) -> None:
    whole = urlencode({"category": "leak", "words": "It drips from the ceiling"}).encode()
    answer = app.test_client().post(
        f"/Q/{cast.harbour.codes['tap']}/reports",
        input_stream=io.BytesIO(whole[: int(len(whole) * share)]),
        content_type="application/x-www-form-urlencoded",
        headers={"Idempotency-Key": key(), "Accept": "application/json"},
        environ_overrides={
            "CONTENT_LENGTH": str(len(whole)),
            "wsgi.input_terminated": True,
        },
    )
    assert answer.status_code == 400
    with app.app_context(), reading():
        assert db.session.execute(select(func.count()).select_from(table(Report))).scalar() == 0
