"""The photographs of the demo, drawn: calm scenes of what was wrong and of what was put right."""

import math
from collections.abc import Callable, Mapping
from functools import partial
from random import Random

from inspection.demo.canvas import Box, Canvas, Colour, Point, around, darker, lighter, mix

WALLS: tuple[Colour, ...] = (
    (222, 229, 223),  # sage
    (234, 226, 213),  # sand
    (218, 227, 234),  # mist
    (236, 223, 216),  # rose
)
WHITE: Colour = (249, 247, 242)
INK: Colour = (58, 68, 82)
NIGHT: Colour = (36, 43, 60)
STEEL: Colour = (182, 193, 202)
IRON: Colour = (118, 131, 143)
WATER: Colour = (128, 180, 212)
DEEP: Colour = (84, 138, 178)
WOOD: Colour = (200, 165, 126)
OAK: Colour = (176, 139, 101)
GREEN: Colour = (104, 144, 120)
AMBER: Colour = (236, 186, 98)
RED: Colour = (206, 103, 86)
BRICK: Colour = (188, 120, 98)
PAPER: Colour = (252, 250, 245)
WARM: Colour = (255, 236, 190)


def draw(name: str, tint: int = 0) -> bytes:
    """The picture `name` as a JPEG of 1200 × 900; `tint` chooses the colour of the wall.

    `KeyError` for a name that is not in `PICTURES`.
    """
    scene = PICTURES[name]
    return scene(WALLS[tint % len(WALLS)]).jpeg()


def room(wall: Colour, floor: Colour, horizon: float = 700) -> Canvas:
    """A wall with a skirting board above a floor."""
    canvas = Canvas(lighter(wall, 0.25), wall)
    canvas.box((0, horizon, 1200, 900), floor)
    canvas.shine([(0, horizon), (1200, horizon), (1200, horizon + 90)], lighter(floor), 0.5, 40)
    canvas.box((0, horizon - 26, 1200, horizon), lighter(wall, 0.5))
    canvas.shade([(0, horizon), (1200, horizon), (1200, horizon + 14), (0, horizon + 14)], 0.3, 12)
    return canvas


def tiled(canvas: Canvas, wall: Colour, bottom: float, size: float = 150) -> None:
    """Large wall tiles down to `bottom`, with quiet joints."""
    joint = darker(wall, 0.10)
    for column in range(math.ceil(1200 / size) + 1):
        canvas.line([(column * size - 40, 0), (column * size - 40, bottom)], joint, 2.5)
    for row in range(math.ceil(bottom / size) + 1):
        canvas.line([(0, row * size - 30), (1200, row * size - 30)], joint, 2.5)


def drop(canvas: Canvas, x: float, y: float, size: float, colour: Colour = DEEP) -> None:
    """A falling drop whose middle is at x, y."""
    canvas.shape([(x, y - size * 1.9), (x - size * 0.86, y), (x + size * 0.86, y)], colour)
    canvas.oval((x - size, y - size * 0.75, x + size, y + size * 1.25), colour)
    canvas.oval((x - size * 0.5, y, x - size * 0.1, y + size * 0.6), lighter(colour, 0.6))


def rounded(x: float, y: float, wide: float, high: float) -> list[Point]:
    """Points of an ellipse, for light and shadow."""
    turns = [math.tau * n / 24 for n in range(24)]
    return [(x + wide * math.cos(t), y + high * math.sin(t)) for t in turns]


def tap(wall: Colour, dripping: bool) -> Canvas:
    """The kitchen tap of a tea kitchen above its sink."""
    canvas = Canvas(lighter(wall, 0.3), wall)
    tiled(canvas, wall, 620)
    canvas.box((880, 120, 1130, 150), OAK, 4, shadow=22)
    for x, colour in ((910, GREEN), (975, WHITE), (1040, BRICK)):
        canvas.box((x, 66, x + 48, 120), colour, 8)
        canvas.arc((x + 34, 76, x + 66, 108), -80, 80, darker(colour, 0.1), 7)
    counter = WOOD
    canvas.shade([(0, 600), (1200, 600), (1200, 640), (0, 640)], 0.3, 30)
    canvas.box((0, 612, 1200, 760), counter)
    for y, length in ((640, 420), (668, 260), (716, 330), (742, 520)):
        canvas.line([(20, y), (20 + length, y)], darker(counter, 0.06), 3)
    canvas.box((0, 748, 1200, 770), darker(counter, 0.22))
    canvas.box((0, 770, 1200, 900), WHITE)
    for x in (390, 800):
        canvas.line([(x, 770), (x, 900)], darker(WHITE, 0.12), 4)
    for x in (300, 710, 1110):
        canvas.box((x - 40, 800, x + 40, 812), IRON, 6)
    canvas.oval((430, 628, 1010, 748), lighter(STEEL, 0.45))
    canvas.oval((446, 636, 994, 738), darker(STEEL, 0.12))
    canvas.oval((462, 650, 978, 738), STEEL)
    canvas.shine(rounded(640, 700, 130, 22), WHITE, 0.7, 24)
    canvas.oval((700, 690, 752, 706), darker(STEEL, 0.45))
    if dripping:
        for n, reach in enumerate((96, 62, 30)):
            canvas.arc(
                (726 - reach, 698 - reach * 0.26, 726 + reach, 698 + reach * 0.26),
                *(0, 360),
                fill=mix(WATER, STEEL, 0.45 - 0.15 * n),
                width=4,
            )
        canvas.line([(700, 706), (660, 724)], mix(OAK, STEEL, 0.5), 7)
    _tap_body(canvas)
    if dripping:
        drop(canvas, 726, 444, 12)
        drop(canvas, 726, 590, 17)
        drop(canvas, 706, 676, 6, WATER)
        drop(canvas, 750, 670, 5, WATER)
    else:
        _cloth(canvas)
    return canvas


def _tap_body(canvas: Canvas) -> None:
    dark, light = darker(STEEL, 0.25), lighter(STEEL, 0.65)
    canvas.shade([(520, 640), (640, 632), (700, 644), (560, 656)], 0.35, 12)
    canvas.box((478, 618, 582, 642), dark, 11)
    canvas.box((482, 612, 578, 632), STEEL, 10)
    canvas.box((504, 330, 556, 622), STEEL, 6)
    canvas.arc((504, 234, 752, 482), 180, 360, STEEL, 52)
    canvas.box((700, 352, 752, 398), STEEL, 4)
    canvas.box((696, 390, 756, 414), dark, 8)
    canvas.box((514, 356, 524, 612), light, 5)
    canvas.arc((514, 244, 742, 472), 182, 300, light, 9)
    canvas.box((544, 352, 556, 612), darker(STEEL, 0.15))
    canvas.box((498, 500, 562, 560), dark, 14)
    canvas.line([(498, 530), (416, 486)], STEEL, 24)
    canvas.line([(492, 522), (420, 483)], light, 5)


