"""Labels for the wall: singly and by the sheet; the only user of the QR drawing library.

One drawing, in millimetres from the label's top left corner, is made of each label; SVG, PNG and
PDF paint that same drawing.
"""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, islice
from xml.sax.saxutils import escape

import segno
from PIL import Image, ImageDraw, ImageFont
from reportlab import rl_config
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import FILL_NON_ZERO, Canvas

from inspection.web.lettering import LEADING, Face, Fitted, Line, Room, fit
from qr import payload

rl_config.useA85 = 0  # plain bytes: a quarter smaller than ASCII85

WIDTH, HEIGHT = 63.5, 38.1
CHECK_LENGTH = 20.0
QUIET_MODULES = 4

_SHEET_LEFT, _SHEET_TOP = 7.25, 15.15
_SHEET_PITCH = (66.04, 38.1)
_SHEET_COLUMNS, _SHEET_ROWS = 3, 7
_PER_SHEET = _SHEET_COLUMNS * _SHEET_ROWS

_POINT = 25.4 / 72
_QR_EDGE = 0.8  # the quiet zone begins here; it is white, so a shifted die cut spends it first
_QR_SIDE = HEIGHT - 2 * _QR_EDGE  # with its quiet zone
_LEFT = _QR_EDGE + _QR_SIDE + 0.3
_RIGHT = WIDTH - 2.3
_STROKE, _TICK = 0.25, 1.8
_CAPITAL = 0.72  # how tall a capital is, of the size


@dataclass(frozen=True)
class Label:
    """What one label says: `code` as minted, `address` as it stands in the QR, the rest in words.

    `host` is the address's host as people read it, `place` the name of what the code hangs on,
    `detail` where that is ("Level 2 · Block B").
    """

    code: str
    address: str
    host: str
    place: str
    detail: str


@dataclass(frozen=True)
class Bar:
    """A black rectangle; millimetres from the label's top left corner."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Text:
    """A line of words: `x` its left end, `y` its baseline, `size` in mm, `bold` as a stroke."""

    x: float
    y: float
    size: float
    line: Line
    bold: bool = False

    @property
    def stroke(self) -> float:
        """Give the outline's width that makes the letters heavier; mm."""
        return 0.035 * self.size if self.bold else 0.0


@dataclass(frozen=True)
class Drawing:
    """Everything on one label."""

    bars: tuple[Bar, ...]
    texts: tuple[Text, ...]


def svg(label: Label) -> str:
    """Draw one label as SVG, 63.5 x 38.1 mm; words stay words, held to their measured width."""
    drawing = draw(label)
    bars = "".join(
        f"M{bar.x:.3f} {bar.y:.3f}h{bar.width:.3f}v{bar.height:.3f}h-{bar.width:.3f}z"
        for bar in drawing.bars
    )
    words = "".join(map(_svg_text, drawing.texts))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}mm" height="{HEIGHT}mm"'
        f' viewBox="0 0 {WIDTH} {HEIGHT}"><rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
        f'<path shape-rendering="crispEdges" d="{bars}"/>'
        f'<g font-family="Noto Sans,Noto Sans Arabic,DejaVu Sans,sans-serif">{words}</g></svg>'
    )


def png(label: Label, dpi: int = 300) -> bytes:
    """Draw one label as a grey PNG that knows its resolution; every edge on a whole pixel."""
    scale = dpi / 25.4
    image = Image.new("L", (round(WIDTH * scale), round(HEIGHT * scale)), 255)
    pen = ImageDraw.Draw(image)
    drawing = draw(label)
    for bar in drawing.bars:
        left, top = round(bar.x * scale), round(bar.y * scale)
        right, bottom = round((bar.x + bar.width) * scale), round((bar.y + bar.height) * scale)
        pen.rectangle((left, top, max(left, right - 1), max(top, bottom - 1)), fill=0)
    for text in drawing.texts:
        x = text.x
        for run in text.line.runs:
            pen.text(
                (x * scale, text.y * scale),
                run.text,
                fill=0,
                font=_pixel_font(run.face, text.size * scale),
                anchor="ls",
                stroke_width=text.stroke * scale / 2,
            )
            x += run.width * text.size
    held = io.BytesIO()
    image.save(held, "PNG", dpi=(dpi, dpi), optimize=True)
    return held.getvalue()


