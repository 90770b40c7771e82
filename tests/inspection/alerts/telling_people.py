"""What tests of notices share: phones that a fake service answers for, and the work of tick."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from inspection import clock
from inspection.alerts import delivering, mailing, push, spreading
from inspection.alerts.models import Delivery, PushSubscription
from inspection.alerts.push import Message, Outcome, Sent
from inspection.db import db, table, writing
from inspection.people.models import Mail, Session
from tests.cast import Cast

FCM, MOZILLA = "fcm.googleapis.com", "updates.push.services.mozilla.com"
_deliveries, _mails = table(Delivery), table(Mail)


def phone(cast: Cast, who: str, host: str = FCM, report: int | None = None) -> int:
    """A browser of a signed-in member, or one that follows a report; its id."""
    cast.client(who)  # signs in
    person = cast.harbour.people[who]
    with writing():
        session = db.session.execute(
            select(Session.id).where(Session.person_id == person.id).order_by(Session.id.desc())
        ).scalar()
        owner: dict[str, Any] = {"person_id": person.id, "session_id": session}
        if report is not None:
            owner = {"contract_id": cast.harbour.contract.id, "report_id": report}
        made = PushSubscription(
            **owner,
            endpoint=f"https://{host}/{who}",
            endpoint_sha256="0" * 64,
            p256dh="p",
            auth="a",
            host=host,
            device="Chrome, Android",
            language="en",
            created_at=clock.now(),
        )
        db.session.add(made)
        db.session.flush()
        return int(made.id)


class Service:
    """Stands for every push service: keeps what it was sent, answers as it was told."""

    def __init__(self) -> None:
        self.got: list[tuple[str, Message]] = []
        self.answers: dict[str, Callable[[], Outcome]] = {}

    def send(self, subscription: Any, message: Message) -> Outcome:
        outcome = self.answers.get(subscription.host, Sent)()
        if isinstance(outcome, Sent):
            assert len(push.payload(message)) <= 3000
            self.got.append((subscription.endpoint.rpartition("/")[2], message))
        return outcome

    def bodies(self, who: str) -> list[str]:
        return [message.body for to, message in self.got if to == who]


def told() -> None:
    """Do what tick does for notices, until nothing more happens."""
    db.session.rollback()
    while spreading.spread_new(100):
        pass
    delivering.push_due(100, patience=5)
    delivering.finish()
    mailing.mail_due(100)
    db.session.rollback()


def deliveries(**wanted: Any) -> list[Any]:
    asked = select(_deliveries).order_by(_deliveries.c.id)
    for name, value in wanted.items():
        asked = asked.where(_deliveries.c[name] == value)
    return list(db.session.execute(asked))


def mails(to: str = "") -> list[Any]:
    """Mails that are waiting or sent, to those whose address begins with `to`."""
    asked = select(_mails).where(_mails.c.to.startswith(to)).order_by(_mails.c.id)
    return list(db.session.execute(asked))