def _cloth(canvas: Canvas) -> None:
    canvas.shade([(180, 690), (390, 690), (400, 720), (190, 724)], 0.35, 14)
    canvas.box((170, 662, 380, 706), GREEN, 10)
    canvas.box((170, 650, 380, 690), lighter(GREEN, 0.25), 10)
    for x in (200, 222, 334):
        canvas.line([(x, 652), (x, 688)], lighter(GREEN, 0.6), 5)
    for x, y, size in ((820, 300, 30), (870, 250, 17), (856, 352, 13)):
        canvas.shape(
            [
                *((x, y - size), (x + size * 0.22, y - size * 0.22), (x + size, y)),
                *((x + size * 0.22, y + size * 0.22), (x, y + size)),
                *((x - size * 0.22, y + size * 0.22), (x - size, y)),
                (x - size * 0.22, y - size * 0.22),
            ],
            WHITE,
        )


def floor_tiles(canvas: Canvas, top: float, colour: Colour) -> None:
    """A tiled floor running away from the eye."""
    canvas.box((0, top, 1200, 900), colour)
    joint = darker(colour, 0.12)
    for n in range(-6, 19):
        canvas.line([(300 + n * 50, top), (n * 170 - 420, 900)], joint, 3)
    for share in (0.0, 0.16, 0.38, 0.68):
        canvas.line([(0, top + share * (900 - top)), (1200, top + share * (900 - top))], joint, 3)


def basin(wall: Colour, wet: bool) -> Canvas:
    """A wash basin on the wall, with or without a puddle under it."""
    canvas = Canvas(lighter(wall, 0.3), wall)
    tiled(canvas, wall, 640, 120)
    floor_tiles(canvas, 640, (176, 184, 188))
    canvas.shade([(0, 640), (1200, 640), (1200, 656), (0, 656)], 0.35, 12)
    canvas.box((420, 40, 780, 270), IRON, 16, shadow=26)
    canvas.box((430, 50, 770, 260), (206, 222, 230), 10)
    canvas.shape([(470, 260), (600, 50), (690, 50), (560, 260)], (222, 234, 240))
    canvas.box((872, 150, 972, 290), WHITE, 14, shadow=20)
    canvas.box((906, 286, 938, 300), IRON, 4)
    canvas.box((586, 470, 614, 560), STEEL)
    canvas.arc((540, 510, 614, 590), 0, 180, STEEL, 26)
    canvas.box((540, 470, 566, 552), STEEL)
    canvas.box((534, 540, 572, 556), darker(STEEL))
    canvas.box((560, 470, 640, 484), darker(STEEL))
    canvas.shade([(380, 420), (820, 420), (760, 560), (470, 560)], 0.25, 34)
    canvas.shape([(372, 380), (828, 380), (744, 490), (456, 490)], darker(WHITE, 0.10))
    canvas.box((352, 350, 848, 400), WHITE, 22)
    canvas.oval((420, 356, 780, 392), darker(WHITE, 0.16))
    canvas.oval((440, 364, 760, 392), darker(WHITE, 0.07))
    canvas.box((578, 286, 622, 372), STEEL, 10)
    canvas.box((584, 292, 592, 360), lighter(STEEL, 0.6), 4)
    canvas.line([(600, 302), (600, 300), (690, 316)], STEEL, 22)
    if wet:
        _puddle(canvas)
    return canvas


def _puddle(canvas: Canvas) -> None:
    water = mix(WATER, (176, 184, 188), 0.25)
    edge = darker(water, 0.12)
    for grow, colour in ((6, edge), (0, water)):
        canvas.oval((300 - grow, 716 - grow, 800 + grow, 836 + grow), colour)
        canvas.oval((560 - grow, 740 - grow, 960 + grow, 826 + grow), colour)
        canvas.oval((200 - grow, 770 - grow, 470 + grow, 828 + grow), colour)
    canvas.shine(rounded(520, 762, 150, 16), WHITE, 0.65, 22)
    canvas.shine(rounded(800, 780, 80, 10), WHITE, 0.5, 16)
    for reach in (84, 48):
        canvas.arc((578 - reach, 778 - reach / 4, 578 + reach, 778 + reach / 4), 0, 360, WHITE, 3)
    for x, y, size in ((578, 612, 9), (578, 684, 13), (566, 748, 7), (1010, 806, 0)):
        if size:
            drop(canvas, x, y, size)
    for x, y in ((1010, 800), (1046, 786), (170, 862), (118, 846)):
        canvas.oval((x, y, x + 34, y + 12), water)


def corridor(wall: Colour, lit: bool) -> Canvas:
    """A corridor with ceiling lamps, dark or as it should be."""
    canvas = Canvas(wall, wall)
    near, far = (0.0, 0.0, 1200.0, 900.0), (470.0, 300.0, 730.0, 560.0)
    ceiling, ground = lighter(wall, 0.2), (164, 150, 132)
    canvas.shape([(0, 0), (1200, 0), (730, 300), (470, 300)], ceiling)
    canvas.shape([(0, 900), (1200, 900), (730, 560), (470, 560)], ground)
    canvas.shape([(0, 0), (470, 300), (470, 560), (0, 900)], darker(wall, 0.06))
    canvas.shape([(1200, 0), (730, 300), (730, 560), (1200, 900)], darker(wall, 0.12))
    canvas.box(far, lighter(wall, 0.1))
    canvas.box((548, 372, 652, 560), OAK)
    canvas.oval((636, 470, 644, 478), STEEL)

    def at(share: float, x: float, y: float) -> Point:
        """A point of the tunnel: depth 0 (here) … 1 (far wall), x and y 0…1 across."""
        left, top, right, bottom = (a + (b - a) * share for a, b in zip(near, far, strict=True))
        return left + (right - left) * x, top + (bottom - top) * y

    for side in (0.0, 1.0):
        canvas.line([at(0, side, 0.97), at(1, side, 0.97)], lighter(wall, 0.4), 12)
        for start, end in ((0.30, 0.47), (0.68, 0.78)):
            door = [
                at(start, side, 0.26),
                at(end, side, 0.26),
                at(end, side, 1),
                at(start, side, 1),
            ]
            canvas.shape(door, darker(OAK, 0.1 if side else 0.02))
            canvas.line([at(start + 0.03, side, 0.66), at(start + 0.05, side, 0.66)], STEEL, 9)
    lamps = [
        [at(d, 0.40, 0), at(d, 0.60, 0), at(d + 0.12, 0.60, 0), at(d + 0.12, 0.40, 0)]
        for d in (0.28, 0.56, 0.80)
    ]
    if lit:
        _lit(canvas, lamps, at)
    else:
        _unlit(canvas, lamps)
    return canvas