def pdf(label: Label) -> bytes:
    """Draw one label as a PDF page of its own size; vectors, fonts embedded."""
    held = io.BytesIO()
    canvas = _canvas(held, (WIDTH * mm, HEIGHT * mm))
    _paint(canvas, draw(label), 0, 0)
    canvas.save()
    return held.getvalue()


def sheet(labels: Iterable[Label]) -> bytes:
    """Draw labels 21 to an A4 page (3 x 7 of 63.5 x 38.1 mm), as many pages as it takes.

    Raises ValueError when there is no label.
    """
    held = io.BytesIO()
    canvas = _canvas(held, A4)
    waiting = iter(labels)
    while page := list(islice(waiting, _PER_SHEET)):
        for place, label in enumerate(page):
            row, column = divmod(place, _SHEET_COLUMNS)
            x = _SHEET_LEFT + column * _SHEET_PITCH[0]
            _paint(canvas, draw(label), x, _SHEET_TOP + row * _SHEET_PITCH[1])
        canvas.showPage()
    if canvas.getPageNumber() == 1:
        raise ValueError("a sheet needs at least one label")
    canvas.save()
    return held.getvalue()


def terminal(address: str) -> str:
    """Draw the QR of an address with half blocks, black on white whatever the terminal's colours.

    Two modules to a character's height, quiet zone included; ends without a line break.
    """
    rows = _modules(address)
    blank = bytearray(len(rows))
    return "\n".join(
        "\x1b[38;5;16;48;5;231m"
        + "".join(" ▄▀█"[2 * above + below] for above, below in zip(upper, lower, strict=True))
        + "\x1b[0m"
        for upper, lower in zip(rows[::2], [*rows[1::2], blank], strict=False)
    )


def draw(label: Label) -> Drawing:
    """Lay a label out: the code on the left as large as fits, the words beside it.

    From the code's top edge the place and its detail; up from its bottom edge the check line,
    the code's letters and the host.
    """
    rows = _modules(label.address)
    module = _QR_SIDE / len(rows)
    top = _QR_EDGE + QUIET_MODULES * module
    bottom = HEIGHT - top

    check = _fitted("20 mm", 5, 5, rows=1)
    code = _fitted(payload.grouped(label.code), 9, 5, rows=1)
    host = _fitted(label.host, 6.5, 5, rows=1)
    if not host.whole:
        host = _fitted(label.host, 6, 4, rows=2, hyphen="")
    detail = _fitted(label.detail, 7, 6, rows=2)

    check_y = bottom - _TICK / 2
    code_y = check_y - 2.5
    host_y = code_y - 1.25 * code.size - _depth(host)
    spare = host_y - host.size - _depth(detail) - 2 * detail.size - top
    place = _fitted(label.place, 12, 7.5, rows=4, height=spare)
    place_y = top + _CAPITAL * place.size
    detail_y = place_y + _depth(place) + 1.6 * detail.size

    words = check.lines[0].width * check.size
    check_x = _LEFT + (CHECK_LENGTH - words) / 2
    return Drawing(
        (*_qr_bars(rows, module), *_check_bars(check_y, words + 1.2)),
        (
            *_column(place, place_y, bold=True),
            *_column(detail, detail_y),
            *_column(host, host_y),
            *_column(code, code_y, bold=True),
            Text(check_x, check_y + _CAPITAL / 2 * check.size, check.size, check.lines[0]),
        ),
    )


def _fitted(
    text: str, largest: float, smallest: float, rows: int, height: float = HEIGHT, hyphen: str = "-"
) -> Fitted:
    """Fit a text into the column of words; sizes in points, half a point apart."""
    steps = round(2 * (largest - smallest))
    sizes = [(largest - step / 2) * _POINT for step in range(steps + 1)]
    return fit(text, Room(_RIGHT - _LEFT, rows, height), sizes, hyphen)


