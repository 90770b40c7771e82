"""Finding actions by words: what was said, where, by whom and in which language, or a number.

The words of an action stand folded in one row (`ActionWords`), which is renewed at the commit of
every transaction whose events name the action. SQLite searches them through FTS5, PostgreSQL
through GIN; each has one index of what is listed and one of the rest.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    bindparam,
    cast,
    column,
    delete,
    event,
    func,
    insert,
    literal_column,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy import table as named

from inspection.actions.models import Action, Decision, Hold, Merge, Plan
from inspection.assets import tree
from inspection.assets.models import Asset
from inspection.assets.tree import within
from inspection.contracts.models import Category
from inspection.db import db, dialect, table, writing
from inspection.journal import Event, EventText, Happened, Written
from inspection.journal import listen as listen_to
from inspection.people.models import Membership, Person
from inspection.queue.models import ActionWords, RenamedPlace
from inspection.reports.models import Report
from inspection.rules import folding
from inspection.web import STAFF_LANGUAGES, whole

_actions, _words, _renamed = table(Action), table(ActionWords), table(RenamedPlace)
_assets, _categories, _merges = table(Asset), table(Category), table(Merge)
_members, _persons, _reports = table(Membership), table(Person), table(Report)
_events, _texts = table(Event), table(EventText)

FEW = 500  # actions that are looked up one by one
AT_ONCE = 500  # actions renewed by one look
INDEXES = {True: "action_words_fts_open", False: "action_words_fts_past"}
"""The text index of what is listed, and the one of the rest."""

_NUMBER = re.compile(r"(?:#|(?:no|nr|№)\b\.?)?\s*(\d{1,9})", re.IGNORECASE)


# ---------------------------------------------------------------- looking


def number(words: str) -> int | None:
    """The number somebody looks for when they look for nothing else: 123, #123, No. 123."""
    found = _NUMBER.fullmatch(words.strip())
    return whole(found[1]) if found else None


def matching(contract_id: int, words: str, *, listed: bool = True) -> ColumnElement[bool]:
    """A condition on actions: every word of `words` begins a word about it.

    Among those that stand in the queue, else (`listed=False`) among the others. No letter and no
    digit in `words` is no condition. Nothing typed is an operator: a query is made of folded words.
    """
    sought = folding.words(words)
    if not sought:
        return true()
    known: dict[Any, ColumnElement[bool]] = db.session().info.setdefault(_LOOKED_UP, {})
    asked = contract_id, listed, *sought
    if asked not in known:
        known[asked] = _matching(contract_id, sought, listed)
    return known[asked]


def _matching(contract_id: int, sought: list[str], listed: bool) -> ColumnElement[bool]:
    each: ColumnElement[Any]
    if dialect() == "postgresql":
        ids, each = _in_postgresql(contract_id, sought, listed), _actions.c.id
    else:
        ids, each = _in_sqlite(sought, listed), literal_column("+action.id")
    few = db.session.execute(ids.limit(FEW + 1)).scalars().all()
    return each.in_(ids) if len(few) > FEW else _actions.c.id.in_(few)


def _in_sqlite(sought: list[str], listed: bool) -> Select[Any]:
    """Hazard: looking up and sorting the 5,000 rows of a usual word took 20 ms of 20,000 open ones.

    `+action.id` keeps SQLite from it: it walks the order of the view and stops when a page is full.
    """
    index = named(INDEXES[listed], column("rowid"))
    asked = " AND ".join(f'"{word}"*' for word in sought)
    return select(index.c.rowid).where(literal_column(INDEXES[listed]).op("MATCH")(asked))


def _in_postgresql(contract_id: int, sought: list[str], listed: bool) -> Select[Any]:
    from sqlalchemy.dialects.postgresql import TSQUERY

    asked = " & ".join(f"'{word}':*" for word in sought)
    held: ColumnElement[Any] = literal_column("array_to_tsvector(string_to_array(words, ' '))")
    return select(_words.c.action_id).where(
        _words.c.contract_id == contract_id,
        _words.c.listed if listed else ~_words.c.listed,
        held.op("@@")(cast(asked, TSQUERY)),
    )


# ---------------------------------------------------------------- following what happens

_TOUCHED = "actions whose words may have changed"
_LOOKED_UP = "what was looked for"  # in the running transaction: a page asks six times


