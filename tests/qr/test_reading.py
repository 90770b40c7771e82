"""Codes in photos: ours and others, and photos without any."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import segno
from PIL import Image

from inspection.rules.refusal import Refusal
from qr import reading

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "qr"
TYPES = {".jpg", ".png", ".webp"}


def drawn(text: str) -> bytes:
    made = io.BytesIO()
    segno.make_qr(text).save(made, kind="png", scale=6, border=4)
    return made.getvalue()


def words(text: str) -> list[str]:
    """A text without the kind of its line ends."""
    return text.split()


def test_what_a_code_says_is_read_from_a_photo() -> None:
    text = "HTTPS://TANDEM.EXAMPLE/Q/BF4FPYYBG4SF"
    assert reading.texts(drawn(text)) == [text]


@pytest.mark.parametrize("photo", [b"", b"no picture", drawn("x")[:100]])
def test_what_is_no_photo_is_refused_with_a_reason(photo: bytes) -> None:
    refused = reading.texts(photo)
    assert isinstance(refused, Refusal)
    assert refused.where == "picture"


def test_a_photo_without_a_code_says_what_to_do() -> None:
    wall = io.BytesIO()
    Image.new("RGB", (200, 200), "grey").save(wall, "JPEG")
    assert reading.texts(wall.getvalue()) == reading.NOTHING


@pytest.mark.real_data
def test_codes_of_real_photos_are_read_and_none_is_seen_where_there_is_none() -> None:
    """One in four, to be quick; of all of them 121 of 137, and none where there is none."""
    photos = sorted(path for path in REAL.rglob("*") if path.suffix in TYPES)
    truths = [path for path in photos if path.with_suffix(".txt").exists()][::4]
    right = sum(
        words(path.with_suffix(".txt").read_text()) in map(words, found)
        for path in truths
        if not isinstance(found := reading.texts(path.read_bytes()), Refusal)
    )
    assert right >= 0.8 * len(truths)
    for path in [path for path in photos if "falsepositives" in str(path)][::5]:
        assert isinstance(reading.texts(path.read_bytes()), Refusal)
