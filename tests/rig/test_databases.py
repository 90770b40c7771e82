"""A small share of the rig on both databases; `make rig` plays 20,000 tries on each."""

from __future__ import annotations

from datetime import timedelta

from inspection import clock
from tests.cast import Cast
from tests.rig import databases

TRIES = 1_000  # on each of two databases


def test_whatever_both_parties_do_at_once_what_must_hold_holds(cast: Cast) -> None:
    """And a rig that cannot fail proves nothing: a ledger that says otherwise finds a fault."""
    ledger = databases.play(cast.app, cast, 11, TRIES)
    assert ledger.wrong == []
    assert ledger.counts["fix"] > 0
    assert ledger.counts["(told who was quicker)"] > 0

    lost, kept = "words nobody has seen since", ledger.done[0]
    late, was = next(iter(ledger.breached.items()))
    ledger.done.append(lost)
    ledger.refused.append(kept)
    ledger.breached[late] = was - timedelta(days=1)
    with clock.shifted_by(ledger.ended - clock.now()):
        ledger.look()
        ledger.close()
    assert f"lost: {lost}" in ledger.wrong
    assert f"half done: {kept}" in ledger.wrong
    assert any(wrong.startswith(f"clock {late}: breached") for wrong in ledger.wrong)
    assert len(ledger.wrong) == 3
