"""The one scale both parties rate on: number, word, colour and percent are faces of one level.

Source: DOMAIN 2.3. 5 is best. What older tools said (colours, x/10, APPA) is translated on import
and never kept beside the level.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from inspection.rules.access import Party
from inspection.rules.refusal import N_, Refusal, missing, not_offered, too_long

LEVELS = (5, 4, 3, 2, 1)
CONFORMING = 3  # from here up a level meets the requirement
FINDING = 2  # from here down it is a finding
FAILS = 1
COLOURS = ("green", "yellow", "red")
LIMITS = {"word": 40, "definition": 300, "label": 40}


@dataclass(frozen=True)
class Level:
    """One level with its faces; its range of percents has `low` in it and `high` not."""

    level: int
    word: str
    definition: str
    colour: str
    anchor: int
    low: int
    high: int

    @property
    def conforming(self) -> bool:
        return self.level >= CONFORMING

    def usual(self, face: str) -> bool:
        """Whether its `word` or `definition` reads as first proposed: pages translate such."""
        return bool(getattr(self, face) == PROPOSED["levels"][5 - self.level][face])


@dataclass(frozen=True)
class Legacy:
    """What an older word of a party (None: of both) reads as on the scale."""

    party: Party | None
    label: str
    level: int


@dataclass(frozen=True)
class Scale:
    """Five levels, best first, and how each party's older words read on it."""

    levels: tuple[Level, ...]
    legacy: tuple[Legacy, ...] = ()

    def level(self, number: int) -> Level:
        return self.levels[5 - number]

    def at(self, percent: float) -> Level:
        """The level in whose range a percentage falls."""
        return next(one for one in self.levels if percent >= one.low)

    def shown(self, hundredths: int) -> float:
        """Hundredths of a percent as pages show them: one decimal.

        Rounded half up, but never into the range of a better level than the one it is in.
        """
        near, below = (hundredths + 5) // 10, hundredths // 10
        same = self.at(near / 10) is self.at(hundredths / 100)
        return (near if same else below) / 10


PROPOSED: dict[str, Any] = {
    "levels": [
        {
            "level": 5,
            "word": N_("Exceeds"),
            "definition": N_("Requirement met, and users notice it is better than asked"),
            "colour": "green",
            "anchor": 100,
            "from": 95,
        },
        {
            "level": 4,
            "word": N_("Meets"),
            "definition": N_("Every stated standard met"),
            "colour": "green",
            "anchor": 90,
            "from": 85,
        },
        {
            "level": 3,
            "word": N_("Meets, minor gaps"),
            "definition": N_("Only small deviations inside the agreed allowance"),
            "colour": "yellow",
            "anchor": 75,
            "from": 70,
        },
        {
            "level": 2,
            "word": N_("Below"),
            "definition": N_("Part of the requirement not met"),
            "colour": "red",
            "anchor": 50,
            "from": 40,
        },
        {
            "level": 1,
            "word": N_("Fails"),
            "definition": N_("Requirement not met, unusable or unsafe"),
            "colour": "red",
            "anchor": 0,
            "from": 0,
        },
    ],
    "legacy": [
        {"party": None, "label": "green", "level": 4},
        {"party": None, "label": "yellow", "level": 3},
        {"party": None, "label": "red", "level": 2},
        {"party": None, "label": "APPA 1", "level": 5},
        {"party": None, "label": "APPA 2", "level": 4},
        {"party": None, "label": "APPA 3", "level": 3},
        {"party": None, "label": "APPA 4", "level": 2},
        {"party": None, "label": "APPA 5", "level": 1},
    ],
}
"""What a first draft says; words of a level are translated while they read as here."""


def read(body: Mapping[str, Any]) -> Scale | list[Refusal]:
    """{levels: [{level, word, definition, colour, anchor, from}], legacy: [{party, label, level}]}.

    The levels are given best first; a range ends where the next better one begins.
    """
    wrong = [*_wrong_levels(body.get("levels")), *_wrong_legacy(body.get("legacy", []))]
    if wrong:
        return wrong
    ends = [101, *(one["from"] for one in body["levels"])]
    return Scale(
        tuple(
            Level(
                one["level"],
                one["word"].strip(),
                one["definition"].strip(),
                one["colour"],
                one["anchor"],
                one["from"],
                end,
            )
            for one, end in zip(body["levels"], ends, strict=False)
        ),
        tuple(
            Legacy(
                Party(one["party"]) if one.get("party") else None,
                one["label"].strip(),
                one["level"],
            )
            for one in body.get("legacy", [])
        ),
    )