def listen() -> None:
    """Hang on the journal, and on the commit that follows."""
    listen_to("*", _note)
    if not event.contains(db.session, "before_commit", _before_commit):
        event.listen(db.session, "before_commit", _before_commit)
        event.listen(db.session, "after_rollback", _after_rollback)


def _touched() -> dict[int, set[int]]:
    """Of the running transaction, by contract."""
    touched: dict[int, set[int]] = db.session().info.setdefault(_TOUCHED, defaultdict(set))
    return touched


def _note(written: Sequence[Written]) -> None:
    for one in written:
        _remember(one.what)


def _remember(what: Happened) -> None:
    """What the event is about; a merge writes its event before it moves the reports."""
    if what.action_id is not None:
        _touched()[what.contract_id].add(what.action_id)
    if what.kind in ("action.merged", "action.unmerged"):
        _touched()[what.contract_id].update(_masters(what.contract_id, what.action_id))
    elif what.kind == "asset.edited" and {"name", "number"} & set(
        (what.data or {}).get("fields", ())
    ):
        _renamed_place(what.contract_id, what.entity_id)


def _masters(contract_id: int, action_id: int | None) -> list[int]:
    """What the action is or was merged into."""
    before = select(_merges.c.master_id).where(
        _merges.c.contract_id == contract_id, _merges.c.action_id == action_id
    )
    now = select(_actions.c.merged_into_id).where(
        _actions.c.contract_id == contract_id,
        _actions.c.id == action_id,
        _actions.c.merged_into_id.is_not(None),
    )
    return list(db.session.execute(union_all(before, now)).scalars())


def _renamed_place(contract_id: int, asset_id: int) -> None:
    """Leave the actions there to `catch_up`; a site may have a million."""
    path = select(_assets.c.contract_id, _assets.c.path, literal_column("0")).where(
        _assets.c.contract_id == contract_id, _assets.c.id == asset_id
    )
    db.session.execute(insert(_renamed).from_select(["contract_id", "path", "after_id"], path))


def _before_commit(session: Any) -> None:
    session.info.pop(_LOOKED_UP, None)
    touched: dict[int, set[int]] = session.info.pop(_TOUCHED, {})
    for contract_id, ids in touched.items():
        ordered = sorted(ids)
        for start in range(0, len(ordered), AT_ONCE):
            _renew(contract_id, ordered[start : start + AT_ONCE])


def _after_rollback(session: Any) -> None:
    session.info.pop(_LOOKED_UP, None)
    session.info.pop(_TOUCHED, None)


# ---------------------------------------------------------------- the words of an action

_IDS: Any = bindparam("ids", expanding=True)
_HERE: Any = bindparam("contract")
_ABOUT = (
    select(
        _actions.c.id,
        _actions.c.number,
        _actions.c.title,
        _actions.c.outcome_text,
        _actions.c.containment,
        _actions.c.listed,
        _assets.c.name.label("place"),
        _assets.c.trail,
        _assets.c.number.label("place_number"),
        _categories.c.names,
        _persons.c.name.label("assignee"),
        _words.c.words.label("before"),
        _words.c.listed.label("was_listed"),
    )
    .join_from(_actions, _assets, _actions.c.asset_id == _assets.c.id)
    .join(_categories, _actions.c.category_id == _categories.c.id)
    .join(_members, _actions.c.assignee_id == _members.c.id, isouter=True)
    .join(_persons, _members.c.person_id == _persons.c.id, isouter=True)
    .join(_words, _words.c.action_id == _actions.c.id, isouter=True)
    .where(_actions.c.contract_id == _HERE, _actions.c.id.in_(_IDS))
)


def _written_in(model: Any, *columns: str) -> list[Any]:
    """What was written into rows that belong to an action: (action, text), a select a column."""
    one = table(model)
    return [
        select(one.c.action_id, one.c[name].label("text")).where(
            one.c.contract_id == _HERE, one.c.action_id.in_(_IDS), one.c[name] != ""
        )
        for name in columns
    ]


