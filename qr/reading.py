"""Codes read from a photo, for phones whose browser cannot; in a process with limits."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path
from threading import BoundedSemaphore

from inspection.photos.pictures import refine
from inspection.rules.refusal import N_, Refusal

log = logging.getLogger(__name__)

READER = Path(__file__).with_name("reader.py")
PATIENCE = 15.0  # seconds; a picture takes half of one
NOTHING = Refusal(
    "code.none_seen",
    N_("No code can be seen in that photo. Go closer, hold still, or type the twelve characters."),
    where="picture",
)
_places = BoundedSemaphore(1)


def texts(photo: bytes) -> list[str] | Refusal:
    """What the codes in a photo say, at least one of them; or why nothing can be read."""
    refined = refine(photo)
    if isinstance(refined, Refusal):
        return Refusal(refined.code, refined.sentence, refined.params, where="picture")
    with _places:
        return _read(refined.picture) or NOTHING


def _read(picture: bytes) -> list[str]:
    try:
        done = subprocess.run(  # noqa: S603 - our own file
            [sys.executable, "-I", str(READER)],
            input=picture,
            capture_output=True,
            timeout=PATIENCE,
            env={},
            check=True,
        )
        return [str(text) for text in json.loads(done.stdout)]
    except (OSError, subprocess.SubprocessError, ValueError) as failure:
        log.warning("the reader of codes gave up: %r", failure)
        return []
