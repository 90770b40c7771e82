"""Merging counts the voices that still stand behind an action."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from inspection.actions import merging, moves
from inspection.assets import tree
from inspection.db import writing
from inspection.reports import following
from inspection.reports.receiving import Received, Said, category_named, receive
from inspection.rules.states import State
from tests.cast import Cast


def reported(cast: Cast, receipt: str, joins: int | None = None) -> Received:
    contract_id = cast.harbour.contract.id
    place = tree.found(contract_id, cast.harbour.places["kitchen"].id)
    category = category_named(contract_id, "leak")
    with writing():
        return receive(Said(place, category, "It drips", "en", receipt, joins=joins))


def action(cast: Cast, received: Received) -> Row[Any]:
    return moves.by_id(cast.harbour.contract.id, received.action_id)


def test_a_report_that_was_taken_back_is_not_counted_after_a_merge(cast: Cast) -> None:
    master, doubled = reported(cast, "first"), reported(cast, "second")
    reported(cast, "third", joins=doubled.action_id)
    with writing():
        following.withdraw(following.opened("third"))
    by = cast.harbour.members["contractor.supervisor"]
    with writing():
        merging.merge(action(cast, doubled), action(cast, master), by, None)
    assert action(cast, master).report_count == 2
    with writing():
        merging.unmerge(action(cast, doubled), by, None)
    assert (action(cast, master).report_count, action(cast, doubled).report_count) == (1, 1)
    assert action(cast, doubled).state == State.RECEIVED
