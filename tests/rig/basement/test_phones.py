"""Scripted phones on a bad line, against the server as it is run: nothing is lost, nothing doubled.

Seeds are printed with every failure: `TANDEM_RIG_SEED=…` plays the same faults again.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

from PIL import Image

from tests.rig.basement import checks, rooms
from tests.rig.basement.line import Cuts, Shape
from tests.rig.basement.phone import (
    PART,
    Forgetful,
    Hasty,
    Item,
    Old,
    Phone,
    all_at_once,
    finished,
    new_key,
    picture,
    spread,
)
from tests.rig.basement.rooms import SEED, Basement

HURRY = 40.0


def items(basement: Basement, number: int, *shown: bytes) -> list[Item]:
    given = list(shown) or None
    return [
        finished(basement.place, basement.random, basement.ledger, given) for _ in range(number)
    ]


def sent(basement: Basement, waiting: list[Item], phones: int = 8, seconds: float = 180) -> None:
    """All of it is sent, and everything that must hold holds."""
    unsent = all_at_once(spread(waiting, basement.line, phones, SEED, HURRY), seconds)
    assert [one.key for one in unsent] == []
    assert basement.wrong() == []


def test_fault_26_nothing_is_lost_or_doubled_when_40_percent_are_cut(basement: Basement) -> None:
    basement.line.schedule = Cuts(SEED, 0.4)
    sent(basement, items(basement, 300))
    lost = [one for one in basement.line.log if one.fault == "response" and one.method == "POST"]
    assert len(lost) > 30


def test_fault_26_a_key_made_anew_for_every_try_doubles(basement: Basement) -> None:
    """The check can fail: without a key that stays, the same line makes doubles."""
    basement.line.schedule = Cuts(SEED, 0.6)
    waiting = items(basement, 25)
    all_at_once([(Forgetful(basement.line, Random(SEED), HURRY), waiting)], 90)
    assert any("N2" in one and "times" in one for one in checks.once(basement.app, basement.ledger))


def test_fault_26_a_phone_that_removes_before_it_sends_loses(basement: Basement) -> None:
    """The check can fail: what is taken out of the store before the receipt is gone."""
    basement.line.schedule = Cuts(SEED, 0.6)
    waiting = items(basement, 25)
    all_at_once([(Hasty(basement.line, Random(SEED), HURRY), waiting)], 90)
    assert any("is lost" in one for one in checks.once(basement.app, basement.ledger))
    assert "N1" in " ".join(checks.kept(basement.ledger, {}))


def test_fault_27_a_request_cut_anywhere_leaves_nothing_half_done(basement: Basement) -> None:
    """What was cut on its way there is not there at all; sent again, it is there once."""
    basement.line.schedule = Cuts(SEED, 1.0, points=(0.01, 0.5, 0.99), methods=("POST",))
    waiting = items(basement, 60)
    phone = Phone(basement.line, Random(SEED))
    for item in waiting:
        phone.post(item)
    cut = {one.key for one in basement.line.log if one.fault == "request"}
    assert len(cut) > 15
    assert checks.absent(basement.app, basement.ledger, cut) == []
    basement.line.schedule = Cuts(SEED + 1, 0.2)
    sent(basement, waiting)


def test_fault_28_a_captive_portal_is_no_receipt(basement: Basement) -> None:
    basement.line.go("portal")
    waiting = items(basement, 12)
    sending = threading.Thread(target=sent, args=(basement, waiting))
    sending.start()
    time.sleep(1.0)
    assert basement.ledger.sent == set()
    assert {one.status for one in basement.line.log} == {200, 302}
    basement.line.go("")
    sending.join()
    assert len(basement.ledger.sent) == 12
    assert basement.wrong() == []


def test_fault_29_on_a_very_slow_line_the_text_comes_first(basement: Basement) -> None:
    """50 kbit/s, 2 s there and back, 5 % a second late: the text within 5 s, before any photo."""
    basement.line.shape = Shape(kbits=50, rtt=2.0, delayed=0.05, seed=SEED)
    waiting = items(basement, 2, basement.random.randbytes(4_000))
    sent(basement, waiting, phones=1, seconds=50)
    order = [one.method for one in basement.line.log]
    assert order[:2] == ["POST", "POST"]
    assert "POST" not in order[2:]
    first = basement.line.log[0]
    assert first.took < 5 + 1  # the second that 5 % are late


def test_fault_30_on_a_flapping_line_a_photo_goes_on_where_it_was(basement: Basement) -> None:
    """Never back by more than a part; how long it takes is measured in the long tier."""
    photo = basement.random.randbytes(6 * PART)
    basement.line.shape = Shape(kbits=6000, rtt=0.02)
    (waiting,) = items(basement, 1, photo)
    with basement.line.flapping(0.7, 0.7):
        sent(basement, [waiting], phones=1)
    assert any(one.fault == "down" for one in basement.line.log)
    assert rooms.resent(basement.line.log) <= PART


def test_fault_31_phones_that_come_back_at_once_are_all_served(basement: Basement) -> None:
    waiting = items(basement, 80)
    basement.line.go("down")
    phones = spread(waiting, basement.line, 80, SEED, hurry=4.0)
    back = threading.Timer(1.0, basement.line.go, ("",))
    back.start()
    assert all_at_once(phones, 180) == []
    assert basement.wrong() == []


def test_fault_32_no_answer_of_a_proxy_drops_anything(basement: Basement) -> None:
    basement.line.schedule = Cuts(SEED, 0.0, answered=0.6)
    sent(basement, items(basement, 40))
    seen = {one.status for one in basement.line.log}
    assert seen >= {413, 429, 502, 504}


def test_fault_33_parts_doubled_side_by_side_and_out_of_order_make_the_same_photo(
    basement: Basement,
) -> None:
    photo = basement.random.randbytes(3 * PART + 1000)
    (item,) = items(basement, 1, photo)
    phone = Phone(basement.line, Random(SEED))
    ack = phone.post(item).body
    address = f"{ack['uploads']}/{ack['missing'][0]}"

    def part(offset: int) -> int:
        one = Phone(basement.line, Random())
        begins = {"Upload-Offset": str(offset)}
        return one.ask("PATCH", address, photo[offset : offset + PART], begins).status

    offsets = [n * PART for n in range(4)] * 6
    basement.random.shuffle(offsets)
    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(part, offsets)) <= {200, 409}
    sent(basement, [item])


def test_fault_35_a_server_killed_under_load_loses_and_doubles_nothing(basement: Basement) -> None:
    waiting = items(basement, 240)
    often = basement.server.killed_again_and_again(basement.random, pause=(0.2, 1.0), most=4)
    with often as kills:
        sent(basement, waiting, seconds=120)
    assert kills[0] >= 2


def test_fault_17_the_client_of_the_release_before_is_understood(basement: Basement) -> None:
    """Release 0.3.0 posted photos with the form, under a key of 32 hex digits."""
    basement.line.schedule = Cuts(SEED, 0.4)
    waiting = items(basement, 40, picture(basement.random))
    for item in waiting:
        item.key = basement.ledger.renamed(item.key, new_key(basement.random).replace("-", ""))
    phones = [(Old(basement.line, Random(SEED + n), HURRY), waiting[n::4]) for n in range(4)]
    assert all_at_once(phones, 180) == []
    assert basement.wrong() == []


def test_others_hardly_notice_phones_that_send(basement: Basement) -> None:
    """N8, and N7: what phones of one contract send stands nowhere else."""
    idle = [rooms.looked(basement) for _ in range(20)]
    waiting, over = items(basement, 60), threading.Event()
    busy: list[float] = []

    def look() -> None:
        while not over.wait(0.05):
            busy.append(rooms.looked(basement))

    looking = threading.Thread(target=look)
    looking.start()
    sent(basement, waiting)
    over.set()
    looking.join()
    assert checks.bounded(idle, busy) == []
    assert checks.isolated(basement.app, basement.place.strangers) == []


def test_a_log_that_tells_a_secret_is_found(basement: Basement, tmp_path: Path) -> None:
    """The check can fail."""
    (tmp_path / "log").write_text("127.0.0.1 PATCH /uploads/0123456789abcdefghijkl 200")
    assert checks.traced(basement.ledger, tmp_path / "log") != []


def test_a_picture_is_a_picture(basement: Basement) -> None:
    """Some photos of the rig go through the decoder."""
    shown = picture(basement.random)
    path = basement.server.folder / "one.jpg"
    path.write_bytes(shown)
    assert Image.open(path).size == (24, 24)
    sent(basement, items(basement, 2, shown))
