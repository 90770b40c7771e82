"""A demo that is interrupted leaves nothing half made, and can be set up afterwards."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import func, select

from inspection.actions.models import Action
from inspection.assets.models import Asset
from inspection.contracts.models import Contract
from inspection.db import db
from inspection.demo import seed as seeding
from inspection.demo.seed import seed
from inspection.journal import Event
from inspection.people.models import Organisation, Person
from inspection.photos.evidence import Kept
from qr import tags

NOW = datetime(2025, 10, 13, 22, 5, tzinfo=UTC)  # five past midnight in Copenhagen


def unseen(names: set[str]) -> dict[str, Kept]:
    """Pictures nobody looks at here, so nobody draws them."""
    return dict.fromkeys(names, Kept("0" * 64, "0" * 64, "0" * 64, 4, 3, 9))


def left() -> int:
    models = (Contract, Organisation, Person, Asset, Event, Action)
    return sum(db.session.execute(select(func.count(each.id))).scalar_one() for each in models)


def test_an_interrupted_demo_leaves_nothing_and_the_next_one_succeeds(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seeding, "_pictures", unseen)
    minted: list[str] = []

    def unplugged(contract_id: int, asset_id: int, at: datetime) -> str:
        if len(minted) == 20:
            raise KeyboardInterrupt
        minted.append(tags.mint_for(contract_id, asset_id, at))
        return minted[-1]

    with pytest.raises(KeyboardInterrupt):
        seed(NOW, unplugged)
    assert left() == 0
    seed(NOW, tags.mint_for)
    assert left() > 500
