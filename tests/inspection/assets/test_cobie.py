"""A register is read whole or not at all, and says by line what is wrong with it."""

from __future__ import annotations

from datetime import date

import pytest

from inspection.assets.cobie import PlaceRead, Problem, Reading, Sheets, read
from inspection.assets.models import Kind
from inspection.demo.seed import sheets as carried

Cells = dict[str, str | None]


def facility(**cells: str) -> Cells:
    return {"Name": "Town hall", "SiteName": "Market", "Category": "Offices", **cells}


def floor(name: str = "Ground", **cells: str) -> Cells:
    return {"Name": name, "Elevation": "0.00", **cells}


def space(name: str = "0.1", **cells: str) -> Cells:
    return {"Name": name, "FloorName": "Ground", "Description": "Hall", "NetArea": "12.5", **cells}


def kind(name: str = "Tap", **cells: str) -> Cells:
    return {"Name": name, "Category": "Water", "Manufacturer": "n/a", **cells}


def component(name: str = "Tap 1", **cells: str) -> Cells:
    return {"Name": name, "TypeName": "Tap", "Space": "0.1", **cells}


def register(**sheets: list[Cells]) -> Sheets:
    whole: dict[str, list[Cells]] = {
        "Facility": [facility()],
        "Floor": [floor()],
        "Space": [space()],
        "Type": [kind()],
        "Component": [component()],
    }
    return {**whole, **sheets}


def place(reading: Reading, sheet: str, name: str) -> PlaceRead:
    (found,) = [each for each in reading.places if each.key == (sheet, name)]
    return found


def only_problem(sheets: Sheets) -> Problem:
    (problem,) = read(sheets).problems
    return problem


def said(problem: Problem) -> str:
    return problem.why.sentence % problem.why.params


def test_parents_stand_before_their_children() -> None:
    reading = read(register())
    assert [each.kind for each in reading.places] == [
        *(Kind.SITE, Kind.BUILDING, Kind.LEVEL, Kind.SPACE, Kind.EQUIPMENT)
    ]
    known: set[object] = {None}
    for each in read(carried()).places:
        assert each.parent in known
        known.add(each.key)
    assert not reading.problems


def test_the_register_that_the_project_carries_reads_without_a_problem() -> None:
    reading = read(carried())
    assert reading.problems == ()
    assert len(reading.places) == 263
    assert len(reading.types) == 37


def test_a_space_is_named_as_people_say_it() -> None:
    reading = read(register())
    hall = place(reading, "Space", "0.1")
    assert (hall.name, hall.values["number"], hall.values["net_area"]) == ("0.1 Hall", "0.1", 12.5)


@pytest.mark.parametrize(
    ("cells", "name"),
    [
        ({"Description": "n/a"}, "0.1"),
        ({"Description": "0.1 Hall"}, "0.1 Hall"),
        ({"RoomTag": "H-01"}, "H-01 Hall"),
    ],
)
def test_a_space_says_its_number_once(cells: dict[str, str], name: str) -> None:
    reading = read(register(Space=[space(**cells)]))
    assert place(reading, "Space", "0.1").name == name


def test_a_building_without_a_site_stands_alone() -> None:
    reading = read(register(Facility=[facility(SiteName="n/a")]))
    assert reading.places[0].kind is Kind.BUILDING
    assert reading.places[0].parent is None


def test_a_vehicle_stands_at_the_site_and_alone_without_one() -> None:
    van = {"Type": [kind("Van", Category="Vehicle")], "Component": [component(TypeName="Van")]}
    there = place(read(register(**van)), "Component", "Tap 1")
    assert (there.kind, there.parent) == (Kind.VEHICLE, ("Site", "Market"))
    alone = read(register(**van, Facility=[facility(SiteName="n/a")]))
    assert place(alone, "Component", "Tap 1").parent is None
    assert alone.problems == ()


def test_a_component_without_a_space_stands_in_the_building() -> None:
    reading = read(register(Component=[component(Space="n/a")]))
    assert place(reading, "Component", "Tap 1").parent == ("Facility", "Town hall")


