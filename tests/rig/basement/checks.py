"""N1 to N9, computed from the ledger outside, the database and the photo store.

Each check answers sentences, one for every thing that is not as it must be.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Row, select

from inspection.db import Model, db, reading, table
from inspection.idempotency import Submission
from inspection.journal import Event, EventText
from inspection.photos.models import AWAITED, UNREADABLE, Photo
from inspection.reports.models import Report
from tests.rig import wholeness
from tests.rig.basement.ledger import Ledger, Meant

_reports, _events, _texts, _photos = table(Report), table(Event), table(EventText), table(Photo)
LONGEST_SENDING = 60.0
SECRETS = re.compile(r"/uploads/[\w-]{16,}|/r/[\w-]{16,}|tandem=[\w-]{8,}|rig [0-9a-f]{16}")


def kept(ledger: Ledger, on_phone: Mapping[str, Mapping[str, bool]]) -> list[str]:
    """N1: what a screen called saved is on the phone with its photos, or its receipt is.

    `on_phone`: by key, the photos found by hash, and whether their bytes have that hash.
    """
    wrong = []
    for key in ledger.saved:
        held = on_phone.get(key)
        if held is None:
            wrong.append(f"N1: {key} was said to be saved, and is not on the phone")
            continue
        lost = [name for name in ledger.meant[key].photos if not held.get(name)]
        wrong += [f"N1: {key} has lost the photo {name}" for name in lost]
    return wrong


def once(app: Flask, ledger: Ledger, unsent: Iterable[str] = ()) -> list[str]:
    """N2: what somebody finished is there once, with exactly the photos of its manifest.

    What is known to be still on its way (`unsent`, keys) is there at most once.
    """
    on_the_way = set(unsent)
    with app.app_context(), reading():
        rows, pictures = _by_words(), _pictures()
        keys = Counter(db.session.execute(select(table(Submission).c.key)).scalars())
    wrong = [f"N2: {count} rows remember {key}" for key, count in keys.items() if count > 1]
    for meant in ledger.meant.values():
        found = rows[meant.words]
        if len(found) > 1:
            wrong.append(f"N2: {meant.key} is there {len(found)} times")
        elif not found and meant.key not in on_the_way:
            wrong.append(f"N2: {meant.key} is lost")
        elif found and meant.key not in on_the_way:
            wrong += _photos_of(meant, pictures[found[0]])
    return wrong


def absent(app: Flask, ledger: Ledger, keys: Iterable[str]) -> list[str]:
    """N2, N5: what was cut on its way to the server is not there, not even in part."""
    with app.app_context(), reading():
        rows = _by_words()
        remembered = set(db.session.execute(select(table(Submission).c.key)).scalars())
    wrong = [f"N5: {key} was cut, and is remembered" for key in remembered.intersection(keys)]
    for key in keys:
        words = ledger.meant[key].words
        half = [found for found in rows if found.strip() and words.startswith(found)]
        wrong += [f"N5: {key} was cut, and {found!r} is there" for found in half]
    return wrong


Place = tuple[str, int]  # "report" or "event", and its id


def _by_words() -> dict[str, list[Place]]:
    """Where the words of the rig stand, by the words."""
    found: dict[str, list[Place]] = defaultdict(list)
    for row in db.session.execute(select(_reports.c.id, _reports.c.words)):
        found[row.words].append(("report", row.id))
    comments = select(_texts.c.event_id, _texts.c.text).join(
        _events, _events.c.id == _texts.c.event_id
    )
    for row in db.session.execute(comments.where(_events.c.kind == "action.commented")):
        found[row.text].append(("event", row.event_id))
    return found


def _pictures() -> dict[Place, list[Row[Any]]]:
    found: dict[Place, list[Row[Any]]] = defaultdict(list)
    for row in db.session.execute(select(_photos)):
        if row.report_id is not None:
            found["report", row.report_id].append(row)
        elif row.event_id is not None:
            found["event", row.event_id].append(row)
    return found


def _photos_of(meant: Meant, rows: list[Row[Any]]) -> list[str]:
    wrong = []
    here = sorted(row.received_sha256 for row in rows)
    if here != sorted(meant.photos):
        wrong.append(f"N2: {meant.key} has the photos {here}, and was {sorted(meant.photos)}")
    for row in rows:
        if row.standing == AWAITED:
            wrong.append(f"N2: a photo of {meant.key} never came")
        if row.standing == UNREADABLE and row.picture != row.received_sha256:
            wrong.append(f"N2: a photo of {meant.key} was kept as other bytes")
    return wrong


def acks_are_true(app: Flask, ledger: Ledger) -> list[str]:
    """N3: every receipt that went to a phone is remembered, with the same content and number."""
    rows = table(Submission)
    with app.app_context(), reading():
        here = {row.key: row for row in db.session.execute(select(rows))}
    wrong = [f"N3: {key} was acknowledged, and is not there" for key in ledger.acked.keys() - here]
    for key in ledger.acked.keys() & here:
        said, row = ledger.acked[key], here[key]
        if (said["sha256"], said["number"]) != (row.content_sha256, row.answer["number"]):
            wrong.append(f"N3: {key} was acknowledged as something else")
    return wrong


def photos_are_true(app: Flask, ledger: Ledger) -> list[str]:
    """N3 for photos: what the server called whole is in a record and in the store."""
    with app.app_context(), reading():
        asked = select(_photos.c.received_sha256).where(_photos.c.standing != AWAITED)
        here = set(db.session.execute(asked).scalars())
    return [f"N3: the photo {name} was whole, and is not there" for name in ledger.whole - here]


def words_are_true(ledger: Ledger, shown: Iterable[Mapping[str, Any]]) -> list[str]:
    """N4: "Sent" only with a receipt; nothing "Sending" for long without saying when next.

    `shown`: what screens showed, each {key, state, since (seconds), next_try}.
    """
    wrong = [
        f"N4: {key} was called sent without a receipt" for key in ledger.sent - set(ledger.acked)
    ]
    for one in shown:
        stuck = one["state"] == "sending" and one["since"] > LONGEST_SENDING
        if stuck and not one["next_try"]:
            wrong.append(f"N4: {one['key']} is called sending for {one['since']:.0f} s")
    return wrong


def whole(app: Flask) -> list[str]:
    """N5: no record without its audit row, no row without its record, no photo without its file."""
    return [f"N5: {sentence}" for sentence in wholeness.whole(app)]


def linear(app: Flask) -> list[str]:
    """N6: the states of each action follow each other; nobody overwrote what they had not seen."""
    rows = select(_events.c.action_id, _events.c.state_from, _events.c.state_to, _events.c.seq)
    moved = rows.where(_events.c.state_from.is_not(None), _events.c.action_id.is_not(None))
    last: dict[int, str] = {}
    wrong = []
    with app.app_context(), reading():
        for row in db.session.execute(moved.order_by(_events.c.seq)):
            before = last.get(row.action_id, row.state_from)
            if row.state_from != before:
                wrong.append(f"N6: action {row.action_id} left {row.state_from}, and was {before}")
            last[row.action_id] = row.state_to
    return wrong


def isolated(app: Flask, strangers: int) -> list[str]:
    """N7: nothing of what one contract's phones sent stands in another (`strangers`, its id)."""
    wrong = []
    with app.app_context(), reading():
        for name in ("report", "event", "photo", "upload", "action"):
            one = Model.metadata.tables[name]
            count = db.session.execute(select(one.c.id).where(one.c.contract_id == strangers)).all()
            if count:
                wrong.append(f"N7: {len(count)} rows of {name} stand in another contract")
    return wrong


