"""Views with a name: one's own, shared with a party, shared with both."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from inspection.db import db, table, writing
from inspection.journal import Event
from inspection.queue import saved
from inspection.queue.models import SavedView
from tests.cast import Cast, key, posted
from tests.inspection.queue.test_story import report

_saved, _events = table(SavedView), table(Event)


def seen(cast: Cast, who: str) -> list[tuple[str, str, bool]]:
    db.session.rollback()
    member = cast.harbour.members[who]
    return [(one.name, one.query, one.mine) for one in saved.of(member)]


def kept(cast: Cast, who: str, name: str, query: str = "due=late", shared: str = "") -> int:
    """Save a view through the web; its id."""
    url = f"{cast.harbour.url}/views"
    answer = posted(cast.client(who), url, name=name, query=query, shared=shared)
    assert answer.status_code == 303, answer.text
    db.session.rollback()
    asked = select(_saved.c.id).where(
        _saved.c.name == name, _saved.c.member_id == cast.harbour.members[who].id
    )
    return int(db.session.execute(asked).scalar_one())


def as_program(cast: Cast, url: str, **fields: str) -> Any:
    """A post that is answered with the sentences alone."""
    json = {"Accept": "application/json"}
    form = {"submission_key": key(), **fields}
    return cast.client("customer.staff").post(url, data=form, headers=json)


def test_a_view_is_seen_by_those_it_is_shared_with_and_nobody_else(cast: Cast) -> None:
    kept(cast, "customer.staff", "Mine")
    kept(cast, "customer.staff", "Ours", shared="ours")
    kept(cast, "customer.staff", "Both", "priority=P1&nonsense=1&sort=due", shared="both")
    assert {name for name, _, _ in seen(cast, "customer.staff")} == {"Mine", "Ours", "Both"}
    assert {name for name, _, _ in seen(cast, "customer.manager")} == {"Ours", "Both"}
    assert seen(cast, "contractor.manager") == [("Both", "priority=P1&sort=due", False)]
    assert saved.of(cast.elsewhere.members["customer.staff"]) == []


def test_the_owner_alone_changes_and_deletes_a_view(cast: Cast) -> None:
    view = kept(cast, "customer.staff", "Both", shared="both")
    url = f"{cast.harbour.url}/views/{view}"
    for who in ("customer.manager", "contractor.staff"):
        stranger = cast.client(who)
        assert posted(stranger, f"{url}/change", name="Taken").status_code == 404
        assert posted(stranger, f"{url}/deletion").status_code == 404
    owner = cast.client("customer.staff")
    assert posted(owner, f"{url}/change", name="Late ones", shared="ours").status_code == 303
    assert seen(cast, "customer.manager") == [("Late ones", "due=late", False)]
    assert seen(cast, "contractor.staff") == []
    assert posted(owner, f"{url}/deletion").status_code == 303
    assert seen(cast, "customer.staff") == []
    kinds = db.session.execute(select(_events.c.kind).order_by(_events.c.id)).scalars()
    assert [k for k in kinds if k.startswith("view.")] == [
        *("view.saved", "view.changed", "view.deleted")
    ]


def test_a_shared_view_is_copied_by_saving_it(cast: Cast) -> None:
    kept(cast, "customer.staff", "Both", shared="both")
    kept(cast, "contractor.staff", "Both")
    assert [mine for _, _, mine in seen(cast, "contractor.staff")] == [True, False]


def test_saving_under_a_name_one_has_changes_that_view(cast: Cast) -> None:
    kept(cast, "customer.staff", "Mine", "due=late")
    kept(cast, "customer.staff", "Mine", "due=today")
    assert seen(cast, "customer.staff") == [("Mine", "due=today", True)]
    other = kept(cast, "customer.staff", "Other")
    url = f"{cast.harbour.url}/views/{other}/change"
    answer = as_program(cast, url, name="Mine")
    assert answer.status_code == 422
    assert "You have a view of that name already." in answer.text


def test_the_queue_opens_with_the_view_that_was_chosen_for_it(cast: Cast) -> None:
    report(cast)
    view = kept(cast, "customer.staff", "First", "priority=P1&sort=due")
    client, queue = cast.client("customer.staff"), f"{cast.harbour.url}/queue"
    assert client.get(queue).status_code == 200
    url = f"{cast.harbour.url}/views/{view}/change"
    assert posted(client, url, name="First", first="1").status_code == 303
    answer = client.get(queue)
    assert (answer.status_code, answer.location) == (303, f"{queue}?priority=P1&sort=due")
    assert client.get(f"{queue}?all=1").status_code == 200
    assert cast.client("customer.manager").get(queue).status_code == 200


def test_there_is_an_end_to_how_many_one_keeps(cast: Cast) -> None:
    member = cast.harbour.members["customer.staff"]
    with writing():
        for n in range(saved.MOST):
            saved.save(member, f"View {n}", "due=late")
    url = f"{cast.harbour.url}/views"
    answer = as_program(cast, url, name="One more")
    assert answer.status_code == 422
    assert "delete one first" in answer.text
