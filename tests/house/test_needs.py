"""What `make test` does about what a machine lacks."""

from __future__ import annotations

from dataclasses import replace

from tests.needs import POSTGRESQL, Here, Plan, look, plan

ALL = Here(chromium=True, node=True, postgresql=True)
BARE = Here(chromium=False, node=False, postgresql=True)


def test_nothing_is_done_where_everything_is_there() -> None:
    assert plan(ALL) == plan(replace(ALL, root=True)) == Plan()


def test_here_and_now_nothing_is_missing() -> None:
    assert plan(look()) == Plan()


def test_root_gets_the_browser_and_what_drives_it_in_one_go() -> None:
    update, install = plan(replace(BARE, root=True)).commands
    assert update == "apt-get -q update"
    assert install.split()[-2:] == ["chromium", "libatomic1"]


def test_only_what_is_missing_is_installed() -> None:
    for has, lacks in (("chromium", "libatomic1"), ("node", "chromium")):
        _, install = plan(replace(BARE, root=True, **{has: True})).commands
        assert install.split()[-2:] == ["--no-install-recommends", lacks]


def test_with_sudo_that_asks_nothing_it_is_used() -> None:
    commands = plan(replace(BARE, sudo=True)).commands
    assert commands
    assert all(command.startswith("sudo apt-get ") for command in commands)


def test_without_rights_the_exact_line_is_said_and_nothing_is_run() -> None:
    said = plan(BARE)
    assert said.commands == ()
    assert said.by_hand[0].splitlines()[-1].strip() == (
        "sudo apt-get -q update && "
        "sudo apt-get -q install -y --no-install-recommends chromium libatomic1"
    )


def test_what_was_tried_is_not_tried_again_but_said() -> None:
    said = plan(replace(BARE, root=True, tried=True))
    assert said.commands == ()
    assert "    apt-get -q update && apt-get" in said.by_hand[0]


def test_another_system_is_told_its_own_line() -> None:
    assert (
        "sudo dnf install -y chromium libatomic" in plan(replace(BARE, installer="dnf")).by_hand[0]
    )
    (said,) = plan(replace(BARE, installer=None)).by_hand
    assert "chromium" in said
    assert "TANDEM_CHROMIUM" in said


def test_a_missing_postgresql_is_said_beside_the_rest() -> None:
    assert plan(replace(ALL, postgresql=False)) == Plan(by_hand=(POSTGRESQL,))
    assert plan(replace(BARE, postgresql=False, root=True)).by_hand == (POSTGRESQL,)