def bounded(idle: list[float], busy: list[float], most: float = 1.0) -> list[str]:
    """N8: while phones send, others' p95 is at most twice that of an idle server, or `most` s."""
    quiet, loud = p95(idle), p95(busy)
    allowed = max(2 * quiet, most)
    return (
        [f"N8: others wait {loud:.2f} s (p95), {quiet:.2f} s when idle"] if loud > allowed else []
    )


def traced(ledger: Ledger, log: Path) -> list[str]:
    """N9: the server's log holds no token, no cookie, nothing of what people wrote."""
    text = log.read_text(errors="replace")
    found = {match.group() for match in SECRETS.finditer(text)}
    found |= {secret for secret in ledger.secrets if secret in text}
    return [f"N9: the log says {what}" for what in sorted(found)]


def all_of_the_server(app: Flask, ledger: Ledger, log: Path) -> list[str]:
    """Every check that needs no phone, when everything has been sent."""
    return [
        *ledger.wrong,
        *once(app, ledger),
        *acks_are_true(app, ledger),
        *photos_are_true(app, ledger),
        *words_are_true(ledger, ()),
        *whole(app),
        *linear(app),
        *traced(ledger, log),
    ]


def p95(numbers: list[float]) -> float:
    return sorted(numbers)[int(len(numbers) * 0.95)] if numbers else 0.0