def _whole(value: Any, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _wrong_levels(levels: Any) -> Iterator[Refusal]:
    if not isinstance(levels, list) or [
        one.get("level") if isinstance(one, Mapping) else None for one in levels
    ] != list(LEVELS):
        yield Refusal("scale.levels", N_("A scale has the five levels 5 to 1, best first."))
        return
    for n, one in enumerate(levels):
        yield from _wrong_level(one, f"levels-{n}")
    yield from _wrong_ranges([one.get("from") for one in levels], levels)
    yield from _twice([("levels", "word", _plain(str(one.get("word")))) for one in levels])


def _wrong_level(one: Mapping[str, Any], at: str) -> Iterator[Refusal]:
    for name in ("word", "definition"):
        yield from _wrong_text(one, name, at)
    if one.get("colour") not in COLOURS:
        yield not_offered(f"{at}-colour")
    for name in ("anchor", "from"):
        if not _whole(one.get(name), 0, 100):
            yield Refusal("scale.percent", N_("Write 0 to 100."), where=f"{at}-{name}")


def _wrong_text(one: Mapping[str, Any], name: str, at: str) -> Iterator[Refusal]:
    text, limit = one.get(name), LIMITS[name]
    if not isinstance(text, str) or not text.strip():
        yield missing(f"{at}-{name}")
    elif len(text) > limit:
        yield too_long(len(text), limit, f"{at}-{name}")


def _wrong_ranges(begins: list[Any], levels: list[Mapping[str, Any]]) -> Iterator[Refusal]:
    """The ranges lie one below the other down to 0, and what a level counts as lies in its own."""
    if not all(_whole(one, 0, 100) for one in begins):
        return
    ends = [101, *begins]
    for n, (begin, end) in enumerate(zip(begins, ends, strict=False)):
        if begin >= end or (n == len(begins) - 1 and begin != 0):
            yield Refusal(
                "scale.ranges",
                N_("Each level begins below the better one, and the last at 0 percent."),
                where=f"levels-{n}-from",
            )
        elif _whole(levels[n].get("anchor"), 0, 100) and not begin <= levels[n]["anchor"] < end:
            yield Refusal(
                "scale.anchor",
                N_("What a level counts as lies in its own range: %(low)s to below %(high)s."),
                {"low": begin, "high": end},
                where=f"levels-{n}-anchor",
            )


def _wrong_legacy(legacy: Any) -> Iterator[Refusal]:
    if not isinstance(legacy, list) or not all(isinstance(one, Mapping) for one in legacy):
        yield Refusal("scale.legacy", N_("The older words are a list."))
        return
    for n, one in enumerate(legacy):
        at = f"legacy-{n}"
        yield from _wrong_text(one, "label", at)
        if one.get("party") not in (None, "", *Party):
            yield not_offered(f"{at}-party")
        if not _whole(one.get("level"), 1, 5):
            yield not_offered(f"{at}-level")
    yield from _twice(
        [
            ("legacy", "label", one.get("party") or "", _plain(str(one.get("label"))))
            for one in legacy
        ]
    )


def _twice(rows: list[tuple[str, ...]]) -> Iterator[Refusal]:
    """A word that stands twice in a list, (list, field, …, word) each, would mean two levels."""
    for n, row in enumerate(rows):
        if row[-1] and rows.index(row) != n:
            yield Refusal(
                "scale.twice",
                N_("This word stands twice; keep one."),
                where=f"{row[0]}-{n}-{row[1]}",
            )


def write(scale: Scale) -> dict[str, Any]:
    """The body that reads as this scale."""
    return {
        "levels": [
            {
                "level": one.level,
                "word": one.word,
                "definition": one.definition,
                "colour": one.colour,
                "anchor": one.anchor,
                "from": one.low,
            }
            for one in scale.levels
        ],
        "legacy": [
            {
                "party": one.party.value if one.party else None,
                "label": one.label,
                "level": one.level,
            }
            for one in scale.legacy
        ],
    }


# ---------------------------------------------------------------- older words

_NUMBER = r"(\d{1,4}(?:[.,]\d{1,4})?)"
_OUT_OF = re.compile(rf"{_NUMBER} ?(?:/|out of|of|von|af|av) ?{_NUMBER}")
_PERCENT = re.compile(rf"{_NUMBER} ?(?:%|percent|per cent)")
_APPA = re.compile(r"appa(?: level)?[ -]?([1-5])")
_PLAIN = re.compile(r"(?:level )?([1-5])")


def translated(scale: Scale, party: Party | None, text: str) -> Level | Refusal:
    """The level that an older word of a party means: "yellow", "8/10", "80 %", "APPA 2", "4".

    What the party agreed for its own words comes first, then what is agreed for both, then the
    words of the levels; then points out of some, percents, APPA (1 is its best) and the five
    numbers of the scale itself. Anything else is refused: a bare 8 could be out of anything.
    """
    wanted = _plain(text)
    if not wanted:
        return missing(None)
    number = _agreed(scale, party, wanted)
    if number is not None:
        return scale.level(number)
    percent = _as_percent(wanted)
    if percent is not None and 0 <= percent <= 100:
        return scale.at(float(percent))
    return Refusal(
        "scale.unknown_word",
        N_(
            "“%(text)s” is no level of the scale. Write 1 to 5, a percentage like 80 %%, points "
            "like 8/10, or agree with the other party what it means."
        ),
        {"text": text.strip()[:80]},
    )


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _agreed(scale: Scale, party: Party | None, wanted: str) -> int | None:
    """The number of the level that a word names, by itself or by agreement."""
    for whose in (party, None):
        for one in scale.legacy:
            if one.party is whose and _plain(one.label) == wanted:
                return one.level
    for level in scale.levels:
        if _plain(level.word) == wanted:
            return level.level
    if plain := _PLAIN.fullmatch(wanted):
        return int(plain[1])
    appa = _APPA.fullmatch(wanted)
    return 6 - int(appa[1]) if appa else None


def _as_percent(wanted: str) -> Fraction | None:
    if points := _OUT_OF.fullmatch(wanted):
        most = _fraction(points[2])
        return 100 * _fraction(points[1]) / most if most else None
    percent = _PERCENT.fullmatch(wanted)
    return _fraction(percent[1]) if percent else None


def _fraction(number: str) -> Fraction:
    return Fraction(number.replace(",", "."))
