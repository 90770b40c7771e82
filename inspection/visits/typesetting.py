"""What stands on paper: words in any of our letters, levels, pictures, signatures, page numbers.

Hazard: importing this loads reportlab and Pillow; only what draws a page may import it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reportlab import rl_config
from reportlab.lib.colors import HexColor, white
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from inspection.visits.signing import BOX
from inspection.web.lettering import LEADING, Line, line, paragraph, printable

rl_config.useA85 = 0  # plain bytes: a quarter smaller than ASCII85

INK, MUTED, HAIR, SUNKEN = (HexColor(c) for c in ("#1a1d21", "#565c64", "#dcdad3", "#eceae5"))
PARTIES = {"customer": HexColor("#1b62b5"), "contractor": HexColor("#bf7500")}
COLOURS = {
    "green": (HexColor("#1c6b3e"), white),
    "yellow": (HexColor("#f6da2c"), HexColor("#2a2300")),
    "red": (HexColor("#b42318"), white),
    "grey": (HexColor("#565c64"), white),
}
"""Of a level: its ground and its number, as in static/css/tokens.css."""

MARGIN = 16 * mm
WIDTH = A4[0] - 2 * MARGIN
SIZE, SMALL, TINY = 9.0, 7.5, 6.5
LARGEST = 0.72  # points to a pixel: 100 dpi at least
_CAPITAL = 0.72  # how tall a capital is, of the size
_HEAVY, _APART = 0.028, 0.014  # of bold: its outline, and what the letters stand further apart


def put(canvas: Any, one: Line, x: float, y: float, size: float, bold: bool = False) -> None:
    """Draw one line with its left end at x and its baseline at y, in points."""
    words = canvas.beginText(x, y)
    canvas.setLineWidth(_HEAVY * size)
    words.setTextRenderMode(2 if bold else 0)  # there is one weight: an outline makes it heavier
    words.setCharSpace(_APART * size if bold and not one.right_to_left else 0)  # never of joined
    for run in one.runs:
        words.setFont(run.face.name, size)
        words.textOut(run.text)
    words.setTextRenderMode(0)
    words.setCharSpace(0)
    canvas.drawText(words)


class Words(Flowable):  # type: ignore[misc]
    """A paragraph: breaks into lines and pages, each line from the side its language begins at."""

    def __init__(
        self,
        text: str,
        size: float = SIZE,
        *,
        bold: bool = False,
        colour: Any = INK,
        after: float = 1.5,
        with_next: bool = False,
    ) -> None:
        super().__init__()
        self.width = 0.0
        self.text, self.size, self.bold, self.colour = text, size, bold, colour
        self.spaceAfter, self.keepWithNext = after, with_next
        self.lines: list[Line] | None = None

    @property
    def leading(self) -> float:
        return 1.12 * LEADING * self.size

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        if self.lines is None or self.width != width:
            em = self.size * (1 + 2 * _APART if self.bold else 1)
            self.lines, self.width = paragraph(self.text, width / em), width
        self.height = len(self.lines) * self.leading
        return width, self.height

    def split(self, width: float, height: float) -> list[Flowable]:
        self.wrap(width, height)
        assert self.lines is not None
        fit = int(height / self.leading)
        if fit < 1:
            return []
        return [self._of(part) for part in (self.lines[:fit], self.lines[fit:]) if part]

    def _of(self, lines: list[Line]) -> Words:
        """A paragraph of the same kind with some of the lines.

        Hazard: a copy would keep what reportlab notes on a flowable, as that it was put off before.
        """
        text = "\n".join(each.text for each in lines)
        part = Words(text, self.size, bold=self.bold, colour=self.colour, after=self.spaceAfter)
        part.lines, part.width = lines, self.width
        return part

    def draw(self) -> None:
        assert self.lines is not None
        self.canv.setFillColor(self.colour)
        self.canv.setStrokeColor(self.colour)
        for n, each in enumerate(self.lines):
            x = self.width - each.width * self.size if each.right_to_left else 0
            y = self.height - n * self.leading - self.size
            put(self.canv, each, x, y, self.size, self.bold)


class Mark(Flowable):  # type: ignore[misc]
    """A level: its number on its colour, with its word beside it, one line tall."""

    def __init__(self, number: str, word: str, colour: str, size: float = SIZE) -> None:
        super().__init__()
        self.number, self.word = line(printable(number)), line(printable(word))
        self.ground, self.on = COLOURS[colour]
        self.size, self.spaceAfter = size, 2

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        self.height = 1.55 * self.size
        self.side = max(self.height, self.number.width * self.size + 0.7 * self.size)
        letters = self.word.width + _APART * len(self.word.text)
        self.width = self.side + (0.45 + letters) * self.size
        return self.width, self.height

    def draw(self) -> None:
        baseline = (self.height - _CAPITAL * self.size) / 2
        self.canv.setFillColor(self.ground)
        self.canv.setStrokeColor(INK)
        self.canv.setLineWidth(0.4)
        self.canv.roundRect(0, 0, self.side, self.height, 2, stroke=1, fill=1)
        self.canv.setFillColor(self.on)
        self.canv.setStrokeColor(self.on)
        x = (self.side - self.number.width * self.size) / 2
        put(self.canv, self.number, x, baseline, self.size, bold=True)
        self.canv.setFillColor(INK)
        self.canv.setStrokeColor(INK)
        put(self.canv, self.word, self.side + 0.45 * self.size, baseline, self.size, bold=True)


class Picture(Flowable):  # type: ignore[misc]
    """A JPEG as it is, as large as fits a box; `file` gives its path when it is drawn, or None.

    Hazard: reportlab decodes whatever it is not given as the path of a .jpg, to name it.
    """

    def __init__(
        self,
        size: tuple[int, int],
        box: tuple[float, float],
        file: Callable[[], Path | None],
        missing: str,
        frame: bool = True,
    ) -> None:
        super().__init__()
        scale = min(box[0] / size[0], box[1] / size[1], LARGEST)
        self.width, self.height = size[0] * scale, size[1] * scale
        self.file, self.missing, self.frame, self.spaceAfter = file, missing, frame, 3

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        return self.width, self.height

    def draw(self) -> None:
        path = self.file()
        if path is not None:
            self.canv.drawImage(str(path), 0, 0, self.width, self.height)
        else:
            self.canv.setFillColor(MUTED)
            put(self.canv, line(printable(self.missing)), 4, self.height / 2, TINY)
        if self.frame or path is None:
            self.canv.setStrokeColor(HAIR)
            self.canv.setLineWidth(0.5)
            self.canv.rect(0, 0, self.width, self.height)


class Strokes(Flowable):  # type: ignore[misc]
    """A signature as it was drawn on the glass, as vectors; an SVG path of M and L."""

    def __init__(self, path: str, width: float = 60 * mm) -> None:
        super().__init__()
        self.path, self.width, self.spaceAfter = path, width, 1
        self.height = width * BOX[1] / BOX[0]

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        return self.width, self.height

    def draw(self) -> None:
        scale, path = self.width / BOX[0], self.canv.beginPath()
        for stroke in self.path.replace(",", " ").split("M")[1:]:
            first, *rest = (tuple(map(float, point.split())) for point in stroke.split("L"))
            path.moveTo(first[0] * scale, self.height - first[1] * scale)
            for x, y in rest:
                path.lineTo(x * scale, self.height - y * scale)
        self.canv.setStrokeColor(INK)
        self.canv.setLineWidth(1)
        self.canv.setLineCap(1)
        self.canv.setLineJoin(1)
        self.canv.drawPath(path)


@dataclass(frozen=True)
class Style:
    """How a row stands: its ground, a hairline above it, a thick edge at its start, its room."""

    ground: Any = None
    rule: Any = None
    edge: Any = None
    above: float = 0
    below: float = 0
    before: float = 0
    at_bottom: bool = False


RULED = Style(rule=HAIR, above=3, below=2)


class Beside(Flowable):  # type: ignore[misc]
    """Columns beside each other, each a list of flowables from the top.

    A row lower than `WHOLE` moves to the next page as it is; a higher one goes on there.
    """

    WHOLE = 60 * mm
    GAP = 6.0

    def __init__(
        self, cells: Sequence[list[Any]], widths: Sequence[float], style: Style | None = None
    ) -> None:
        super().__init__()
        self.cells, self.widths, self.style = cells, widths, style or Style()

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        self.heights = [
            self._stacked(cell, room) for cell, room in zip(self.cells, self._rooms, strict=True)
        ]
        self.width = sum(self.widths)
        self.height = max(self.heights, default=0) + self.style.above + self.style.below
        return self.width, self.height

    @property
    def _rooms(self) -> list[float]:
        return [width - self.GAP - self.style.before for width in self.widths]

    def _stacked(self, cell: list[Any], room: float) -> float:
        """How high a column is."""
        return float(sum(one.wrap(room, _ENDLESS)[1] + one.getSpaceAfter() for one in cell))

    def split(self, width: float, height: float) -> list[Flowable]:
        self.wrap(width, height)
        if self.height <= self.WHOLE:
            return []
        room = height - self.style.above - self.style.below
        cut = [_cut(cell, w, room) for cell, w in zip(self.cells, self._rooms, strict=True)]
        if not any(head for head, _ in cut):
            return []
        parts = ([head for head, _ in cut], [tail for _, tail in cut])
        return [Beside(part, self.widths, self.style) for part in parts if any(part)]

    def draw(self) -> None:
        self._draw_ground()
        x, style = 0.0, self.style
        for cell, width, height in zip(self.cells, self.widths, self.heights, strict=True):
            y = self.height - style.above
            if style.at_bottom:
                y = style.below + height
            for one in cell:
                y -= one.height
                one.drawOn(self.canv, x + style.before, y)
                y -= one.getSpaceAfter()
            x += width

    def _draw_ground(self) -> None:
        style = self.style
        if style.ground is not None:
            self.canv.setFillColor(style.ground)
            self.canv.rect(0, 0, self.width, self.height, stroke=0, fill=1)
        if style.edge is not None:
            self.canv.setFillColor(style.edge)
            self.canv.rect(0, 0, 2.5, self.height, stroke=0, fill=1)
        if style.rule is not None:
            self.canv.setStrokeColor(style.rule)
            self.canv.setLineWidth(0.5)
            self.canv.line(0, self.height, self.width, self.height)


_ENDLESS = 1e6


def _cut(cell: list[Any], width: float, room: float) -> tuple[list[Any], list[Any]]:
    """What of a column fits into a height, and the rest."""
    for n, one in enumerate(cell):
        height = one.wrap(width, _ENDLESS)[1]
        if height > room:
            parts = one.split(width, room)
            return [*cell[:n], *parts[:1]], [*parts[1:], *(cell[n + 1 :] if parts else cell[n:])]
        room -= height + one.getSpaceAfter()
    return cell, []


def card(content: list[Any], colour: Any) -> Beside:
    """Flowables with a thick edge in a colour at their start."""
    return Beside([content], [WIDTH], edged(colour))


def edged(colour: Any) -> Style:
    """The style of a card and of what goes on with it."""
    return Style(edge=colour, before=8, above=2, below=2)


def grid(
    cells: Iterable[list[Any]], columns: int, style: Style | None = None, width: float = WIDTH
) -> list[Beside]:
    """Flowables in rows of so many."""
    every, widths = list(cells), [width / columns] * columns
    rows = [every[n : n + columns] for n in range(0, len(every), columns)]
    return [Beside([*row, *[[]] * (columns - len(row))], widths, style) for row in rows]


class Numbered(Canvas):  # type: ignore[misc]
    """A canvas whose pages know how many there are: each gets its foot when all are drawn."""

    foot: Callable[[Any, int, int], None]

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._drawn: list[dict[str, Any]] = []

    def showPage(self) -> None:
        self._drawn.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        for number, page in enumerate(self._drawn, 1):
            self.__dict__.update(page)
            self.foot(self, number, len(self._drawn))
            super().showPage()
        super().save()


def pages_with(start: str, end: Callable[[int, int], str]) -> type[Numbered]:
    """Canvases whose pages end with a line: `start` on the left, `end(page, of)` on the right."""

    def foot(canvas: Any, number: int, of: int) -> None:
        canvas.setStrokeColor(HAIR)
        canvas.setLineWidth(0.5)
        canvas.line(MARGIN, 12.5 * mm, MARGIN + WIDTH, 12.5 * mm)
        canvas.setFillColor(MUTED)
        last = line(printable(end(number, of)))
        room = WIDTH / TINY - last.width - 2
        first = paragraph(start, room)[0]
        put(canvas, first, MARGIN, 9 * mm, TINY)
        put(canvas, last, MARGIN + WIDTH - last.width * TINY, 9 * mm, TINY)

    return type("Pages", (Numbered,), {"foot": staticmethod(foot)})