def _lit(
    canvas: Canvas, lamps: list[list[Point]], at: Callable[[float, float, float], Point]
) -> None:
    for depth, lamp in zip((0.28, 0.56, 0.80), lamps, strict=True):
        canvas.shine(lamp, WARM, 0.7, 40)
        pool = [at(depth - 0.1, x, 1) for x in (0.2, 0.8)] + [at(depth + 0.14, 0.7, 1)]
        canvas.shine([*pool, at(depth + 0.14, 0.3, 1)], WARM, 0.55, 50)
        canvas.shape(lamp, (255, 252, 240))
    canvas.shine([(0, 300), (470, 380), (730, 380), (1200, 300)], WARM, 0.2, 120)


def _unlit(canvas: Canvas, lamps: list[list[Point]]) -> None:
    canvas.shape(lamps[0], IRON)
    canvas.shape(lamps[1], IRON)
    canvas.dim(NIGHT, 0.74)
    canvas.shine(lamps[2], WARM, 0.9, 44)
    canvas.shine([(548, 560), (652, 560), (720, 640), (480, 640)], WARM, 0.42, 40)
    canvas.shine([(470, 300), (730, 300), (730, 560), (470, 560)], WARM, 0.24, 50)
    canvas.shape(lamps[2], (250, 232, 186))
    for lamp in lamps[:2]:
        canvas.shape(lamp, mix(IRON, NIGHT, 0.45))
        canvas.line([*lamp, lamp[0]], mix(IRON, NIGHT, 0.1), 4)


def waste_bin(wall: Colour, full: bool) -> Canvas:
    """A waste bin by the wall, overflowing or emptied."""
    canvas = room(wall, (190, 176, 158))
    canvas.box((90, 120, 330, 420), WHITE, 4, shadow=18)
    canvas.box((104, 134, 316, 406), mix(WATER, WHITE, 0.35))
    canvas.shape([(104, 406), (104, 330), (190, 270), (250, 320), (316, 280), (316, 406)], GREEN)
    canvas.oval((230, 160, 280, 210), AMBER)
    canvas.shade([(400, 812), (830, 812), (900, 846), (430, 850)], 0.4, 20)
    if full:
        _rubbish(canvas, above=True)
    body = (92, 108, 118)
    canvas.shape([(410, 380), (790, 380), (752, 824), (448, 824)], body)
    canvas.shape([(410, 380), (480, 380), (500, 824), (448, 824)], lighter(body, 0.12))
    canvas.shape([(730, 380), (790, 380), (752, 824), (706, 824)], darker(body, 0.2))
    canvas.box((396, 356, 804, 394), darker(body, 0.25), 12)
    canvas.box((520, 500, 680, 640), lighter(body, 0.2), 20)
    for turn in (0, 120, 240):
        canvas.arc((560, 530, 640, 610), turn + 12, turn + 92, WHITE, 13)
        tip = math.radians(turn + 104)
        x, y = 600 + 34 * math.cos(tip), 570 + 34 * math.sin(tip)
        canvas.oval((x - 11, y - 11, x + 11, y + 11), WHITE)
    if full:
        _rubbish(canvas, above=False)
    else:
        canvas.box((408, 312, 792, 360), darker(body, 0.1), 22)
        canvas.box((560, 296, 640, 318), darker(body, 0.3), 10)
        canvas.box((430, 322, 690, 332), lighter(body, 0.35), 5)
        canvas.shine(rounded(950, 810, 150, 16), WHITE, 0.5, 26)
    return canvas


def _paper_ball(canvas: Canvas, x: float, y: float, size: float) -> None:
    dice = Random(round(x * 7 + y))
    turns = [math.tau * n / 11 for n in range(11)]
    edge = [(t, size * dice.uniform(0.82, 1.08)) for t in turns]
    ball = [(x + r * math.cos(t), y + r * math.sin(t)) for t, r in edge]
    canvas.shape(ball, PAPER)
    canvas.shape([ball[0], ball[1], ball[2], ball[3], ball[4], (x, y)], darker(PAPER, 0.14))
    canvas.shape([ball[4], ball[5], ball[6], (x - size * 0.2, y)], darker(PAPER, 0.06))
    canvas.line([(x, y), ball[8]], darker(PAPER, 0.12), 3)


def _cup(canvas: Canvas, x: float, y: float, lean: float) -> None:
    canvas.shape([(x, y), (x + 84, y + lean), (x + 70, y + 118 + lean), (x + 16, y + 118)], WHITE)
    canvas.shape(
        [*((x + 5, y + 36), (x + 80, y + 36 + lean)), (x + 74, y + 86 + lean), (x + 11, y + 86)],
        BRICK,
    )
    canvas.box((x - 6, y - 12 + lean / 2, x + 92, y + 8 + lean / 2), darker(WHITE, 0.3), 8)


def _rubbish(canvas: Canvas, above: bool) -> None:
    if above:
        _cup(canvas, 470, 236, 10)
        canvas.box((560, 190, 700, 380), AMBER, 8)
        canvas.box((580, 220, 680, 250), lighter(AMBER, 0.5), 4)
        for x, y, size in ((450, 350, 52), (540, 330, 60), (640, 322, 64), (738, 344, 58)):
            _paper_ball(canvas, x, y, size)
        canvas.shape([(690, 330), (800, 250), (838, 286), (760, 370)], (126, 162, 138))
        canvas.shape([(690, 330), (800, 250), (812, 262), (712, 346)], lighter(GREEN, 0.5))
        return
    for x, y, size in ((330, 806, 44), (884, 826, 50), (252, 838, 30), (1010, 790, 34)):
        canvas.shade(rounded(x + 16, y + size * 0.8, size, 12), 0.4, 12)
        _paper_ball(canvas, x, y, size)
    canvas.shade([(930, 866), (1110, 866), (1110, 880), (940, 884)], 0.4, 10)
    canvas.shape([(940, 820), (1080, 806), (1090, 872), (946, 872)], WHITE)
    canvas.shape([(976, 816), (1046, 810), (1052, 872), (980, 872)], BRICK)
    canvas.oval((1066, 806, 1104, 872), darker(WHITE, 0.25))