def test_a_component_in_several_spaces_stands_in_the_first() -> None:
    reading = read(register(Component=[component(Space="0.1, 0.2")]))
    assert place(reading, "Component", "Tap 1").parent == ("Space", "0.1")


def test_dates_are_days_and_the_placeholder_is_none() -> None:
    cells = {
        "InstallationDate": "2021-03-01T11:00:00",
        "WarrantyStartDate": "1900-12-31T23:59:59",
    }
    values = place(read(register(Component=[component(**cells)])), "Component", "Tap 1").values
    assert (values["installed_on"], values["warranty_start"]) == (date(2021, 3, 1), None)


def test_a_maker_is_called_by_the_name_in_the_contacts() -> None:
    contacts: list[Cells] = [{"Email": "sales@tap.example", "Company": "Tap & Sons"}]
    types = [kind(Manufacturer="sales@tap.example"), kind("Sink", Manufacturer="x@y.example")]
    reading = read(register(Contact=contacts, Type=types))
    assert [each.manufacturer for each in reading.types] == ["Tap & Sons", "x@y.example"]


@pytest.mark.parametrize(
    ("duration", "unit", "months"),
    [("2", "year", 24), ("18", "Months", 18), ("5", "n/a", 60), ("n/a", "year", None)],
)
def test_a_warranty_is_counted_in_months(duration: str, unit: str, months: int | None) -> None:
    cells = {"WarrantyDurationParts": duration, "WarrantyDurationUnit": unit}
    assert read(register(Type=[kind(**cells)])).types[0].warranty_months == months


def test_a_heading_that_a_template_left_in_a_cell_is_nothing() -> None:
    left = {"SerialNumber": "SerialNumber", "InstallationDate": "InstallationDate"}
    values = place(read(register(Component=[component(**left)])), "Component", "Tap 1").values
    assert (values["serial"], values["installed_on"]) == ("", None)


def test_who_a_place_is_elsewhere_is_kept() -> None:
    ext = {"ExtSystem": "Drawing 9", "ExtObject": "IfcSpace", "ExtIdentifier": "1aB"}
    values = place(read(register(Space=[space(**ext)])), "Space", "0.1").values
    assert (values["ext_system"], values["ext_object"], values["ext_identifier"]) == (
        *("Drawing 9", "IfcSpace", "1aB"),
    )


@pytest.mark.parametrize(
    ("sheets", "where", "words"),
    [
        ({"Space": [space(), space()]}, ("Space", 3), "twice"),
        ({"Floor": [floor(), floor("")]}, ("Floor", 3), "is empty"),
        ({"Space": [space(FloorName="Roof")], "Component": []}, ("Space", 2), "“Roof”"),
        ({"Component": [component(Space="0.9")]}, ("Component", 2), "“0.9”"),
        ({"Component": [component(TypeName="Pump")]}, ("Component", 2), "“Pump”"),
        ({"Space": [space(NetArea="12,5 m2")]}, ("Space", 2), "not a number"),
        ({"Component": [component(InstallationDate="spring")]}, ("Component", 2), "not a date"),
        ({"Component": [component(SerialNumber="9" * 101)]}, ("Component", 2), "longer than 100"),
        ({"Facility": [facility(), facility(Name="B")]}, ("Facility", 3), "exactly one"),
        (
            {"Type": [kind(WarrantyDurationParts="2", WarrantyDurationUnit="moon")]},
            ("Type", 2),
            "“moon”",
        ),
    ],
)
def test_a_bad_row_is_told_by_its_line(
    sheets: dict[str, list[Cells]], where: tuple[str, int], words: str
) -> None:
    problem = only_problem(register(**sheets))
    assert (problem.sheet, problem.line) == where
    assert words in said(problem)


def test_two_places_with_one_identifier_are_told() -> None:
    ext = {"ExtSystem": "Drawing 9", "ExtIdentifier": "1aB"}
    problem = only_problem(register(Space=[space(**ext), space("0.2", **ext)]))
    assert (problem.line, problem.why.where) == (3, "ExtIdentifier")


def test_no_building_is_told_once_and_nothing_raises() -> None:
    assert [each.why.code for each in read({}).problems] == ["cobie.one_building"]
