"""The rounds of the demo: what both parties signed to look at, and what they found on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Row, select

from inspection import clock
from inspection.checklists.agreed import CHECKLIST
from inspection.contracts import agreements
from inspection.db import db, table
from inspection.demo.checklists import CHECKLISTS
from inspection.demo.course import ZONE, Workday
from inspection.photos.evidence import Kept
from inspection.plans.agreed import PLAN, START
from inspection.rules import scale
from inspection.rules.access import Member
from inspection.rules.checklist import Answer
from inspection.rules.visit import VisitState
from inspection.visits import following, record, starting, submitting
from inspection.visits.filled import Filled, Pictures, Signed
from inspection.visits.models import Visit

_visits = table(Visit)

Places = Mapping[str, Row[Any]]
Happening = tuple[datetime, Callable[[], None]]

PLANNED = 14
"""So many working days ago the plans were signed."""
ROOMS = ("2.10", "2.11", "2.12", "2.14", "2.15")
TOILETS = ("0.06", "0.07", "1.06", "2.13")
EXTINGUISHERS = ("K.01", "K.02-1", "K.02-2", "0.02", "0.03", "0.04", "1.01", "1.02", "2.01")
SAMPLED = "rooms-sample"

STROKES: Mapping[str, str] = {
    "samira": "M30 130 L60 60 L85 150 L120 70 L150 140 L190 90 L240 120 L300 100",
    "birgitte": "M20 100 L50 40 L70 150 L40 120 L100 110 L140 80 L160 130 L220 95 L330 105",
}
"""How they sign: a few strokes in a box of 600 by 200."""


# ---------------------------------------------------------------- what both signed


def sign(contract_id: int, members: Mapping[str, Member]) -> None:
    """Put the scale and the checklists in force, which the contract begins with."""
    _agree(contract_id, members, "scale", "", scale.PROPOSED)
    for key, body in CHECKLISTS.items():
        _agree(contract_id, members, CHECKLIST, key, body)


def _agree(
    contract_id: int, members: Mapping[str, Member], kind: str, key: str, body: Mapping[str, Any]
) -> None:
    made = agreements.draft(members["helle"], contract_id, kind, key)
    agreements.change(members["helle"], made, 1, body)
    agreements.propose(members["helle"], made, 2, "As we walked it together.")
    agreements.agree(members["torben"], made, 3)


def _plans(places: Places, begins: datetime) -> dict[str, dict[str, Any]]:
    start, root = begins.date().isoformat(), places["2.14"].path.split("/")[1]
    weekly = {"kind": "fixed", "rrule": "FREQ=WEEKLY;BYDAY=MO", "start": start}
    return {
        "toilets": {
            **START,
            "title": "Toilets, every working day",
            "checklist": "toilets",
            "party": "contractor",
            "scope": {"places": [places[name].id for name in TOILETS]},
            "frequency": {**weekly, "rrule": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"},
            "before_days": 0,
            "grace_days": 1,
            "minutes": 6,
            "weight": 5,
        },
        "rooms": {
            **START,
            "title": "Rooms on the second floor, weekly",
            "checklist": "room",
            "scope": {"places": [places[name].id for name in ROOMS]},
            "frequency": weekly,
            "before_days": 3,
            "grace_days": 4,
            "minutes": 5,
        },
        "extinguishers": {
            **START,
            "title": "Fire extinguishers",
            "checklist": "extinguisher",
            "scope": {"places": [places[f"Fire extinguisher {name}"].id for name in EXTINGUISHERS]},
            "frequency": {"kind": "floating", "days": 30},
            "adaptive": {"min_days": 14, "max_days": 90},
            "before_days": 10,
            "minutes": 2,
            "weight": 5,
        },
        SAMPLED: {
            **START,
            "title": "Clean rooms, a random sample every week",
            "checklist": "room",
            "party": "customer",
            "method": "random_sampling",
            "aql": "6.5",
            "scope": {"root": int(root), "kinds": ["space"]},
            "frequency": weekly,
            "minutes": 5,
        },
    }


def _sign_plans(contract_id: int, members: Mapping[str, Member], places: Places) -> None:
    begins = clock.now().astimezone(ZONE)
    for key, body in _plans(places, begins).items():
        _agree(contract_id, members, PLAN, key, body)


def _propose_more(contract_id: int, by: Member) -> None:
    """The contractor would look at the rooms every second week; the customer has not said yet."""
    body = agreements.in_force(contract_id, PLAN, "rooms")
    assert body is not None
    made = agreements.draft(by, contract_id, PLAN, "rooms")
    fortnight = {**body.body["frequency"], "rrule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO"}
    agreements.change(by, made, 1, {**body.body, "frequency": fortnight})
    agreements.propose(
        by, made, 2, "Four weeks at level 4 or better. Every second week would be enough."
    )


# ---------------------------------------------------------------- what they found


@dataclass(frozen=True)
class Round:
    """One visit: when, who, where, with what answers; what is not said is as it should be.

    `notes` and `shown` by item: words, and pictures as found and once corrected.
    """

    at: Workday
    by: str
    checklist: str
    place: str
    answers: Mapping[str, Any] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    shown: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    note: str = ""
    together: str = ""


FINE: Mapping[str, Mapping[str, Any]] = {
    "room": {"floor": 4, "tables": 4, "light": "pass", "warmth": 21.5, "bins": 0},
    "toilets": {
        "floor": 4,
        "bowls": 4,
        "basins": 4,
        "smell": "pass",
        "paper": "full",
        "soap": "pass",
        "flush": "pass",
        "drains": "pass",
    },
    "extinguisher": {"there": "pass", "pressure": "pass", "seal": "pass"},
}
TOLD: tuple[Round, ...] = (
    Round(
        Workday(6, "06:52"),
        "samira",
        "toilets",
        "1.06",
        {"paper": "empty"},
        {"paper": "Håndklæder tomme ved den bageste vask, fyldt op med det samme"},
        {"paper": ("dispenser_empty", "dispenser_full")},
    ),
    Round(
        Workday(3, "06:58"),
        "samira",
        "toilets",
        "2.13",
        {"basins": 2},
        {"basins": "Kalk og sæberester på begge vaske, skal afkalkes"},
        {"basins": ("basin_puddle", "")},
    ),
    Round(
        Workday(2, "10:20"),
        "birgitte",
        "room",
        "2.12",
        {"floor": 3, "bins": 2},
        {"bins": "Two bins by the printer are full to the rim", "floor": "Crumbs under the desks"},
        {"bins": ("bin_overflowing", "")},
        note="Walked with Samira after lunch.",
        together="samira",
    ),
    Round(Workday(2, "10:05"), "birgitte", "room", "2.11"),
    Round(Workday(2, "10:32"), "birgitte", "room", "2.14", {"floor": 5}),
    Round(Workday(2, "10:40"), "birgitte", "room", "2.10"),
    Round(Workday(2, "10:48"), "birgitte", "room", "2.15", {"tables": 3}),
)
MISSED = {(5, "0.07"), (1, "2.13")}
"""Where nobody came, by working days ago and place."""
_SAMPLES = ((12, "13:10", 4), (11, "13:10", 4), (7, "13:10", 4), (5, "13:30", 4), (1, "13:20", 3))
"""When the customer looks at rooms of the sample, and at how many."""


def happen(
    contract_id: int,
    members: Mapping[str, Member],
    places: Places,
    codes: Mapping[int, str],
    pictures: Mapping[str, Kept],
    now: datetime,
) -> Iterator[Happening]:
    """Everything about rounds that is done beside the stories, and when."""
    told = Told(contract_id, members, places, codes, pictures)
    yield Workday(PLANNED, "14:00").on(now), partial(_sign_plans, contract_id, members, places)
    for each in (*_daily(), *_weekly(), *_checked(), *TOLD):
        yield each.at.on(now), partial(told.visit, each)
    for back, at, count in _SAMPLES:
        yield Workday(back, at).on(now), partial(told.sample, count)
    yield Workday(2, "15:10").on(now), partial(told.contest, "2.12", "samira", "kasper")
    yield Workday(1, "09:40").on(now), partial(_propose_more, contract_id, members["helle"])


def _daily() -> Iterator[Round]:
    """The toilets before the house opens, in an order nobody changes; one at a time."""
    known = {(back, place) for back in range(1, PLANNED) for place in TOILETS} - MISSED
    told = {(each.at.back, each.place) for each in TOLD if each.checklist == "toilets"}
    for back, place in sorted(known - told, reverse=True):
        minute = 30 + 7 * TOILETS.index(place)
        better = {"floor": 5} if (back + TOILETS.index(place)) % 4 == 0 else {}
        yield Round(Workday(back, f"06:{minute}"), "samira", "toilets", place, better)


def _weekly() -> Iterator[Round]:
    for back in (13, 8, 3):
        for n, place in enumerate(ROOMS):
            warm = {"warmth": 20.5 + 0.5 * ((back + n) % 4)}
            yield Round(Workday(back, f"08:{10 + 6 * n}"), "samira", "room", place, warm)


def _checked() -> Iterator[Round]:
    """Every extinguisher; the cellar's twice, so that its next visit moves out."""
    for n, name in enumerate(EXTINGUISHERS[:7]):
        thing = f"Fire extinguisher {name}"
        yield Round(Workday(12, f"09:{10 + 4 * n}"), "piotr", "extinguisher", thing)
    for n, name in enumerate(EXTINGUISHERS[:3]):
        thing = f"Fire extinguisher {name}"
        yield Round(Workday(2, f"09:{10 + 4 * n}"), "piotr", "extinguisher", thing)


