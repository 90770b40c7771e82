"""A sheet of 1200 × 900 units to draw calm flat pictures on: shapes, soft shadows, light, grain.

Shapes are drawn at twice the size and shrunk at the end, which smooths their edges. Pillow is
imported when a sheet is made, not when this module is.
"""

import io
from collections.abc import Sequence
from functools import cache
from random import Random
from typing import Any

Colour = tuple[int, int, int]
Point = tuple[float, float]
Points = Sequence[Point]
Box = tuple[float, float, float, float]

WIDTH, HEIGHT = 1200, 900
FINER = 2
SHADOW: Colour = (34, 40, 54)


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """`share` (0…1) of the way from `one` to `other`."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def lighter(colour: Colour, share: float = 0.3) -> Colour:
    """The colour nearer to white."""
    return mix(colour, (255, 255, 255), share)


def darker(colour: Colour, share: float = 0.2) -> Colour:
    """The colour nearer to a deep blue-grey, never to black."""
    return mix(colour, SHADOW, share)


def around(box: Box, dx: float = 0, dy: float = 0) -> Points:
    """The corners of a box, moved: what a shadow falls in."""
    x0, y0, x1, y1 = box
    return [(x0 + dx, y0 + dy), (x1 + dx, y0 + dy), (x1 + dx, y1 + dy), (x0 + dx, y1 + dy)]


def _large(box: Box) -> Box:
    x0, y0, x1, y1 = box
    return x0 * FINER, y0 * FINER, x1 * FINER, y1 * FINER


def _finer(points: Points) -> list[Point]:
    return [(x * FINER, y * FINER) for x, y in points]


def _lit(points: Points, reach: float) -> tuple[int, int, int, int]:
    """The part of the sheet, in even whole units, that lies within `reach` of the points."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    left, top = (max(0, int(min(each) - reach) // 2 * 2) for each in (xs, ys))
    right = min(WIDTH, int(max(xs) + reach) // 2 * 2 + 2)
    bottom = min(HEIGHT, int(max(ys) + reach) // 2 * 2 + 2)
    return left, top, max(right, left + 2), max(bottom, top + 2)


class Canvas:
    """One picture in the making; the origin is at the top left."""

    def __init__(self, top: Colour, bottom: Colour) -> None:
        from PIL import Image, ImageDraw, ImageFilter, ImageFont

        self._pil, self._pens = Image, ImageDraw
        self._filters, self._fonts = ImageFilter, ImageFont
        column = Image.new("RGB", (1, HEIGHT * FINER), top)
        column.paste(bottom, mask=Image.linear_gradient("L").resize(column.size))
        size = (WIDTH * FINER, HEIGHT * FINER)
        self._image = column.resize(size, Image.Resampling.NEAREST)
        self._pen = ImageDraw.Draw(self._image)

    def box(self, box: Box, fill: Colour, radius: float = 0, shadow: float = 0) -> None:
        """A rectangle with rounded corners, throwing a soft shadow of that reach."""
        if shadow:
            self.shade(around(box, shadow * 0.5, shadow * 0.7), 0.3, shadow)
        self._pen.rounded_rectangle(_large(box), radius * FINER, fill)

    def oval(self, box: Box, fill: Colour) -> None:
        """An ellipse inside the box."""
        self._pen.ellipse(_large(box), fill)

    def shape(self, points: Points, fill: Colour) -> None:
        """A polygon."""
        self._pen.polygon(_finer(points), fill)

    def line(self, points: Points, fill: Colour, width: float) -> None:
        """A line with round joints and ends."""
        self._pen.line(_finer(points), fill, round(width * FINER), joint="curve")
        for x, y in (points[0], points[-1]):
            self.oval((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill)

    def arc(self, box: Box, start: float, end: float, fill: Colour, width: float) -> None:
        """Part of an ellipse, clockwise between two angles in degrees from three o'clock."""
        self._pen.arc(_large(box), start, end, fill, round(width * FINER))

    def words(self, at: Point, text: str, size: float, fill: Colour) -> None:
        """Text centred on `at`, in the typeface that Pillow carries."""
        font = self._fonts.load_default(size * FINER)
        self._pen.text((at[0] * FINER, at[1] * FINER), text, fill, font, anchor="mm")

    def shade(self, points: Points, strength: float = 0.3, blur: float = 14) -> None:
        """A soft shadow in the form of a polygon; `strength` 0…1."""
        self.shine(points, SHADOW, strength, blur)

    def shine(
        self, points: Points, colour: Colour, strength: float = 0.5, blur: float = 40
    ) -> None:
        """Soft light in the form of a polygon; `strength` 0…1."""
        self._light(self._image, FINER, points, colour, strength, blur)

    def _light(
        self,
        image: Any,
        scale: int,
        points: Points,
        colour: Colour,
        strength: float,
        blur: float,
    ) -> None:
        """Light on an image that has `scale` pixels to a unit."""
        # Half the units, a quarter of the pixels: the blur hides it and costs a sixteenth. Only
        # where the light falls, three blurs around: of 22 pictures in 6 s, 4 s lit nothing.
        left, top, right, bottom = _lit(points, 3 * blur)
        size = ((right - left) // 2, (bottom - top) // 2)
        mask = self._pil.new("L", size)
        shifted = [((x - left) / 2, (y - top) / 2) for x, y in points]
        self._pens.Draw(mask).polygon(shifted, round(255 * strength))
        mask = mask.filter(self._filters.GaussianBlur(blur / 2))
        full = ((right - left) * scale, (bottom - top) * scale)
        mask = mask.resize(full, self._pil.Resampling.BILINEAR)
        image.paste(colour, (left * scale, top * scale), mask)

    def dim(self, colour: Colour, strength: float) -> None:
        """A veil over everything drawn so far; `strength` 0…1."""
        self._image.paste(colour, mask=self._pil.new("L", self._image.size, round(255 * strength)))

    def jpeg(self) -> bytes:
        """The finished picture with light from the left and a little grain; the same every time."""
        small = self._image.reduce(FINER)  # it has no edges, and lights a quarter of the pixels
        self._light(small, 1, [(0, 0), (700, 0), (0, 700)], (255, 250, 238), 0.10, 160)
        shadow = [(WIDTH, HEIGHT), (500, HEIGHT), (WIDTH, 300)]
        self._light(small, 1, shadow, SHADOW, 0.10, 160)
        file = io.BytesIO()
        self._pil.blend(small, _grain(), 0.05).save(file, "JPEG", quality=86, optimize=True)
        return file.getvalue()


@cache
def _grain() -> Any:
    from PIL import Image, ImageFilter

    grain = Image.frombytes("L", (WIDTH, HEIGHT), Random(214).randbytes(WIDTH * HEIGHT))
    return grain.filter(ImageFilter.GaussianBlur(0.7)).convert("RGB")
