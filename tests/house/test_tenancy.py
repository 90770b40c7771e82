"""A row of one contract cannot even refer to a row of another."""

from __future__ import annotations

import pytest
from sqlalchemy import Table, UniqueConstraint, inspect, select
from sqlalchemy.exc import IntegrityError

import app as composition
from inspection.actions.models import Action
from inspection.db import Model, db, table, writing
from inspection.rules.states import State
from tests.cast import Cast
from tests.inspection.queue.test_story import report

assert composition  # every model is known once the app is

# These rows may stand outside any contract, so their column is a plain key.
ABOUT_CONTRACTS = {"submission", "invitation", "contract"}


def contract_tables() -> list[Table]:
    return [
        one
        for one in Model.metadata.sorted_tables
        if "contract_id" in one.columns and one.name not in ABOUT_CONTRACTS
    ]


@pytest.mark.parametrize("one", contract_tables(), ids=lambda one: one.name)
def test_every_reference_to_a_contracts_row_names_the_contract(one: Table) -> None:
    within = {other.name for other in contract_tables()}
    for key in one.foreign_key_constraints:
        if key.referred_table.name in within:
            assert "contract_id" in key.column_keys, key.name
            assert key.referred_table.name in within
    uniques = [
        [column.name for column in unique.columns]
        for unique in one.constraints
        if isinstance(unique, UniqueConstraint)
    ]
    assert ["contract_id", "id"] in uniques


def test_the_database_has_the_composite_keys(cast: Cast) -> None:
    found = inspect(db.engine).get_foreign_keys("action")
    to_assets = [key for key in found if key["referred_table"] == "asset"]
    assert to_assets[0]["constrained_columns"] == ["contract_id", "asset_id"]


def test_an_action_cannot_stand_at_a_place_of_another_contract(cast: Cast) -> None:
    report(cast)
    foreign = cast.elsewhere.places["tap"].id
    with pytest.raises(IntegrityError), writing():
        db.session.execute(table(Action).update().values(asset_id=foreign))
    db.session.rollback()
    row = db.session.execute(select(Action.asset_id, Action.state)).one()
    assert row.asset_id == cast.harbour.places["tap"].id
    assert row.state == State.RECEIVED
