"""The rooms of the rig: one server and one ledger for each file of tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.rig.basement import rooms
from tests.rig.basement.rooms import SEED, Basement


@pytest.fixture(scope="module")
def basement() -> Iterator[Basement]:
    with rooms.basement() as opened:
        yield opened


@pytest.fixture(autouse=True)
def _afresh(basement: Basement) -> Iterator[None]:
    """Good weather and an empty ledger; what is in the database stays, words tell it apart."""
    print(f"TANDEM_RIG_SEED={SEED}")
    basement.afresh()
    yield
    basement.afresh()
