"""Reads a building register in COBie's sheets: rows in, places in tree order out; no database.

COBie (NBIMS-US 4.2) hands a building over as sheets of rows that name each other. Facility becomes
a site and a building, Floor a level, Space a space, Component equipment in its space, or a vehicle
at the site. `ExtIdentifier` (IFC's GlobalId) is how a later reading finds a place again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from inspection.assets.models import Kind
from inspection.rules.refusal import N_, Refusal

Sheets = Mapping[str, Sequence[Mapping[str, str | None]]]
"""Rows by the name of their sheet; a row maps the column's heading to what the cell shows."""

Key = tuple[str, str]
"""How COBie refers to a row: its sheet and its Name."""

NOTHING = frozenset({"", "n/a"})
NO_DAY = date(1900, 12, 31)  # what COBie says for a day that nobody knows
MONTHS = {"month": 1.0, "year": 12.0, "week": 12 / 52, "day": 12 / 365}
SITE, BUILDING, FLOOR, SPACE, COMPONENT = "Site", "Facility", "Floor", "Space", "Component"

Read = TypeVar("Read")


@dataclass(frozen=True)
class Problem:
    """Why a row cannot be taken over; `line` is its line in the sheet, the headings being 1."""

    sheet: str
    line: int
    why: Refusal


@dataclass(frozen=True)
class TypeRead:
    """A make and model; `warranty_months` is that of the parts."""

    name: str
    category: str
    manufacturer: str
    model: str
    warranty_months: int | None


@dataclass(frozen=True)
class PlaceRead:
    """A place or thing; `values` are columns of the asset, `parent` and `type_name` who they are.

    `name` is what people say, so it may differ from the Name in `key`.
    """

    key: Key
    kind: Kind
    name: str
    parent: Key | None
    type_name: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """What the sheets say: parents before children. With `problems` it must not be planted."""

    types: tuple[TypeRead, ...]
    places: tuple[PlaceRead, ...]
    problems: tuple[Problem, ...]


def read(sheets: Sheets) -> Reading:
    """Read the sheets Facility, Floor, Space, Type, Component and, for makers' names, Contact."""
    return _Reader(sheets).read()


class _Row:
    """One row: cells by heading, and the list that its problems go to."""

    def __init__(
        self, sheet: str, line: int, cells: Mapping[str, str | None], problems: list[Problem]
    ) -> None:
        self.sheet, self.line, self._cells, self._problems = sheet, line, cells, problems

    def problem(self, code: str, sentence: str, column: str, **params: object) -> None:
        said = {"column": column, **params}
        why = Refusal(f"cobie.{code}", sentence, said, where=column)
        self._problems.append(Problem(self.sheet, self.line, why))

    def text(self, column: str, limit: int = 200) -> str:
        """The cell as one line; `n/a`, and a template's heading left standing, are nothing."""
        text = " ".join((self._cells.get(column) or "").split())
        if len(text) > limit:
            self.problem(
                "too_long",
                N_("“%(column)s” is longer than %(limit)s characters."),
                column,
                limit=limit,
            )
        return "" if text.casefold() in NOTHING or text == column else text

    @property
    def name(self) -> str:
        return self.text("Name")

    @property
    def key(self) -> Key:
        return self.sheet, self.name

    def number(self, column: str) -> float | None:
        return self._as(column, float, N_("“%(text)s” in “%(column)s” is not a number."))

    def day(self, column: str) -> date | None:
        """The day of a moment in ISO 8601; COBie's placeholder is no day."""
        sentence = N_("“%(text)s” in “%(column)s” is not a date like 2021-06-28.")
        read = self._as(column, lambda text: datetime.fromisoformat(text).date(), sentence)
        return None if read == NO_DAY else read

    def _as(self, column: str, reads: Callable[[str], Read], sentence: str) -> Read | None:
        text = self.text(column)
        if not text:
            return None
        try:
            return reads(text)
        except ValueError:
            self.problem("unreadable", sentence, column, text=text)
            return None

    def origin(self, system: str, thing: str, identifier: str) -> dict[str, str | None]:
        """Who the row is in the program it comes from."""
        return {
            "ext_system": self.text(system, 100) or None,
            "ext_object": self.text(thing, 100) or None,
            "ext_identifier": self.text(identifier) or None,
        }

    def external(self) -> dict[str, str | None]:
        return self.origin("ExtSystem", "ExtObject", "ExtIdentifier")


