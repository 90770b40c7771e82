"""A stranger's picture becomes our own: upright, small, without metadata, or it is refused."""

import contextlib
import hashlib
import logging
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore, Timer

from inspection.rules.refusal import N_, Refusal

log = logging.getLogger(__name__)

MEDIA_TYPE = "image/jpeg"
MAX_BYTES = 20 * 1000 * 1000
MAX_PIXELS = 50_000_000
MAX_ANSWER_BYTES = 16 * 1000 * 1000
LONGEST_READING_S = 20.0
LONGEST_WAIT_S = 60.0
DECODER = Path(__file__).with_name("decoder.py")

# Large pages for large pictures: 28 of 235 ms for 12 megapixels went into page faults.
CHILD_ENVIRONMENT = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}

_places = BoundedSemaphore(2)

# ISO 23008-12 brands of still pictures; a sequence (`msf1`, `hevc`) is a film.
HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1")

SENTENCES = {
    "empty": N_("That file is empty. Take or choose the picture again."),
    "too_large": N_("That picture is larger than %(megabytes)s MB. Send a smaller one."),
    "not_a_picture": N_(
        "That file is not a photo that can be read here. Send a JPEG, PNG, WebP or HEIC picture."
    ),
    "too_many_pixels": N_(
        "That picture has more than %(megapixels)s million pixels. Send a smaller one."
    ),
    "too_demanding": N_("That picture takes too much memory to read. Send a smaller one."),
    "truncated": N_(
        "That picture could not be read: the file ends too early. Take or choose it again."
    ),
    "animated": N_("That picture moves. Send a still one."),
    "unreadable": N_(
        "That picture could not be read: the file is damaged. Take or choose another one."
    ),
    "took_too_long": N_("That picture took too long to read. Send a smaller one."),
    "other_bytes": N_("The photo that arrived is not the one that was named. It is sent again."),
    "busy": N_("Too many pictures are being read just now. Send it again in a minute."),
}
PARAMS = {
    "too_large": {"megabytes": MAX_BYTES // 1_000_000},
    "too_many_pixels": {"megapixels": MAX_PIXELS // 1_000_000},
}


@dataclass(frozen=True)
class Refined:
    """A picture that may be kept and shown.

    `picture` (longest side 2048 px) and `thumbnail` (400 px) are JPEG in sRGB without any metadata;
    `width` and `height` are those of `picture`; `sha256_received` names the bytes that were sent.
    """

    sha256_received: str
    picture: bytes
    thumbnail: bytes
    width: int
    height: int
    media_type: str = MEDIA_TYPE


def refine(data: bytes) -> Refined | Refusal:
    """Read a picture in a process of its own and return our copy of it, or why there is none.

    Never raises for what the bytes are or for what becomes of the process. Two pictures are read at
    once in each process of ours; a third waits its turn.
    """
    if not data:
        return refused("empty")
    if len(data) > MAX_BYTES:
        return refused("too_large")
    picture_format = format_of(data)
    if picture_format is None:
        return refused("not_a_picture")
    if not _places.acquire(timeout=LONGEST_WAIT_S):
        return refused("busy")
    try:
        return _refine(data, picture_format)
    finally:
        _places.release()


def refused(reason: str) -> Refusal:
    """Say a reason from `SENTENCES` as a refusal."""
    return Refusal(f"photo.{reason}", SENTENCES[reason], PARAMS.get(reason, {}))


def format_of(data: bytes) -> str | None:
    """Name the raster format that the first bytes declare, or None; names of files do not count."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp" and data[8:12] in HEIF_BRANDS:
        return "HEIF"
    return None


def _refine(data: bytes, picture_format: str) -> Refined | Refusal:
    try:
        child = _started(picture_format)
    except OSError as error:
        log.error("the photo decoder did not start: %r", error)
        return refused("busy")
    timer = Timer(LONGEST_READING_S, child.kill)
    timer.start()
    try:
        with child:
            received = hashlib.sha256(data).hexdigest()  # while the child imports Pillow
            answer = _exchanged(child, data)
        out_of_time = timer.finished.is_set() or child.returncode == -signal.SIGXCPU
    finally:
        timer.cancel()
    if out_of_time:
        log.warning("a %s of %d bytes took too long to read", picture_format, len(data))
        return refused("took_too_long")
    return _understood(answer, received)


def _started(picture_format: str) -> subprocess.Popen[bytes]:
    """Start the decoder without our environment: it holds secrets, and a decoder needs none.

    Hazard: no `preexec_fn`, which may deadlock beside threads; the child sets its own limits.
    """
    return subprocess.Popen(  # noqa: S603 - our own program, and no word of it comes from outside
        [sys.executable, "-I", str(DECODER), picture_format, str(MAX_PIXELS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env=CHILD_ENVIRONMENT | {"LD_LIBRARY_PATH": os.environ.get("LD_LIBRARY_PATH", "")},
    )


def _exchanged(child: subprocess.Popen[bytes], data: bytes) -> bytes:
    """Hand the bytes over and take the answer, never more of it than `MAX_ANSWER_BYTES`."""
    assert child.stdin is not None
    assert child.stdout is not None
    with contextlib.suppress(OSError):  # a child that died early leaves a broken pipe
        child.stdin.write(data)
        child.stdin.close()
    answer = child.stdout.read(MAX_ANSWER_BYTES + 1)
    if len(answer) > MAX_ANSWER_BYTES:
        child.kill()
        return b""
    return answer


def _understood(answer: bytes, received: str) -> Refined | Refusal:
    """Read the child's answer as a stranger's: a decoder that was taken over may say anything."""
    head, _, body = answer.partition(b"\n")
    try:
        said, *words = head[:1000].decode().split(maxsplit=3)
        if said == "refused":
            reason, *detail = words
            log.info("photo refused: %s, %r", reason, detail)
            return refused(reason)
        width, height, length = map(int, words)
        picture, thumbnail = body[:length], body[length:]
        if format_of(picture) == format_of(thumbnail) == "JPEG":
            return Refined(received, picture, thumbnail, width, height)
    except (ValueError, KeyError):
        pass
    log.error("the photo decoder died or answered nonsense: %r", head[:200])
    return refused("unreadable")
