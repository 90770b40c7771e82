"""What the two parties of the demo look at on their rounds, and how often."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def _said(english: str, danish: str) -> dict[str, str]:
    return {"en": english, "da": danish}


def _level(
    key: str, english: str, danish: str, requirement: str, weight: int = 1, **more: Any
) -> dict[str, Any]:
    return {
        "key": key,
        "kind": "level",
        "label": _said(english, danish),
        "requirement": requirement,
        "weight": weight,
        "photo_below": True,
        **more,
    }


def _check(key: str, english: str, danish: str, requirement: str, **more: Any) -> dict[str, Any]:
    return {
        "key": key,
        "kind": "pass_fail",
        "label": _said(english, danish),
        "requirement": requirement,
        **more,
    }


def _only(key: str, english: str, danish: str, requirement: str, when: str) -> dict[str, Any]:
    return {
        "key": key,
        "kind": "text",
        "label": _said(english, danish),
        "requirement": requirement,
        "relevant": when,
        "required": False,
    }


ROOM: Mapping[str, Any] = {
    "title": "Room, weekly",
    "kinds": ["space"],
    "category": "cleaning",
    "service_line": "cleaning",
    "items": [
        _level(
            "floor",
            "Floor",
            "Gulv",
            "5.1",
            3,
            hint=_said("Corners and under the furniture too", "Også hjørner og under møbler"),
        ),
        _level("tables", "Tables and surfaces", "Borde og flader", "5.1", 2),
        _check("light", "Every lamp burns", "Alle lamper lyser", "3.1"),
        {
            "key": "warmth",
            "kind": "number",
            "label": _said("Temperature", "Temperatur"),
            "requirement": "4.1",
            "unit": "°C",
            "low": 20,
            "high": 23,
        },
        {
            "key": "bins",
            "kind": "count",
            "label": _said("Bins more than three quarters full", "Spande mere end trekvart fyldte"),
            "requirement": "5.2",
            "high": 0,
        },
    ],
}

TOILETS: Mapping[str, Any] = {
    "title": "Toilets, every day",
    "kinds": ["space"],
    "category": "cleaning",
    "service_line": "cleaning",
    "sections": [
        {"key": "clean", "title": _said("Clean", "Rent")},
        {"key": "there", "title": _said("There", "Fyldt op")},
        {"key": "works", "title": _said("Works", "Virker")},
    ],
    "items": [
        _level("floor", "Floor", "Gulv", "5.1", 3, section="clean"),
        _level("bowls", "Bowls and seats", "Kummer og sæder", "5.1", 5, section="clean"),
        _level(
            "basins",
            "Basins, taps and mirrors",
            "Vaske, haner og spejle",
            "5.1",
            3,
            section="clean",
        ),
        _check("smell", "No smell", "Ingen lugt", "5.1", section="clean"),
        {
            "key": "paper",
            "kind": "choice",
            "label": _said("Paper and towels", "Papir og håndklæder"),
            "requirement": "5.2",
            "section": "there",
            "options": [
                {"value": "full", "label": _said("Full", "Fyldt")},
                {"value": "enough", "label": _said("Enough for today", "Nok til i dag")},
                {"value": "empty", "label": _said("Empty somewhere", "Tomt et sted")},
            ],
            "constraint": ". != 'empty'",
            "constraint_message": _said("There is always paper.", "Der er altid papir."),
        },
        _check("soap", "Soap at every basin", "Sæbe ved hver vask", "5.2", section="there"),
        _check("flush", "Every toilet flushes", "Alle toiletter skyller", "2.1", section="works"),
        _check(
            "drains",
            "Drains run freely",
            "Afløb løber frit",
            "2.1",
            section="works",
            critical=True,
            hint=_said(
                "Critical: standing water closes the room", "Kritisk: står der vand, lukkes rummet"
            ),
        ),
        _only(
            "where",
            "Which one, and since when?",
            "Hvilken, og siden hvornår?",
            "2.1",
            "${flush} = 'fail' or ${drains} = 'fail'",
        )
        | {"section": "works"},
    ],
}

EXTINGUISHER: Mapping[str, Any] = {
    "title": "Fire extinguisher",
    "kinds": ["equipment"],
    "category": "danger",
    "service_line": "building",
    "items": [
        {
            "key": "code",
            "kind": "barcode",
            "label": _said("The code on it", "Koden på den"),
            "requirement": "1.1",
            "required": False,
        },
        _check(
            "there",
            "In its place, and to be seen",
            "Hænger på plads og kan ses",
            "1.1",
            critical=True,
        ),
        _check("pressure", "Needle in the green", "Nålen står i grønt", "1.1", critical=True),
        _check("seal", "Seal unbroken", "Plombe ubrudt", "1.1"),
        {
            "key": "serviced",
            "kind": "date",
            "label": _said("Last service, as its label says", "Seneste eftersyn ifølge mærkaten"),
            "requirement": "1.1",
            "required": False,
        },
    ],
}

HOT_WATER: Mapping[str, Any] = {
    "title": "Hot water at the tap",
    "kinds": ["equipment", "space"],
    "category": "leak",
    "service_line": "water and drains",
    "items": [
        {
            "key": "after_a_minute",
            "kind": "number",
            "label": _said("Temperature after one minute", "Temperatur efter et minut"),
            "requirement": "2.2",
            "unit": "°C",
            "low": 50,
            "high": 65,
            "weight": 3,
        },
        _check("drip", "Closes without a drip", "Lukker uden at dryppe", "2.1"),
        {
            "key": "display",
            "kind": "photo",
            "label": _said("The thermometer", "Termometeret"),
            "requirement": "2.2",
            "required": False,
        },
    ],
}

CHECKLISTS: Mapping[str, Mapping[str, Any]] = {
    "room": ROOM,
    "toilets": TOILETS,
    "extinguisher": EXTINGUISHER,
    "hot-water": HOT_WATER,
}
"""By key; all four are agreed when the contract begins."""
