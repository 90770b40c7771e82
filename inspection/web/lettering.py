"""Words on paper: which letters can be printed, how wide they are, where a line breaks.

Letters come from Noto Sans and Noto Sans Arabic (Python packages that hold the font files), then
DejaVu Sans where the machine has it, then Vera, which comes with reportlab. A character that no
face has is printed as "?", never as a box.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

_PACKAGED = (
    ("fontpkg_noto_sans", "files/NotoSans[wdth,wght].ttf"),
    ("fontpkg_noto_sans_arabic", "files/NotoSansArabic[wdth,wght].ttf"),
)
_ON_THE_MACHINE = ("DejaVuSans.ttf", "Vera.ttf")  # where reportlab looks for font files

LEADING = 1.18  # from baseline to baseline, of the size

_LONGEST = 240  # characters; a place name beyond this is not read on a wall
_WIDEST = 3.0  # em; some faces hold whole phrases as one character
_JOINERS = "\u200c\u200d"
_BREAKABLE = re.compile(r"\s+|[^\s\-./_,;:]*[\-./_,;:]+|[^\s\-./_,;:]+")


@dataclass(frozen=True)
class Face:
    """One font file, registered with reportlab under `name`."""

    name: str
    path: Path
    glyphs: frozenset[int]


@dataclass(frozen=True)
class Run:
    """Neighbouring characters of one face, in the order they are drawn; `width` in em."""

    face: Face
    text: str
    width: float


@dataclass(frozen=True)
class Line:
    """One line as read (`text`) and as drawn from left to right (`runs`); `width` in em."""

    text: str
    runs: tuple[Run, ...]
    right_to_left: bool

    @property
    def width(self) -> float:
        return sum(run.width for run in self.runs)


@dataclass(frozen=True)
class Room:
    """Where a text has to fit, in any one unit."""

    width: float
    rows: int
    height: float


@dataclass(frozen=True)
class Fitted:
    """The lines of a text at the size, in the caller's unit, at which they fit.

    `whole` unless a word was broken or the end was cut.
    """

    size: float
    lines: tuple[Line, ...]
    whole: bool


def fit(text: str, room: Room, sizes: Iterable[float], hyphen: str = "-") -> Fitted:
    """Break a text into lines that fit a room, at the first of the falling `sizes` that holds it.

    Only at the last size are words broken (after `hyphen`) and the end ellipsised. Sizes are in
    the unit of the room.
    """
    words = printable(text)
    size, lines, rows, whole = 0.0, [""], 0, False
    for size in sizes:
        lines, whole = _wrap(words, room.width / size, hyphen)
        rows = min(room.rows, max(1, int(room.height / (size * LEADING))))
        if whole := whole and len(lines) <= rows:
            break
    if len(lines) > rows:
        lines = [*lines[: rows - 1], _ellipsised(lines[rows - 1], room.width / size)]
    return Fitted(size, tuple(map(line, lines)), whole)


def paragraph(text: str, width: float) -> list[Line]:
    """Break a text of any length into lines of `width` em; where it had line breaks, they stay."""
    parts = [printable(part, len(part)) for part in text.strip().splitlines()]
    return [line(each) for part in parts for each in _wrap(part, width, "-")[0] or [""]]


def printable(text: str, longest: int = _LONGEST) -> str:
    """Reduce a text to what can stand on a wall, at most `longest` characters of it.

    No control, override or private characters, at most two marks on a letter, one space between
    words, "?" for what no face can draw.
    """
    kept = "".join(_drawable(unicodedata.normalize("NFC", text[: 4 * longest])))
    single = re.sub(r"\?{2,}", "?", " ".join(kept.split()))
    return single if len(single) <= longest else single[:longest] + "…"


@lru_cache(maxsize=2048)
def line(text: str) -> Line:
    """Set a printable text on one line: letters joined, in drawing order, each in its face."""
    drawn, right_to_left = text, False
    if any(unicodedata.bidirectional(c) in ("R", "AL", "AN") for c in text):
        drawn = _in_drawing_order(text)
        right_to_left = _first_strong(text) in ("R", "AL")
    drawn = "".join(c for c in drawn if c not in _JOINERS)
    runs = tuple(_run(face, "".join(letters)) for face, letters in groupby(drawn, _face_of))
    return Line(text, runs, right_to_left)


@lru_cache(maxsize=1)
def faces() -> tuple[Face, ...]:
    """Find the faces on this machine, in order of preference."""
    return tuple(_found())


def _found() -> Iterator[Face]:
    for package, inside in _PACKAGED:
        spec = find_spec(package)
        if spec and spec.submodule_search_locations:
            yield _registered(str(Path(spec.submodule_search_locations[0], inside)))
    for name in _ON_THE_MACHINE:
        try:
            yield _registered(name)
        except TTFError:
            continue


def _registered(file: str) -> Face:
    font = TTFont(f"Label-{Path(file).name.partition('[')[0]}", file)
    pdfmetrics.registerFont(font)
    glyphs = frozenset(code for code, glyph in font.face.charToGlyph.items() if glyph)
    return Face(font.fontName, Path(font.face.filename), glyphs)


@lru_cache(maxsize=4096)
def _face_of(character: str) -> Face:
    return next((face for face in faces() if ord(character) in face.glyphs), faces()[-1])


def _known(character: str) -> bool:
    return ord(character) in _face_of(character).glyphs


def _run(face: Face, text: str) -> Run:
    known = "".join(c if _known(c) else "?" for c in text)
    return Run(face, known, pdfmetrics.stringWidth(known, face.name, 1))


def _drawable(text: str) -> Iterator[str]:
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if character.isspace():
            yield " "
        elif character in _JOINERS:
            yield character
        elif unicodedata.category(character)[0] != "C" and marks <= 2:
            yield character if line(character).width <= _WIDEST and _known(character) else "?"


def _first_strong(text: str) -> str:
    kinds = map(unicodedata.bidirectional, text)
    return next((kind for kind in kinds if kind in ("L", "R", "AL")), "L")


def _in_drawing_order(text: str) -> str:
    join, order = _shaper()
    return order(join(text))


@lru_cache(maxsize=1)
def _shaper() -> tuple[Callable[[str], str], Callable[[str], str]]:
    """Fetch what joins Arabic letters and what orders them; without, they stand as typed."""
    try:
        return import_module("arabic_reshaper").reshape, import_module("bidi").get_display
    except ModuleNotFoundError:
        return str, str


def _wrap(text: str, width: float, hyphen: str) -> tuple[list[str], bool]:
    """Break a text greedily into lines of a width in em; say whether every word stayed whole."""
    lines, whole = [""], True
    for piece in _BREAKABLE.findall(text):
        if line(lines[-1] + piece.rstrip()).width <= width:
            lines[-1] += piece
            continue
        rest = piece.strip()
        lines += [""] if lines[-1] and rest else []
        while rest and line(rest).width > width:
            whole = False
            head = _longest_start(rest, width, hyphen)
            lines[-1], rest = rest[:head] + hyphen, rest[head:]
            lines.append("")
        lines[-1] += rest
    return [done for each in lines if (done := each.strip())], whole


def _ellipsised(text: str, width: float) -> str:
    return text[: _longest_start(text, width, "…")].rstrip() + "…"


def _longest_start(text: str, width: float, tail: str) -> int:
    """Count the characters of the longest start, one at least, that fits with `tail`."""
    lengths = range(1, len(text) + 1)
    return max(1, bisect_right(lengths, width, key=lambda n: line(text[:n] + tail).width))
