"""How many units of a lot are inspected, how many may fail, and which ones: drawn from a seed.

Source: DOMAIN 4.2, the single normal plans of ISO 2859-1 / MIL-STD-105E at general level II.
Tables with other numbers around are either shifted by two columns or of another kind (c = 0);
whoever changes a cell changes what both parties signed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

AQLS = ("2.5", "4.0", "6.5")
"""The acceptable quality limits there are, in percent; a limit is no acceptance number."""


@dataclass(frozen=True)
class SamplePlan:
    """Of a lot, `size` units are inspected: accepted with at most `accept` bad, else rejected."""

    letter: str
    size: int
    accept: int
    reject: int


# Lots up to so many units, the letter, and for each of AQLS the sample's size and what it accepts.
_TABLE: tuple[tuple[int, str, tuple[tuple[int, int], ...]], ...] = (
    (8, "A", ((5, 0), (3, 0), (2, 0))),
    (15, "B", ((5, 0), (3, 0), (2, 0))),
    (25, "C", ((5, 0), (3, 0), (8, 1))),
    (50, "D", ((5, 0), (13, 1), (8, 1))),
    (90, "E", ((20, 1), (13, 1), (13, 2))),
    (150, "F", ((20, 1), (20, 2), (20, 3))),
    (280, "G", ((32, 2), (32, 3), (32, 5))),
    (500, "H", ((50, 3), (50, 5), (50, 7))),
    (1200, "J", ((80, 5), (80, 7), (80, 10))),
    (3200, "K", ((125, 7), (125, 10), (125, 14))),
    (10000, "L", ((200, 10), (200, 14), (200, 21))),
)


def plan_for(lot_size: int, aql: str) -> SamplePlan:
    """The plan for a lot at one of AQLS.

    A sample that would be as large as its lot is the whole lot, with the same numbers. A lot of
    more than 10,000 units is judged by the last row, where the checked table ends: its sample
    stays as safe for good work, since that hardly depends on the size of the lot. Raises
    `ValueError` for an empty lot or another limit.
    """
    if lot_size < 1:
        raise ValueError("a lot has at least one unit")
    row = next((row for row in _TABLE if lot_size <= row[0]), _TABLE[-1])
    size, accept = row[2][AQLS.index(aql)]
    return SamplePlan(row[1], min(size, lot_size), accept, accept + 1)


def cells() -> Mapping[tuple[str, str], tuple[int, int]]:
    """The whole table by letter and limit: the sample's size and what it accepts."""
    return {
        (letter, aql): cell
        for _, letter, row in _TABLE
        for aql, cell in zip(AQLS, row, strict=True)
    }


def draw(population: Iterable[int], size: int, seed: str) -> list[int]:
    """The ids of the units to inspect, all equally likely, the same ones for everybody.

    The units are ordered by the SHA-256 of "<seed>:<id>" and the first `size` are taken. So the
    order and the repeats of `population` do not matter, a larger sample begins with the smaller
    one, and either party can redraw with any tool that knows SHA-256. The shuffles of programming
    languages would not do: theirs may change with a version.
    """
    ordered = sorted(set(population), key=lambda unit: (_rank(seed, unit), unit))
    return ordered[:size]


def _rank(seed: str, unit: int) -> bytes:
    return hashlib.sha256(f"{seed}:{unit}".encode()).digest()