def tile(wall: Colour, cracked: bool) -> Canvas:
    """A floor of large tiles from above, one of them broken."""
    stone = mix((196, 190, 180), wall, 0.3)
    canvas = Canvas(darker(stone, 0.30), darker(stone, 0.26))
    dice = Random(5)
    for row in range(4):
        for column in range(5):
            x, y = column * 300 - 150, row * 300 - 160
            shade = mix(lighter(stone, 0.10), darker(stone, 0.06), dice.random())
            if (column, row) == (2, 1):
                _middle_tile(canvas, x, y, shade, cracked)
                continue
            canvas.box((x + 7, y + 7, x + 293, y + 293), shade, 5)
            _speckle(canvas, dice, x, y, shade)
    if cracked:
        _tape(canvas)
    return canvas


def _speckle(canvas: Canvas, dice: Random, x: float, y: float, shade: Colour) -> None:
    for _ in range(22):
        a, b = x + dice.uniform(20, 276), y + dice.uniform(20, 276)
        size = dice.uniform(2, 5)
        spot = darker(shade, 0.10) if dice.random() < 0.6 else lighter(shade, 0.25)
        canvas.oval((a, b, a + size, b + size), spot)


def _middle_tile(canvas: Canvas, x: float, y: float, shade: Colour, cracked: bool) -> None:
    box = (x + 7, y + 7, x + 293, y + 293)
    if not cracked:
        canvas.box((x + 1, y + 1, x + 299, y + 299), lighter(shade, 0.55), 7)
        canvas.box(box, lighter(shade, 0.14), 5)
        _speckle(canvas, Random(9), x, y, shade)
        canvas.shine([(x + 40, y + 30), (x + 150, y + 30), (x + 60, y + 200)], WHITE, 0.5, 34)
        return
    canvas.shade(around(box, 8, 10), 0.4, 12)
    canvas.box(box, shade, 5)
    _speckle(canvas, Random(9), x, y, shade)
    dark = darker(shade, 0.55)
    corner = [(x + 175, y + 293), (x + 205, y + 214), (x + 293, y + 170), (x + 293, y + 293)]
    canvas.shape(corner, darker(shade, 0.62))
    piece = [(a + 16, b + 15) for a, b in corner]
    canvas.shade([(a + 8, b + 10) for a, b in piece], 0.45, 10)
    canvas.shape(piece, lighter(shade, 0.08))
    main = [(x + 8, y + 92), (x + 74, y + 118), (x + 120, y + 96), (x + 168, y + 150)]
    canvas.line([*main, (x + 205, y + 214)], dark, 7)
    canvas.line([(x + 120, y + 96), (x + 150, y + 40), (x + 186, y + 8)], dark, 5)
    canvas.line([(x + 168, y + 150), (x + 230, y + 138), (x + 292, y + 104)], dark, 4)
    canvas.line([(x + 74, y + 118), (x + 66, y + 190), (x + 92, y + 240)], dark, 3)
    for a, b, size in ((150, 236, 13), (232, 322, 10), (322, 150, 8), (128, 268, 7)):
        canvas.shape([(x + a, y + b), (x + a + size, y + b - 6), (x + a + 8, y + b + size)], shade)


def _tape(canvas: Canvas) -> None:
    canvas.shade([(0, 760), (1200, 640), (1200, 706), (0, 826)], 0.35, 14)
    canvas.shape([(0, 744), (1200, 624), (1200, 690), (0, 810)], AMBER)
    for n in range(-1, 13):
        x = n * 104
        y = 744 - x * 0.1
        canvas.shape([(x, y), (x + 50, y - 5), (x + 20, y + 64), (x - 30, y + 69)], INK)


def radiator(wall: Colour, cold: bool) -> Canvas:
    """A radiator under a window, with a thermometer beside it."""
    canvas = room(wall, (186, 164, 138), 770)
    sky = (196, 214, 228) if cold else (206, 226, 236)
    canvas.box((230, 30, 830, 380), WHITE, 6, shadow=24)
    for left in (250, 542):
        canvas.box((left, 50, left + 268, 360), sky)
        canvas.shape([(left, 360), (left, 300), (left + 268, 270), (left + 268, 360)], DEEP)
    if cold:
        dice = Random(3)
        for _ in range(70):
            x, y = dice.choice((250, 542)) + dice.uniform(6, 258), dice.uniform(56, 350)
            size = dice.uniform(3, 8)
            canvas.oval((x, y, x + size, y + size), WHITE)
    else:
        canvas.oval((640, 90, 720, 170), AMBER)
    canvas.box((200, 376, 860, 408), lighter(WOOD, 0.3), 6, shadow=16)
    _radiator_body(canvas)
    _thermometer(canvas, cold)
    if not cold:
        for x in (360, 530, 700):
            wave = [(x + 9 * math.sin(n / 2.2), 478 - n * 3.0) for n in range(24)]
            canvas.line(wave, mix(RED, AMBER, 0.55), 6)
        canvas.shine([(280, 420), (780, 420), (780, 740), (280, 740)], AMBER, 0.16, 70)
    return canvas


def _radiator_body(canvas: Canvas) -> None:
    canvas.shade([(270, 520), (820, 520), (830, 790), (290, 790)], 0.3, 26)
    canvas.box((840, 690, 862, 790), STEEL)
    canvas.box((790, 690, 862, 708), STEEL)
    canvas.box((250, 490, 800, 744), darker(WHITE, 0.10), 10)
    for n in range(13):
        x = 258 + n * 41.4
        canvas.box((x, 484, x + 33, 750), WHITE, 14)
        canvas.box((x + 24, 496, x + 33, 738), darker(WHITE, 0.09), 6)
    canvas.box((818, 660, 884, 706), WHITE, 12)
    for x in (832, 846, 860):
        canvas.line([(x, 668), (x, 698)], darker(WHITE, 0.2), 4)


def _thermometer(canvas: Canvas, cold: bool) -> None:
    canvas.box((970, 330, 1070, 690), PAPER, 20, shadow=20)
    canvas.box((1006, 360, 1034, 610), darker(PAPER, 0.12), 14)
    for n in range(11):
        y = 372 + n * 21
        canvas.line([(1044, y), (1056 if n % 5 else 1062, y)], IRON, 3)
    level, colour = (540, DEEP) if cold else (424, RED)
    canvas.box((1012, level, 1028, 640), colour, 8)
    canvas.oval((992, 606, 1048, 662), colour)
    canvas.oval((1004, 616, 1018, 630), lighter(colour, 0.6))