_SAID = union_all(
    select(_events.c.action_id, _texts.c.text)
    .join_from(_events, _texts, _texts.c.event_id == _events.c.id)
    .where(_events.c.contract_id == _HERE, _events.c.action_id.in_(_IDS)),
    select(_events.c.action_id, _persons.c.name)
    .join_from(_events, _members, _events.c.member_id == _members.c.id)
    .join(_persons, _members.c.person_id == _persons.c.id)
    .where(_events.c.contract_id == _HERE, _events.c.action_id.in_(_IDS))
    .where(_events.c.text_sha256.is_not(None)),
    *_written_in(Report, "words"),
    *_written_in(Decision, "question", "answer_text"),
    *_written_in(Hold, "text"),
    *_written_in(Plan, "root_cause", "permanent_fix"),
)
_NEW = insert(_words)
_CHANGED = (
    update(_words)
    .where(_words.c.action_id == bindparam("of_action"))
    .values(words=bindparam("now"), listed=bindparam("now_listed"))
)


def _renew(contract_id: int, ids: Collection[int]) -> None:
    """Say anew which words find these actions; what stands as it stood is not written."""
    given = {"contract": contract_id, "ids": list(ids)}
    said: dict[int, list[str]] = defaultdict(list)
    for action_id, words in db.session.execute(_SAID, given):
        said[action_id].append(words)
    new, changed = [], []
    rows: Iterable[Row[Any]] = db.session.execute(_ABOUT, given)
    for row in rows:
        words = _of(row, said[row.id])
        if row.before is None:
            new.append(
                {
                    "contract_id": contract_id,
                    "action_id": row.id,
                    "listed": row.listed,
                    "words": words,
                }
            )
        elif (row.before, row.was_listed) != (words, row.listed):
            changed.append({"of_action": row.id, "now": words, "now_listed": row.listed})
    if new:
        db.session.execute(_NEW, new)
    if changed:
        db.session.connection().execute(_CHANGED, changed)


def _of(row: Row[Any], said: Iterable[str]) -> str:
    about = (str(row.number), row.title, row.place, row.trail, row.place_number, row.outcome_text)
    called = (str(row.names.get(language, "")) for language in STAFF_LANGUAGES)
    names = (row.assignee or "", *called)  # in all eight, “lamp” would find “Lämpö”, heat
    return folding.folded(" ".join([*about, row.containment, *names, *said]))


# ---------------------------------------------------------------- all of them


def catch_up(limit: int = AT_ONCE) -> int:
    """Renew the words of at most `limit` actions in a renamed place; how many were looked at.

    In the caller's transaction; 0 when no renaming waits.
    """
    waiting = db.session.execute(
        select(_renamed).order_by(_renamed.c.id).limit(1).with_for_update(skip_locked=True)
    ).first()
    if waiting is None:
        return 0
    ids = list(
        db.session.execute(
            select(_actions.c.id)
            .where(
                _actions.c.contract_id == waiting.contract_id,
                _actions.c.id > waiting.after_id,
                within(_actions.c.place, waiting.path),
            )
            .order_by(_actions.c.id)
            .limit(limit)
        ).scalars()
    )
    if ids:
        _renew(waiting.contract_id, ids)
    this = _renamed.c.id == waiting.id
    if len(ids) < limit:
        db.session.execute(delete(_renamed).where(this))
    else:
        db.session.execute(update(_renamed).where(this).values(after_id=ids[-1]))
    return max(1, len(ids))


def fill() -> int:
    """Give every place and action without words its words; how many actions there were."""
    with writing():
        tree.fill_words()
    missing = (
        select(_actions.c.contract_id, _actions.c.id)
        .join_from(_actions, _words, _words.c.action_id == _actions.c.id, isouter=True)
        .where(_words.c.action_id.is_(None), _actions.c.id > bindparam("after"))
        .order_by(_actions.c.id)
        .limit(AT_ONCE)
    )
    filled, after = 0, 0
    while True:
        with writing():
            rows = db.session.execute(missing, {"after": after}).all()
            by_contract = defaultdict(list)
            for row in rows:
                by_contract[row.contract_id].append(row.id)
            for contract_id, ids in by_contract.items():
                _renew(contract_id, ids)
        if not rows:
            return filled
        filled, after = filled + len(rows), rows[-1].id


def reindex() -> int:
    """Forget every word and begin anew; how many actions there are."""
    with writing():
        db.session.execute(delete(_renamed))
        db.session.execute(delete(_words))
        if dialect() == "sqlite":
            for index in INDEXES.values():
                order = insert(named(index, column(index))).values(**{index: "delete-all"})
                db.session.execute(order)
    return fill()


def waiting() -> int:
    """How many renamed places wait for `catch_up`."""
    return int(db.session.execute(select(func.count()).select_from(_renamed)).scalar_one())
