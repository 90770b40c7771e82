"""One append-only history: no event is altered or removed, and the chain shows who tried."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from inspection import journal
from inspection.db import db, writing
from inspection.journal import Happened
from tests.cast import Cast


def written(cast: Cast, words: str = "Looked at it") -> journal.Written:
    here = cast.harbour
    with writing():
        return journal.record(
            Happened(
                here.contract.id,
                "asset.edited",
                "asset",
                here.places["tap"].id,
                here.members["customer.staff"],
                asset_id=here.places["tap"].id,
                text=words,
            )
        )


@pytest.mark.parametrize(
    "statement",
    ["UPDATE event SET kind = 'asset.added'", "DELETE FROM event"],
)
def test_the_database_itself_refuses_to_alter_an_event(cast: Cast, statement: str) -> None:
    written(cast)
    with pytest.raises(DBAPIError, match="never"), writing():
        db.session.execute(text(statement))
    assert journal.first_broken(cast.harbour.contract.id) is None


def test_each_contract_has_a_chain_of_its_own(cast: Cast) -> None:
    assert [written(cast).seq for _ in range(3)] == [1, 2, 3]
    with writing():
        elsewhere = journal.record(Happened(cast.elsewhere.contract.id, "asset.edited", "asset", 1))
    assert elsewhere.seq == 1


def test_events_written_together_form_one_chain_and_are_told_together(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = cast.harbour
    heard: list[Sequence[journal.Written]] = []
    listeners = {"asset.edited": [heard.append], "*": [heard.append]}
    monkeypatch.setattr(journal, "_listeners", listeners)
    kinds = ("asset.edited", "asset.added", "asset.edited")
    happened = [
        Happened(here.contract.id, kind, "asset", here.places["tap"].id, text=words)
        for kind, words in zip(kinds, ("First", "", "Third"), strict=True)
    ]
    with writing():
        journal.record(Happened(here.contract.id, "asset.archived", "asset", 1))
        heard.clear()
        together = journal.record_all(happened)
        assert journal.record_all([]) == []
    assert [one.seq for one in together] == [2, 3, 4]
    assert [one.what for one in together] == happened
    assert heard == [[together[0], together[2]], together]
    kept = db.session.execute(text("SELECT event_id, text FROM event_text ORDER BY id")).all()
    assert [tuple(row) for row in kept] == [(together[0].id, "First"), (together[2].id, "Third")]
    assert journal.first_broken(here.contract.id) is None


def test_words_that_were_exchanged_are_found(cast: Cast) -> None:
    written(cast)
    with writing():
        db.session.execute(text("UPDATE event_text SET text = 'Never said'"))
    assert journal.first_broken(cast.harbour.contract.id) == 1


def test_words_can_be_erased_and_the_chain_holds(cast: Cast) -> None:
    written(cast)
    written(cast, "More")
    with writing():
        db.session.execute(text("DELETE FROM event_text"))
    assert journal.first_broken(cast.harbour.contract.id) is None


def test_a_change_that_fails_leaves_no_event(cast: Cast) -> None:
    def fail() -> None:
        with writing():
            journal.record(Happened(cast.harbour.contract.id, "asset.edited", "asset", 1))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert written(cast).seq == 1
