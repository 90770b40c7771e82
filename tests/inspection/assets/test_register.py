"""Planting a register: every place in the tree, or none."""

from __future__ import annotations

import pytest

from inspection.assets import cobie, register, tree
from inspection.assets.models import Kind
from inspection.db import writing
from tests.cast import Cast

SHEETS: cobie.Sheets = {
    "Facility": [{"Name": "Town hall", "SiteName": "Market"}],
    "Floor": [{"Name": "Ground"}],
    "Space": [{"Name": "0.1", "FloorName": "Ground", "Description": "Hall"}],
    "Type": [{"Name": "Tap", "ModelNumber": "T-1"}],
    "Component": [{"Name": "Tap 1", "TypeName": "Tap", "Space": "0.1", "SerialNumber": "S9"}],
}


def test_a_planted_thing_knows_where_it_stands_and_what_it_is(cast: Cast) -> None:
    contract_id = cast.harbour.contract.id
    with writing():
        planted = register.plant(contract_id, cobie.read(SHEETS))
    tap = planted["Component", "Tap 1"]
    assert (tap.kind, tap.serial, tap.type_id is not None) == (Kind.EQUIPMENT, "S9", True)
    assert tap.trail == "Market › Town hall › Ground › 0.1 Hall"
    assert [row.name for row in tree.above(tap)] == ["Market", "Town hall", "Ground", "0.1 Hall"]


def test_a_register_with_a_problem_is_not_planted_at_all(cast: Cast) -> None:
    contract_id = cast.harbour.contract.id
    before = tree.children(contract_id, None)
    reading = cobie.read({**SHEETS, "Component": [{"Name": "Tap 1", "TypeName": "Pump"}]})
    with pytest.raises(ValueError, match="1 rows"), writing():
        register.plant(contract_id, reading)
    assert tree.children(contract_id, None) == before
