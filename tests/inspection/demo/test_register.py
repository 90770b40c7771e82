"""The register is read by the same import as anybody's COBie file, so it must hold together."""

import csv
import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest

import inspection.demo

REGISTER = Path(inspection.demo.__file__).parent / "register"
SHEETS = ("Contact", "Facility", "Floor", "Space", "Type", "Component")
KEYS = {"Contact": "Email"}
NOTHING = "n/a"

Row = dict[str, str]


def sheet(name: str) -> list[Row]:
    with (REGISTER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def column(name: str, of: str) -> list[str]:
    return [row[of] for row in sheet(name)]


def cells(*columns: str) -> Iterator[str]:
    for name in SHEETS:
        for row in sheet(name):
            yield from (row[column] for column in columns if row.get(column, NOTHING) != NOTHING)


def test_the_register_is_one_building_of_a_believable_size() -> None:
    assert len(sheet("Facility")) == 1
    assert column("Floor", "Name") == ["Basement", "Ground floor", "First floor", "Second floor"]
    assert 25 <= len(sheet("Space")) <= 30
    assert 30 <= len(sheet("Type")) <= 40
    assert 190 <= len(sheet("Component")) <= 230


@pytest.mark.parametrize("name", SHEETS)
def test_no_two_rows_of_a_sheet_share_a_name_and_no_cell_is_blank(name: str) -> None:
    names = column(name, KEYS.get(name, "Name"))
    assert len(set(names)) == len(names)
    for row in sheet(name):
        assert None not in row, "a row with more cells than the header"
        assert all(value and value == value.strip() for value in row.values())


def test_places_and_equipment_never_share_a_name() -> None:
    names = column("Floor", "Name") + column("Space", "Name") + column("Component", "Name")
    assert len(set(names)) == len(names)


def test_every_space_stands_on_a_floor() -> None:
    assert set(column("Space", "FloorName")) == set(column("Floor", "Name"))


def test_every_component_is_of_a_type_and_every_type_is_used() -> None:
    assert set(column("Component", "TypeName")) == set(column("Type", "Name"))


def test_every_component_stands_in_a_space_unless_it_drives() -> None:
    vehicles = {row["Name"] for row in sheet("Type") if row["Category"] == "Vehicle"}
    spaces = set(column("Space", "Name"))
    driving = {row["Name"] for row in sheet("Component") if row["TypeName"] in vehicles}
    outside = {row["Name"] for row in sheet("Component") if row["Space"] not in spaces}
    assert driving == outside == {"Service van 1", "Cargo bike 1"}
    assert {row["Space"] for row in sheet("Component") if row["Name"] in outside} == {NOTHING}


def test_everybody_who_made_or_sold_something_is_a_contact() -> None:
    contacts = set(column("Contact", "Email"))
    assert set(cells("CreatedBy", "Manufacturer", "WarrantyGuarantorParts")) <= contacts
    assert all(address.endswith(".example") for address in contacts)


def test_the_tap_of_the_first_story_is_in_the_tea_kitchen() -> None:
    (tap,) = [row for row in sheet("Component") if row["Name"] == "Kitchen tap 2.14"]
    (room,) = [row for row in sheet("Space") if row["Name"] == tap["Space"]]
    assert (room["Description"], room["FloorName"]) == ("Tea kitchen", "Second floor")


def test_serials_tags_and_model_identifiers_are_never_used_twice() -> None:
    for columns in (("SerialNumber",), ("TagNumber",), ("AssetIdentifier",)):
        values = list(cells(*columns))
        assert len(set(values)) == len(values) > 100
    identifiers = list(cells("ExtIdentifier", "ExternalFacilityIdentifier"))
    assert len(set(identifiers)) == len(identifiers)
    assert all(re.fullmatch(r"[0-3][0-9A-Za-z_$]{21}", each) for each in identifiers)


def test_dates_and_areas_read_as_dates_and_areas() -> None:
    for row in sheet("Component"):
        installed = datetime.fromisoformat(row["InstallationDate"]).date()
        warranty = datetime.fromisoformat(row["WarrantyStartDate"]).date()
        assert date(2021, 1, 1) < installed <= warranty
    for row in sheet("Space"):
        assert 5 < float(row["NetArea"]) <= float(row["GrossArea"]) < 200


def test_nothing_carries_a_code_before_one_is_bound() -> None:
    assert set(column("Component", "BarCode")) == {NOTHING}