def closer(wall: Colour, stuck: bool) -> Canvas:
    """The upper half of a door with its closer, standing ajar or shut."""
    canvas = Canvas(lighter(wall, 0.25), wall)
    frame = darker(WHITE, 0.10)
    canvas.box((250, 90, 950, 900), frame, 4, shadow=24)
    canvas.box((290, 130, 910, 900), NIGHT)
    if stuck:
        canvas.shine([(300, 300), (420, 300), (420, 900), (300, 900)], WARM, 0.5, 60)
        leaf: list[Point] = [(430, 172), (906, 130), (906, 900), (430, 900)]
    else:
        leaf = [(294, 134), (906, 134), (906, 900), (294, 900)]
    canvas.shape(leaf, OAK)
    (left, top), right = leaf[0], 906.0
    slope = (130 - top) / (right - left) if stuck else 0
    for share in (0.12, 0.3, 0.47, 0.66, 0.82):
        x = left + share * (right - left)
        canvas.line([(x, top + slope * (x - left) + 16), (x + 4, 900)], darker(OAK, 0.07), 4)
    canvas.line([(left, top), (left, 900)], lighter(OAK, 0.25), 7)
    pane = [(left + 130, 440), (right - 150, 430), (right - 150, 720), (left + 130, 724)]
    canvas.shape(pane, darker(OAK, 0.3))
    inner = [(left + 142, 452), (right - 162, 442), (right - 162, 708), (left + 142, 712)]
    canvas.shape(inner, mix(WATER, WHITE, 0.35))
    glare = [(left + x, y) for x, y in ((150, 708), (226, 448), (262, 447), (186, 708))]
    canvas.shape(glare, mix(WATER, WHITE, 0.6))
    canvas.box((left + 26, 770, left + 62, 870), STEEL, 8)
    canvas.line([(left + 44, 800), (left + 120, 800)], darker(STEEL, 0.15), 18)
    _closer_body(canvas, stuck)
    return canvas


def _closer_body(canvas: Canvas, stuck: bool) -> None:
    body = darker(STEEL, 0.08)
    canvas.box((620, 196, 850, 262), body, 12, shadow=16)
    canvas.box((632, 204, 838, 214), lighter(body, 0.45), 5)
    canvas.box((560, 84, 640, 112), IRON, 6)
    elbow: Point = (480, 200) if stuck else (500, 150)
    canvas.line([(690, 228), elbow], IRON, 20)
    canvas.line([elbow, (600, 98)], IRON, 16)
    for x, y in ((690, 228), elbow, (600, 98)):
        canvas.oval((x - 15, y - 15, x + 15, y + 15), darker(IRON, 0.25))
        canvas.oval((x - 6, y - 6, x + 6, y + 6), STEEL)


def dispenser(wall: Colour, empty: bool) -> Canvas:
    """A paper towel dispenser over a bin, empty or filled."""
    canvas = Canvas(lighter(wall, 0.3), wall)
    tiled(canvas, wall, 900, 120)
    canvas.box((420, 150, 780, 590), darker(WHITE, 0.06), 34, shadow=34)
    canvas.box((432, 158, 768, 560), WHITE, 28)
    canvas.box((560, 196, 640, 224), IRON, 12)
    canvas.oval((592, 202, 608, 218), INK)
    canvas.box((540, 280, 660, 470), darker(WHITE, 0.35), 14)
    window = darker(IRON, 0.45) if empty else mix(GREEN, PAPER, 0.75)
    canvas.box((550, 290, 650, 460), window, 8)
    if empty:
        canvas.box((550, 448, 650, 460), RED, 4)
        canvas.shape([(560, 300), (584, 300), (566, 440), (558, 440)], lighter(window, 0.18))
    else:
        for y in range(300, 456, 11):
            canvas.line([(556, y), (644, y)], darker(PAPER, 0.16), 3)
    canvas.box((470, 560, 730, 596), darker(IRON, 0.3), 14)
    if empty:
        _empty_handed(canvas)
    else:
        canvas.shade([(510, 590), (700, 590), (710, 740), (520, 740)], 0.3, 20)
        canvas.shape([(500, 578), (700, 578), (690, 742), (604, 716), (512, 744)], PAPER)
        canvas.shape([(604, 580), (700, 578), (690, 742), (604, 716)], darker(PAPER, 0.06))
    return canvas


def _empty_handed(canvas: Canvas) -> None:
    skin = (222, 182, 150)
    canvas.shine(rounded(600, 640, 120, 20), WHITE, 0.2, 30)
    for lean, side in ((1, 300), (-1, 900)):
        cuff = side - lean * 110
        canvas.line([(cuff - lean * 120, 900), (side - lean * 24, 806)], DEEP, 120)
        canvas.line([(side - lean * 24, 806), (side + lean * 60, 760)], skin, 84)
        for n, (dx, dy) in enumerate(((190, -44), (204, -8), (196, 28), (176, 58))):
            tip = (side + lean * dx, 750 + dy)
            canvas.line([(side + lean * 60, 742 + n * 16), tip], darker(skin, 0.03 * n), 30)
        canvas.line([(side + lean * 40, 740), (side + lean * 96, 674)], skin, 32)
    for x, y, size in ((498, 812, 9), (520, 868, 12), (702, 806, 11), (672, 858, 8), (430, 860, 9)):
        drop(canvas, x, y, size)


def lift(wall: Colour, running: bool) -> Canvas:
    """Lift doors with their display, out of order or open."""
    canvas = room(wall, (150, 156, 160), 800)
    canvas.box((330, 170, 870, 806), darker(STEEL, 0.35), 6, shadow=28)
    canvas.box((360, 200, 840, 806), NIGHT)
    if running:
        canvas.box((360, 200, 840, 806), (238, 222, 192))
        canvas.shape([(360, 806), (840, 806), (780, 740), (420, 740)], (166, 150, 130))
        canvas.box((420, 240, 780, 740), lighter(WOOD, 0.35))
        canvas.box((470, 300, 730, 520), (214, 226, 232), 6)
        canvas.box((420, 590, 780, 604), STEEL, 6)
        canvas.shine([(420, 210), (780, 210), (740, 330), (460, 330)], WARM, 0.7, 50)
    left, right = (430.0, 770.0) if running else (600.0, 600.0)
    for x0, x1, lean in ((360.0, left, 1), (right, 840.0, -1)):
        canvas.box((x0, 200, x1, 806), STEEL)
        inner = x1 if lean > 0 else x0
        canvas.line([(inner, 202), (inner, 804)], darker(STEEL, 0.35), 5)
        canvas.shine(
            [(x0 + 20, 220), (x0 + 50, 220), (x0 + 40, 780), (x0 + 20, 780)], WHITE, 0.5, 20
        )
    canvas.box((440, 60, 760, 144), INK, 12, shadow=16)
    if running:
        canvas.words((566, 102), "2", 58, (150, 220, 176))
        canvas.shape([(614, 120), (664, 120), (639, 82)], (150, 220, 176))
    else:
        canvas.words((600, 102), "UDE AF DRIFT", 40, (255, 150, 120))
        _out_of_order(canvas)
    canvas.box((930, 420, 1010, 580), STEEL, 14, shadow=14)
    glow = (150, 220, 176) if running else IRON
    for y in (468, 532):
        canvas.oval((948, y - 22, 992, y + 22), darker(STEEL, 0.3))
        canvas.oval((954, y - 16, 986, y + 16), glow)
    return canvas