@dataclass(frozen=True)
class Told:
    """Where the rounds are walked, and by whom."""

    contract_id: int
    members: Mapping[str, Member]
    places: Places
    codes: Mapping[int, str]
    pictures: Mapping[str, Kept]

    def visit(self, one: Round, place: Row[Any] | None = None, visit: int | None = None) -> None:
        by, at = self.members[one.by], place or self.places[one.place]
        presence = {"scanned": True, "scan": {"code": self.codes[at.id], "asset": at.id}}
        made = starting.begin(by, self.contract_id, at.id, one.checklist, presence, visit)
        submitting.submit(by, made, self._filled(one))

    def _filled(self, one: Round) -> Filled:
        given = {**FINE[one.checklist], **one.answers}
        return Filled(
            {key: self._answer(one, key, value) for key, value in given.items()},
            {key: self._pictures(*both) for key, both in one.shown.items()},
            note=one.note,
            accompanied_id=self.members[one.together].id if one.together else None,
            signed=_signatures(one),
        )

    def _answer(self, one: Round, key: str, value: Any) -> Answer:
        found, after = one.shown.get(key, ("", ""))
        note = one.notes.get(key, "")
        return Answer(value, note=note, photos=int(bool(found)), corrected=bool(after))

    def _pictures(self, found: str, after: str) -> Pictures:
        as_found, corrected = ((self.pictures[name],) if name else () for name in (found, after))
        return (as_found, corrected)

    def sample(self, count: int) -> None:
        """The customer looks at the next rooms of the sample that was drawn last."""
        asked = (
            select(_visits.c.id, _visits.c.asset_id)
            .where(
                _visits.c.contract_id == self.contract_id,
                _visits.c.plan_key == SAMPLED,
                _visits.c.state == VisitState.PLANNED.value,
            )
            .order_by(_visits.c.lot_id.desc(), _visits.c.place)
            .limit(count)
        )
        by_id = {row.id: row for row in self.places.values()}
        for row in db.session.execute(asked).all():
            one = Round(Workday(1, "13:00"), "birgitte", "room", "")
            self.visit(one, by_id[row.asset_id], row.id)

    def contest(self, place: str, with_: str, by: str) -> None:
        """The contractor sees the floor otherwise, and says so beside the customer's answer."""
        asked = select(_visits.c.id).where(
            _visits.c.contract_id == self.contract_id,
            _visits.c.asset_id == self.places[place].id,
            _visits.c.inspector_id == self.members["birgitte"].id,
            _visits.c.accompanied_id == self.members[with_].id,
        )
        visit = db.session.execute(asked).scalar_one()
        following.contest(
            self.members[by],
            record.found(self.contract_id, visit).id,
            "floor",
            4,
            "The crumbs came with lunch; at 07:00 the floor was clean. We would say 4.",
        )


def _signatures(one: Round) -> Mapping[str, Signed]:
    if not one.together:
        return {}
    return {
        "us": Signed("Birgitte Strandby", STROKES[one.by]),
        "them": Signed("Samira Holmvig", STROKES[one.together]),
    }


def pictures() -> set[str]:
    """The names of all pictures taken on rounds."""
    return {name for each in TOLD for both in each.shown.values() for name in both if name}
