"""What the terminal says about the demo: who there is, and a way in for each of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import select

from inspection import clock, marks
from inspection.contracts.models import Contract
from inspection.db import db, reading, table, writing
from inspection.demo.cast import CONTRACTOR, CUSTOMER, PEOPLE, Person
from inspection.demo.seed import Mint, seed
from inspection.people import invitations

LIFETIME = timedelta(hours=24)  # of the sign-in links that are printed
DEMO = "demo"  # the mark that remembers the code on the demo's door
SHOWN = ("supervisor", "staff", "manager")


def set_up(tag: Mint) -> str:
    """Set up the demo and remember its door; the door's code. Raises `Refused` when it is there."""
    door = seed(clock.now(), tag).door
    with writing():
        marks.put(DEMO, door)
    return door


def is_wanted() -> bool:
    """Whether this is a new installation, without any contract."""
    with reading():
        return db.session.execute(select(table(Contract).c.id).limit(1)).first() is None


def door() -> str | None:
    """The code on the demo's door; None when there is no demo."""
    with reading():
        mark = marks.get(DEMO)
    return str(mark.value) if mark is not None else None


def sign_ins() -> Iterator[str]:
    """A line for each party and for each of its main people, with a new single-use link."""
    for organisation in (CUSTOMER, CONTRACTOR):
        yield f"{organisation.name}, the {organisation.party}"
        for person in _main_people(organisation.party):
            with writing():
                link = invitations.way_in_link(person.email, LIFETIME)
            yield f"  {person.name + ', ' + person.role:<32} {link}"


def _main_people(party: str) -> list[Person]:
    """The first of each role, in the order of a day's work."""
    there = [person for person in PEOPLE.values() if person.party == party]
    return [next(one for one in there if one.role == role) for role in SHOWN]