def _out_of_order(canvas: Canvas) -> None:
    canvas.line([(470, 380), (600, 330), (730, 380)], INK, 5)
    canvas.box((440, 380, 760, 560), PAPER, 10, shadow=18)
    canvas.shape([(600, 396), (650, 480), (550, 480)], AMBER)
    canvas.line([(600, 424), (600, 452)], INK, 9)
    canvas.oval((594, 462, 606, 474), INK)
    canvas.words((600, 516), "Brug venligst trappen", 26, INK)
    canvas.words((600, 543), "Please use the stairs", 18, IRON)
    canvas.shade([(180, 842), (330, 842), (350, 866), (190, 868)], 0.4, 12)
    canvas.shape([(250, 610), (274, 610), (318, 840), (206, 840)], (226, 128, 84))
    canvas.shape([(238, 676), (286, 676), (297, 736), (227, 736)], WHITE)
    canvas.box((176, 832, 348, 856), darker((226, 128, 84), 0.2), 8)


def gutter(wall: Colour, blocked: bool) -> Canvas:
    """The edge of a roof with its gutter, full of leaves or clear."""
    sky = (176, 190, 202) if blocked else (190, 216, 232)
    canvas = Canvas(darker(sky, 0.1) if blocked else sky, lighter(sky, 0.4))
    if not blocked:
        canvas.oval((930, 60, 1050, 180), WARM)
        canvas.shine(rounded(990, 120, 130, 130), WARM, 0.5, 60)
    for x, y in ((120, 110), (640, 70)):
        for dx, dy, size in ((0, 0, 60), (70, -24, 78), (150, 4, 58)):
            canvas.oval((x + dx, y + dy, x + dx + size * 2, y + dy + size), lighter(sky, 0.45))
    _brickwork(canvas, mix(BRICK, wall, 0.25))
    _roof(canvas)
    zinc = (150, 162, 170)
    canvas.shade([(0, 474), (1200, 474), (1200, 520), (0, 520)], 0.35, 24)
    if blocked:
        _leaves(canvas)
    canvas.box((0, 420, 1200, 486), zinc, 26)
    canvas.box((0, 414, 1200, 434), lighter(zinc, 0.35), 10)
    canvas.box((0, 462, 1200, 476), darker(zinc, 0.12), 7)
    for x in (150, 520, 890):
        canvas.box((x, 412, x + 22, 490), darker(zinc, 0.28), 5)
    canvas.box((1010, 470, 1080, 900), zinc, 10, shadow=20)
    canvas.box((1022, 490, 1034, 890), lighter(zinc, 0.4), 5)
    canvas.box((1000, 466, 1090, 516), darker(zinc, 0.1), 12)
    for y in (600, 790):
        canvas.box((1000, y, 1090, y + 22), darker(zinc, 0.3), 5)
    if blocked:
        _spill(canvas)
    return canvas


def _brickwork(canvas: Canvas, brick: Colour) -> None:
    dice = Random(12)
    canvas.box((0, 440, 1200, 900), lighter(brick, 0.3))
    for row in range(12):
        for column in range(-1, 13):
            x, y = column * 100 + (row % 2) * 50, 444 + row * 40
            canvas.box((x + 3, y + 3, x + 97, y + 37), mix(brick, darker(brick), dice.random()), 3)


def _roof(canvas: Canvas) -> None:
    slate = (112, 92, 92)
    canvas.shape([(0, 180), (1200, 240), (1200, 430), (0, 430)], darker(slate, 0.25))
    for row in range(6):
        for column in range(-1, 17):
            x = column * 78 + (row % 2) * 39
            y = 180 + row * 42 + (x / 1200) * 60 * (1 - row / 6)
            shade = lighter(slate, 0.05 + 0.05 * ((column * 3 + row * 5) % 4))
            canvas.box((x + 2, y, x + 75, y + 56), shade, 14)


def _leaves(canvas: Canvas) -> None:
    dice = Random(8)
    colours = ((196, 138, 72), (170, 106, 62), (214, 168, 88), (132, 124, 76))
    for _ in range(150):
        x = dice.uniform(330, 990)
        height = 62 * math.exp(-(((x - 680) / 190) ** 2)) + 12
        y = 424 - dice.uniform(-8, height)
        turn, size = dice.uniform(0, math.pi), dice.uniform(16, 30)
        dx, dy = size * math.cos(turn), size * math.sin(turn)
        leaf = [
            (x - dx, y - dy),
            (x - dy / 2, y + dx / 2),
            (x + dx, y + dy),
            (x + dy / 2, y - dx / 2),
        ]
        colour = dice.choice(colours)
        canvas.shape(leaf, colour)
        canvas.line([leaf[0], leaf[2]], darker(colour, 0.2), 2)


def _spill(canvas: Canvas) -> None:
    water = lighter(WATER, 0.3)
    canvas.shade([(540, 490), (800, 490), (830, 900), (520, 900)], 0.35, 30)
    for left, width, reach in ((560, 26, 30), (612, 40, 44), (676, 60, 54), (746, 30, 40)):
        right, low = left + width, reach / 2
        fall = [(left, 424), (right, 424), (right + low, 900), (left - low, 900)]
        canvas.shine(fall, water, 0.85, 9)
        foam = left + width * 0.4
        glint = [(foam, 430), (foam + 9, 430), (foam + 14, 900), (foam, 900)]
        canvas.shine(glint, WHITE, 0.8, 6)
    dice = Random(4)
    for _ in range(90):
        x, y = dice.uniform(0, 1200), dice.uniform(0, 880)
        canvas.line([(x, y), (x - 7, y + 30)], lighter(WATER, 0.55), 2)