def _depth(words: Fitted) -> float:
    """Measure from the first baseline to the last, mm."""
    return max(0, len(words.lines) - 1) * words.size * LEADING


def _column(words: Fitted, first_baseline: float, bold: bool = False) -> Iterator[Text]:
    """Stack lines in the column: from its left edge, or up to its right edge in Arabic."""
    for row, each in enumerate(words.lines):
        x = _RIGHT - each.width * words.size if each.right_to_left else _LEFT
        yield Text(x, first_baseline + row * words.size * LEADING, words.size, each, bold)


def _check_bars(y: float, gap: float) -> Iterator[Bar]:
    """Draw the line that is 20 mm from outer edge to outer edge, open in the middle."""
    arm = (CHECK_LENGTH - gap) / 2
    for start, tick in ((_LEFT, _LEFT), (_LEFT + arm + gap, _LEFT + CHECK_LENGTH - _STROKE)):
        yield Bar(start, y - _STROKE / 2, arm, _STROKE)
        yield Bar(tick, y - _TICK / 2, _STROKE, _TICK)


def _qr_bars(rows: list[bytearray], module: float) -> Iterator[Bar]:
    """Turn each run of dark modules in a row into one rectangle."""
    for row, modules in enumerate(rows):
        column = 0
        for dark, run in groupby(modules):
            length = sum(1 for _ in run)
            if dark:
                x, y = _QR_EDGE + column * module, _QR_EDGE + row * module
                yield Bar(x, y, length * module, module)
            column += length


def _modules(address: str) -> list[bytearray]:
    """Make the QR at level Q, or H where that costs no module: rows of modules, 1 is dark.

    Never a Micro QR, which phones do not read; the quiet zone is included.
    """
    code = segno.make_qr(address, error="Q", boost_error=True)
    return [bytearray(row) for row in code.matrix_iter(border=QUIET_MODULES)]


def _canvas(held: io.BytesIO, size: tuple[float, float]) -> Canvas:
    canvas = Canvas(held, pagesize=size, pageCompression=1, invariant=1)
    canvas.setTitle("Labels")
    return canvas


def _paint(canvas: Canvas, drawing: Drawing, left: float, top: float) -> None:
    """Paint a drawing with its top left corner at a place on the page, mm from the page's."""
    canvas.saveState()
    canvas.translate(left * mm, canvas._pagesize[1] - top * mm)
    canvas.scale(mm, mm)
    path = canvas.beginPath()
    for bar in drawing.bars:
        path.rect(bar.x, -bar.y - bar.height, bar.width, bar.height)
    canvas.drawPath(path, stroke=0, fill=1, fillMode=FILL_NON_ZERO)  # bars may overlap
    for text in drawing.texts:
        canvas.saveState()  # the render mode outlives its text object otherwise
        canvas.setLineWidth(text.stroke)
        words = canvas.beginText(text.x, -text.y)
        words.setTextRenderMode(2 if text.bold else 0)
        for run in text.line.runs:
            words.setFont(run.face.name, text.size)
            words.textOut(run.text)
        canvas.drawText(words)
        canvas.restoreState()
    canvas.restoreState()


def _svg_text(text: Text) -> str:
    length = text.line.width * text.size
    right_to_left = text.line.right_to_left
    start = text.x + length if right_to_left else text.x
    return (
        f'<text x="{start:.3f}" y="{text.y:.3f}" font-size="{text.size:.3f}"'
        f' textLength="{length:.3f}" lengthAdjust="spacingAndGlyphs"'
        + (' direction="rtl"' if right_to_left else "")
        + (f' stroke="#000" stroke-width="{text.stroke:.3f}"' if text.bold else "")
        + f">{escape(text.line.text)}</text>"
    )


@lru_cache(maxsize=64)
def _pixel_font(face: Face, pixels: float) -> ImageFont.FreeTypeFont:
    # Letters are joined and ordered already: the basic layout must not do it a second time.
    return ImageFont.truetype(face.path, pixels, layout_engine=ImageFont.Layout.BASIC)
