"""Whatever a form says arrives as it was sent, wherever its chunks end."""

from __future__ import annotations

import io
from collections.abc import Iterable

import pytest
from werkzeug import formparser
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from inspection.web import multipart

BOUNDARY = b"----WebKitFormBoundaryXyz789"
VALUES = (b"", b"abc", b"a\r\nb", b"x\r", b"\r\n", b"y\n", b"--", b"\r\n--", b"end\r\n")
PICTURE = b"\xff\xd8\r\n\r"
BODY = b"".join(
    b'--%s\r\nContent-Disposition: form-data; name="f%d"\r\n\r\n%s\r\n' % (BOUNDARY, n, value)
    for n, value in enumerate(VALUES)
) + (
    b'--%s\r\nContent-Disposition: form-data; name="p"; filename="x.jpg"\r\n'
    b"Content-Type: image/jpeg\r\n\r\n%s\r\n--%s--\r\n" % (BOUNDARY, PICTURE, BOUNDARY)
)


def _read(decoder: MultipartDecoder, chunks: Iterable[bytes]) -> list[bytes]:
    """The values of a body that comes in these chunks."""
    values: list[bytes] = []
    for chunk in (*chunks, None):
        decoder.receive_data(chunk)
        while not isinstance(event := decoder.next_event(), NeedData | Epilogue):
            if isinstance(event, Field | File):
                values.append(b"")
            if isinstance(event, Data):
                values[-1] += event.data
    return values


def test_a_body_may_be_cut_at_every_byte() -> None:
    whole = [*VALUES, PICTURE]
    for at in range(1, len(BODY)):
        assert _read(multipart.PatientDecoder(BOUNDARY), (BODY[:at], BODY[at:])) == whole, at


def test_a_body_may_come_byte_by_byte() -> None:
    bytes_ = (BODY[at : at + 1] for at in range(len(BODY)))
    assert _read(multipart.PatientDecoder(BOUNDARY), bytes_) == [*VALUES, PICTURE]


class Large(Request):
    max_form_parts = 10_000
    max_form_memory_size = 8_000_000


def _wrong(padding: int) -> int:
    """How many fields of a form differ from what was sent; every second one is empty."""
    fields = {f"items-{n}-relevant": "" if n % 2 else "${a} = 'b'" for n in range(600)}
    sent = {"padding": "x" * padding, **fields}
    body = {**sent, "file": (io.BytesIO(b"abc"), "x.jpg")}
    kind = "multipart/form-data; boundary=" + "-" * 24 + "0123456789abcdef"
    got = Large(EnvironBuilder(method="POST", data=body, content_type=kind).get_environ()).form
    return sum(got.get(name) != value for name, value in sent.items())


PADDINGS = range(220)
"""Longer than the longest field with its headers: the chunk ends everywhere once."""


def test_a_long_form_arrives_whole_wherever_its_first_chunk_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(formparser, "MultipartDecoder", multipart.PatientDecoder)
    assert [padding for padding in PADDINGS if _wrong(padding)] == []


def test_the_decoder_as_it_comes_loses_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once this fails, our own decoder can go."""
    monkeypatch.setattr(formparser, "MultipartDecoder", MultipartDecoder)
    assert any(_wrong(padding) for padding in PADDINGS)