def meter(wall: Colour) -> Canvas:
    """A measuring instrument on a table, its needle where it should be."""
    canvas = room(wall, OAK, 640)
    canvas.box((380, 150, 820, 770), AMBER, 54, shadow=40)
    canvas.box((404, 174, 796, 746), darker(IRON, 0.55), 40)
    canvas.box((436, 206, 764, 470), PAPER, 20)
    dial = (470, 250, 730, 510)
    for start, end, colour in ((200, 235, RED), (235, 305, GREEN), (305, 340, AMBER)):
        canvas.arc(dial, start, end, colour, 22)
    for n in range(11):
        turn = math.radians(200 + n * 14)
        inner, outer = (94, 78) if n % 5 else (98, 70)
        ends = [(600 + r * math.cos(turn), 380 + r * math.sin(turn)) for r in (inner, outer)]
        canvas.line(ends, INK, 4)
    canvas.line([(600, 420), (614, 282)], RED, 7)
    canvas.oval((584, 404, 616, 436), INK)
    canvas.oval((530, 530, 670, 670), darker(IRON, 0.75))
    canvas.oval((546, 546, 654, 654), IRON)
    canvas.line([(600, 600), (600, 556)], WHITE, 10)
    for x, colour in ((480, INK), (720, RED)):
        canvas.oval((x - 26, 674, x + 26, 726), darker(IRON, 0.8))
        away = -1 if x < 600 else 1
        lead = [(x, 700), (x + away * 60, 800), (x + away * 210, 812), (x + away * 330, 740)]
        canvas.line(lead, colour, 14)
        canvas.line([(x + away * 330, 740), (x + away * 400, 640)], colour, 30)
        canvas.line([(x + away * 400, 640), (x + away * 424, 606)], STEEL, 9)
    return canvas


def facade(wall: Colour) -> Canvas:
    """The house seen from the quay."""
    sky = mix((190, 214, 230), wall, 0.2)
    canvas = Canvas(sky, (246, 236, 222))
    canvas.shine(rounded(960, 190, 90, 90), WARM, 0.9, 50)
    canvas.oval((900, 130, 1020, 250), (255, 246, 222))
    for x, y, wide in ((120, 120, 240), (520, 70, 180)):
        canvas.box((x, y, x + wide, y + 30), lighter(sky, 0.55), 15)
        canvas.box((x + 50, y - 22, x + wide - 60, y + 16), lighter(sky, 0.55), 19)
    canvas.shape([(0, 650), (0, 470), (90, 430), (180, 480), (180, 650)], mix(GREEN, sky, 0.5))
    canvas.box((1010, 440, 1200, 640), mix(BRICK, sky, 0.55))
    canvas.shape([(1000, 440), (1210, 440), (1210, 380), (1105, 350)], mix(INK, sky, 0.6))
    _warehouse(canvas)
    _quay(canvas)
    return canvas


def _warehouse(canvas: Canvas) -> None:
    canvas.shade([(180, 300), (1020, 300), (1050, 660), (180, 660)], 0.25, 26)
    canvas.box((170, 300, 760, 650), BRICK)
    canvas.shape([(150, 304), (780, 304), (720, 210), (210, 210)], (96, 92, 100))
    canvas.shape([(150, 304), (780, 304), (776, 292), (156, 292)], (74, 72, 82))
    canvas.shape([(380, 304), (465, 176), (550, 304)], lighter(BRICK, 0.08))
    canvas.shape(
        [(366, 308), (465, 158), (564, 308), (550, 308), (465, 182), (380, 308)], (74, 72, 82)
    )
    canvas.oval((437, 232, 493, 288), WHITE)
    canvas.oval((445, 240, 485, 280), mix(DEEP, WHITE, 0.25))
    for row, y in enumerate((336, 440)):
        for column in range(6):
            x = 204 + column * 92
            lit = (row * 5 + column * 3) % 4 == 0
            canvas.box((x - 5, y - 5, x + 61, y + 75), WHITE, 3)
            canvas.box((x, y, x + 56, y + 70), WARM if lit else mix(DEEP, INK, 0.25))
            canvas.line([(x + 28, y), (x + 28, y + 70)], WHITE, 4)
            canvas.line([(x, y + 30), (x + 56, y + 30)], WHITE, 4)
    canvas.box((760, 340, 1000, 650), mix(GREEN, INK, 0.25))
    canvas.box((752, 328, 1008, 344), INK, 4)
    for row in range(3):
        for column in range(3):
            x, y = 778 + column * 72, 362 + row * 96
            glass = mix(WATER, WHITE, 0.25 + 0.1 * ((row + column) % 3))
            canvas.box((x, y, x + 60, y + 82), glass, 2)
            canvas.shape([(x, y + 60), (x + 44, y), (x + 60, y), (x, y + 82)], lighter(glass, 0.35))
    canvas.box((196, 540, 600, 584), INK, 4)
    canvas.words((398, 562), "H A V N E H U S E T", 30, WHITE)
    canvas.box((640, 546, 740, 650), (48, 58, 70))
    canvas.box((648, 554, 688, 650), mix(WARM, WATER, 0.35))
    canvas.box((692, 554, 732, 650), mix(WARM, WATER, 0.25))
    canvas.shape([(624, 546), (756, 546), (744, 526), (636, 526)], GREEN)
    for x in (204, 330, 456):
        canvas.box((x, 600, x + 96, 650), mix(WARM, WATER, 0.3), 2)


def _quay(canvas: Canvas) -> None:
    stone = (186, 178, 168)
    canvas.box((0, 646, 1200, 736), stone)
    canvas.shade([(0, 646), (1200, 646), (1200, 660), (0, 660)], 0.3, 12)
    canvas.box((0, 722, 1200, 750), darker(stone, 0.28))
    for joint in range(40, 1200, 120):
        canvas.line([(joint, 662), (joint - 40, 720)], darker(stone, 0.07), 3)
    canvas.box((0, 750, 1200, 900), mix(DEEP, INK, 0.12))
    dice = Random(2)
    for left, right, colour in ((170, 760, BRICK), (760, 1000, GREEN), (900, 1020, WARM)):
        for _ in range(34):
            y = dice.uniform(756, 890)
            x, length = dice.uniform(left, right - 60), dice.uniform(30, 130)
            canvas.line([(x, y), (x + length, y)], mix(colour, DEEP, 0.62), 5)
    for _ in range(46):
        x, y = dice.uniform(0, 1180), dice.uniform(756, 890)
        canvas.line([(x, y), (x + dice.uniform(14, 60), y)], lighter(DEEP, 0.32), 3)
    for left in (90, 1120):
        canvas.box((left, 690, left + 34, 734), INK, 8)
        canvas.box((left - 8, 682, left + 42, 698), INK, 8)
    _bicycle(canvas, 850, 690)
    for x, y in ((620, 150), (690, 120), (850, 300)):
        canvas.arc((x - 26, y, x, y + 20), 190, 340, INK, 4)
        canvas.arc((x - 3, y, x + 23, y + 20), 200, 350, INK, 4)


