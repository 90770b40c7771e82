"""A small share of the rig on the rules alone; `make rig` plays a million steps."""

from __future__ import annotations

import pytest

from inspection.rules import sla
from inspection.rules.lifecycle import Move
from tests.rig import pure

STEPS = 2_000


@pytest.mark.parametrize("seed", [7, 19])
def test_whatever_both_parties_do_what_must_hold_holds(seed: int) -> None:
    counts = pure.play(seed, STEPS // 2)
    assert counts[Move.FIX.value] > 0
    assert counts["(clock breached)"] > 0


def test_a_seed_plays_the_same_game_again() -> None:
    assert pure.play(3, 400) == pure.play(3, 400)


def test_a_fault_is_told_with_the_seed_that_shows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rig that cannot fail proves nothing: a breach that is unset is found."""
    gone_on = sla.gone_on

    def forgiving(clock: sla.Clock, *more: object) -> sla.Clock:
        return sla.replace(gone_on(clock, *more), breached_at=None)  # type: ignore[arg-type,attr-defined]

    monkeypatch.setattr(sla, "gone_on", forgiving)
    with pytest.raises(pure.Broken, match=r"a breach was unset(.|\n)*--seed 5 --steps"):
        pure.play(5, 20_000)