class _Reader:
    """Goes through the sheets from the building down, and remembers who is there already."""

    def __init__(self, sheets: Sheets) -> None:
        self._sheets = sheets
        self._problems: list[Problem] = []
        self._places: dict[Key, PlaceRead] = {}
        self._types: dict[str, TypeRead] = {}
        self._vehicles: set[str] = set()
        self._identifiers: set[tuple[Any, Any]] = set()
        self._names: set[Key] = set()

    def read(self) -> Reading:
        building = self._facility()
        for row in self._rows(FLOOR):
            self._floor(row, building)
        for row in self._rows(SPACE):
            self._space(row)
        makers = {row.text("Email"): row.text("Company") for row in self._contacts()}
        for row in self._rows("Type"):
            self._type(row, makers)
        for row in self._rows(COMPONENT):
            self._component(row, building)
        return Reading(
            tuple(self._types.values()), tuple(self._places.values()), tuple(self._problems)
        )

    def _rows(self, sheet: str) -> Iterator[_Row]:
        """The rows that have a name of their own; each of the others is a problem."""
        for line, cells in enumerate(self._sheets.get(sheet, ()), start=2):
            row = _Row(sheet, line, cells, self._problems)
            if not row.name:
                row.problem("nameless", N_("“%(column)s” is empty."), "Name")
            elif row.key in self._names:
                row.problem(
                    "twice",
                    N_("“%(name)s” stands in this sheet twice; names must differ."),
                    "Name",
                    name=row.name,
                )
            else:
                self._names.add(row.key)
                yield row

    def _contacts(self) -> Iterator[_Row]:
        for line, cells in enumerate(self._sheets.get("Contact", ()), start=2):
            yield _Row("Contact", line, cells, self._problems)

    def _facility(self) -> Key | None:
        """The building, and the site it stands on when the sheet names one.

        The site is a place of its own because vehicles and other buildings belong to it too.
        """
        rows = list(self._rows(BUILDING))
        if len(rows) != 1:
            at = rows[1] if rows else _Row(BUILDING, 1, {}, self._problems)
            at.problem("one_building", N_("A register describes exactly one building."), "Name")
        if not rows:
            return None
        return self._building(rows[0])

    def _building(self, row: _Row) -> Key:
        site = (SITE, row.text("SiteName"))
        if site[1]:
            origin = row.origin("ExternalSystem", "ExternalSiteObject", "ExternalSiteIdentifier")
            described = {"description": row.text("SiteDescription", 4000), **origin}
            self._add(row, PlaceRead(site, Kind.SITE, site[1], None, values=described))
        values = {
            "use": row.text("Category"),
            "description": row.text("Description", 4000),
            **row.origin("ExternalSystem", "ExternalFacilityObject", "ExternalFacilityIdentifier"),
        }
        parent = site if site[1] else None
        self._add(row, PlaceRead(row.key, Kind.BUILDING, row.name, parent, values=values))
        return row.key

    def _floor(self, row: _Row, building: Key | None) -> None:
        values = {
            "description": row.text("Description", 4000),
            "details": _given(elevation=row.number("Elevation"), height=row.number("Height")),
            **row.external(),
        }
        self._add(row, PlaceRead(row.key, Kind.LEVEL, row.name, building, values=values))

    def _space(self, row: _Row) -> None:
        number, title = row.text("RoomTag", 60) or row.name, row.text("Description")
        values = {
            "number": number[:60],
            "use": row.text("Category"),
            "net_area": row.number("NetArea"),
            "details": _given(
                gross_area=row.number("GrossArea"), usable_height=row.number("UsableHeight")
            ),
            **row.external(),
        }
        floor = self._there(row, "FloorName", FLOOR)
        self._add(row, PlaceRead(row.key, Kind.SPACE, _said(number, title), floor, values=values))

    def _type(self, row: _Row, makers: Mapping[str, str]) -> None:
        maker, category = row.text("Manufacturer"), row.text("Category")
        if "vehicle" in f"{category} {row.text('ExtObject')}".casefold():
            self._vehicles.add(row.name)
        self._types[row.name] = TypeRead(
            row.name,
            category,
            makers.get(maker) or maker,
            row.text("ModelNumber"),
            _warranty(row),
        )

    def _component(self, row: _Row, building: Key | None) -> None:
        type_name = row.text("TypeName")
        if type_name not in self._types:
            _unknown(row, "TypeName", type_name)
        kind = Kind.VEHICLE if type_name in self._vehicles else Kind.EQUIPMENT
        values = {
            "description": row.text("Description", 4000),
            "serial": row.text("SerialNumber", 100),
            "tag_number": row.text("TagNumber", 100),
            "asset_identifier": row.text("AssetIdentifier", 100),
            "installed_on": row.day("InstallationDate"),
            "warranty_start": row.day("WarrantyStartDate"),
            **row.external(),
        }
        parent = self._garage(building) if kind is Kind.VEHICLE else self._home(row, building)
        self._add(row, PlaceRead(row.key, kind, row.name, parent, type_name, values))

    def _garage(self, building: Key | None) -> Key | None:
        """Vehicles stand at the site; without one they stand alone."""
        return self._places[building].parent if building in self._places else None

    def _home(self, row: _Row, building: Key | None) -> Key | None:
        """Where a component is: its first space, or the building when it names none."""
        return self._there(row, "Space", SPACE) if row.text("Space") else building

    def _there(self, row: _Row, column: str, sheet: str) -> Key | None:
        """The row of `sheet` that a cell names, alone or as the first of several."""
        named = row.text(column)
        for name in (named, named.split(",")[0].strip()):
            if (sheet, name) in self._places:
                return sheet, name
        _unknown(row, column, named)
        return None

    def _add(self, row: _Row, place: PlaceRead) -> None:
        identifier = place.values.get("ext_system"), place.values.get("ext_identifier")
        if all(identifier) and identifier in self._identifiers:
            row.problem(
                "same_identifier",
                N_("Another row has the same identifier, “%(identifier)s”."),
                "ExtIdentifier",
                identifier=identifier[1],
            )
        self._identifiers.add(identifier)
        self._places[place.key] = place


def _unknown(row: _Row, column: str, named: str) -> None:
    row.problem(
        "unknown",
        N_("“%(named)s” in “%(column)s” is nowhere in the register."),
        column,
        named=named or "n/a",
    )


def _said(number: str, title: str) -> str:
    """A space as people say it: its number, then what it is."""
    return title if title.startswith(number) else f"{number} {title}".strip()[:200]


def _given(**numbers: float | None) -> dict[str, float]:
    return {name: number for name, number in numbers.items() if number is not None}


def _warranty(row: _Row) -> int | None:
    """The warranty of the parts in whole months; COBie says years when it says no unit."""
    duration = row.number("WarrantyDurationParts")
    unit = row.text("WarrantyDurationUnit").casefold().rstrip("s") or "year"
    if duration is None:
        return None
    if unit not in MONTHS:
        _unknown(row, "WarrantyDurationUnit", unit)
        return None
    return round(duration * MONTHS[unit])