def _bicycle(canvas: Canvas, x: float, y: float) -> None:
    for dx in (0, 118):
        canvas.arc((x + dx - 26, y - 26, x + dx + 26, y + 26), 0, 360, INK, 5)
    canvas.box((x + 62, y - 52, x + 150, y - 6), OAK, 5)
    canvas.line([(x, y), (x + 28, y - 48), (x + 64, y - 8), (x, y)], RED, 6)
    canvas.line([(x + 28, y - 48), (x + 22, y - 64)], INK, 5)
    canvas.line([(x + 10, y - 66), (x + 36, y - 66)], INK, 7)
    canvas.line([(x + 60, y - 10), (x + 52, y - 76), (x + 36, y - 80)], INK, 5)


def floor_plan(wall: Colour) -> Canvas:
    """The second floor from above, with a pin in the tea kitchen."""
    canvas = Canvas(lighter(wall, 0.55), lighter(wall, 0.35))
    canvas.box((70, 130, 1130, 790), INK, 6, shadow=26)
    corridor_floor = (238, 232, 220)
    canvas.box((82, 142, 1118, 778), corridor_floor)
    tints = {"hall": (214, 226, 218), "meet": (220, 226, 236), "wet": (206, 224, 234)}
    kitchen = (250, 226, 190)
    rooms: tuple[tuple[Box, str, str, float, Colour], ...] = (
        ((82, 142, 520, 470), "2.10", "Great hall", 60, tints["hall"]),
        ((532, 142, 730, 470), "2.11", "Meeting room", 0, tints["meet"]),
        ((742, 142, 1118, 470), "2.12", "Open office", 30, tints["meet"]),
        ((82, 560, 300, 778), "2.13", "Toilets", -6, tints["wet"]),
        ((312, 560, 520, 778), "2.14", "Tea kitchen", -28, kitchen),
        ((532, 560, 700, 778), "2.15", "IT room", 0, tints["meet"]),
        ((712, 560, 880, 778), "", "Lift", -70, darker(corridor_floor, 0.06)),
        ((892, 560, 1118, 778), "0.10", "Stair A", -34, darker(corridor_floor, 0.04)),
    )
    for box, _, _, _, colour in rooms:
        canvas.box((box[0] - 10, box[1] - 10, box[2] + 10, box[3] + 10), INK)
        canvas.box(box, colour)
    canvas.box((82, 480, 1118, 550), corridor_floor)
    canvas.words((860, 515), "2.01  Corridor", 22, IRON)
    _plan_doors(canvas)
    _plan_fittings(canvas)
    for (x0, y0, x1, y1), number, title, lower, _ in rooms:
        canvas.words(((x0 + x1) / 2, (y0 + y1) / 2 + lower - 16), number, 34, INK)
        canvas.words(((x0 + x1) / 2, (y0 + y1) / 2 + lower + 20), title, 22, IRON)
    canvas.words((272, 78), "Havnehuset, second floor", 36, INK)
    canvas.line([(930, 92), (1118, 92)], INK, 4)
    for x in (930, 1024, 1118):
        canvas.line([(x, 84), (x, 100)], INK, 4)
    canvas.words((1024, 66), "0        5        10 m", 20, INK)
    canvas.words((600, 846), "the quay", 24, mix(DEEP, INK, 0.2))
    canvas.line([(120, 846), (500, 846)], WATER, 4)
    canvas.line([(700, 846), (1080, 846)], WATER, 4)
    return canvas


def _plan_doors(canvas: Canvas) -> None:
    for x, y, up in ((420, 470, 1), (640, 470, 1), (800, 470, 1), (240, 560, 0), (340, 560, 0)):
        canvas.box((x, y - 12, x + 52, y + 12), (238, 232, 220))
        canvas.line([(x, y), (x, y + (-50 if up else 50))], INK, 4)
        box = (x - 50, y - 50, x + 50, y + 50)
        canvas.arc(box, 270 if up else 0, 360 if up else 90, IRON, 3)


def _plan_fittings(canvas: Canvas) -> None:
    for n in range(9):
        canvas.line([(900 + n * 26, 700), (900 + n * 26, 776)], IRON, 3)
    canvas.line([(900, 738), (1106, 738)], INK, 4)
    canvas.box((740, 590, 852, 748), mix(STEEL, WHITE, 0.35), 6)
    canvas.line([(796, 690), (796, 740)], IRON, 4)
    for tip, base in ((682, 696), (748, 734)):
        canvas.shape([(796, tip), (786, base), (806, base)], IRON)
    for x in (110, 180):
        canvas.box((x, 724, x + 42, 772), WHITE, 12)
        canvas.box((x, 760, x + 42, 776), STEEL, 4)
    canvas.box((316, 738, 516, 776), mix(OAK, WHITE, 0.3), 3)
    canvas.box((352, 742, 420, 770), STEEL, 8)
    canvas.box((360, 748, 412, 766), WHITE, 6)
    for row in range(3):
        for column in range(8):
            x, y = 120 + column * 48, 180 + row * 34
            canvas.box((x, y, x + 30, y + 20), mix(GREEN, WHITE, 0.3), 6)
    for x in (790, 900, 1010):
        canvas.box((x, 176, x + 70, 216), mix(OAK, WHITE, 0.35), 5)
    canvas.shade(rounded(392, 758, 26, 7), 0.4, 10)
    canvas.shape([(365, 712), (407, 712), (386, 758)], RED)
    canvas.oval((360, 676, 412, 728), RED)
    canvas.oval((374, 690, 398, 714), WHITE)


PICTURES: Mapping[str, Callable[[Colour], Canvas]] = {
    "tap_dripping": partial(tap, dripping=True),
    "tap_repaired": partial(tap, dripping=False),
    "basin_puddle": partial(basin, wet=True),
    "basin_dry": partial(basin, wet=False),
    "lamp_dead": partial(corridor, lit=False),
    "lamp_new": partial(corridor, lit=True),
    "bin_overflowing": partial(waste_bin, full=True),
    "bin_clean": partial(waste_bin, full=False),
    "tile_cracked": partial(tile, cracked=True),
    "tile_replaced": partial(tile, cracked=False),
    "radiator_cold": partial(radiator, cold=True),
    "radiator_warm": partial(radiator, cold=False),
    "closer_stuck": partial(closer, stuck=True),
    "closer_adjusted": partial(closer, stuck=False),
    "dispenser_empty": partial(dispenser, empty=True),
    "dispenser_full": partial(dispenser, empty=False),
    "lift_out_of_order": partial(lift, running=False),
    "lift_running": partial(lift, running=True),
    "gutter_blocked": partial(gutter, blocked=True),
    "gutter_clear": partial(gutter, blocked=False),
    "meter": meter,
    "facade": facade,
    "floor_plan": floor_plan,
}
