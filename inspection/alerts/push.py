"""Sends one notification to one browser, behind a guard of our own around pywebpush.

What pywebpush does by itself: claims made for one service go to the next, a message to a phone that
is off is dropped at once, a silent service is waited for without end, redirects are followed.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

from inspection import clock
from inspection.alerts import hosts, vapid
from inspection.web import settings

TTL = 86_400  # seconds a service keeps it for a phone that is off
LARGEST = 3000  # bytes of a message; encrypted it must stay below 4096
PAUSE = 60  # seconds, when a service says nothing better
LONGEST_PAUSE = 6 * 3600
_log = logging.getLogger(__name__)


class Subscription(Protocol):
    """Where and for whom to encrypt: a row of `PushSubscription`, or anything alike."""

    @property
    def endpoint(self) -> str: ...
    @property
    def p256dh(self) -> str: ...
    @property
    def auth(self) -> str: ...


@dataclass(frozen=True)
class Tap:
    """A button: what it says, where it leads, and a form it sends at once if all goes well.

    `form`: address and pairs, posted in the name of the person `actor`; then `said` is shown.
    """

    name: str
    title: str
    path: str
    form: tuple[str, Sequence[tuple[str, str]]] | None = None
    actor: int | None = None
    said: str = ""


@dataclass(frozen=True)
class Message:
    """What a locked phone may show: states and numbers in the reader's language, no name, no words.

    `tag`: a later message with the same one takes the place of this one, also at the service.
    """

    body: str
    path: str
    tag: str
    language: str = "en"
    urgent: bool = False
    taps: tuple[Tap, ...] = ()


@dataclass(frozen=True)
class Sent:
    """The service has it."""


@dataclass(frozen=True)
class Later:
    """The service or the line to it is not well: not before so many seconds."""

    seconds: int


@dataclass(frozen=True)
class Gone:
    """The browser no longer listens: drop the subscription."""


@dataclass(frozen=True)
class Failed:
    """This message can never be sent to it; one line for the operator."""

    reason: str


Outcome = Sent | Later | Gone | Failed


def acknowledging(slug: str, number: int, version: int, actor: int, words: tuple[str, str]) -> Tap:
    """The button that takes an action on as it stands: sent as the queue sends it for one row.

    `version`: the one the message tells of; what has moved on since is refused and shown instead.
    `actor`: the person who is told. `words`: of the button, and of the notification afterwards.
    """
    pairs = [("what", "acknowledge"), ("action", f"{number}:{version}")]
    page = f"/c/{slug}/actions/{number}#acknowledgement"
    form = (f"/c/{slug}/queue/bulk", pairs)
    return Tap("acknowledge", words[0], page, form, actor, words[1])


def payload(message: Message) -> bytes:
    """A declarative message: iOS from 18.4 shows it by itself, other browsers by our worker."""
    base = settings().base_url
    notification: dict[str, Any] = {
        "title": "Tandem",
        "body": message.body,
        "navigate": base + message.path,
        "tag": message.tag,
        "lang": message.language,
        "dir": "auto",
        "silent": False,
        "require_interaction": message.urgent,
        "actions": [
            {"action": tap.name, "title": tap.title, "navigate": base + tap.path}
            for tap in message.taps
        ],
    }
    forms = [_form(base, tap) for tap in message.taps if tap.form]
    notification["data"] = {"form": forms[0]} if forms else {}
    said = {"web_push": 8030, "notification": notification}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def _form(base: str, tap: Tap) -> dict[str, Any]:
    address, pairs = tap.form or ("", ())
    return {
        "action": tap.name,
        "url": base + address,
        "pairs": [list(pair) for pair in pairs],
        "actor": str(tap.actor or ""),
        "said": tap.said,
    }


# ---------------------------------------------------------------- sending


def send(subscription: Subscription, message: Message) -> Outcome:
    """Hand one message to the service of one browser; takes some eight seconds at most.

    Opens no transaction and writes nothing. What to do about the outcome: `subscribing.settle`.
    """
    data = payload(message)
    if len(data) > LARGEST:
        return Failed(f"{len(data)} bytes are too many for a push")
    from py_vapid import VapidException
    from pywebpush import WebPushException

    try:
        _post(subscription, message, data)
    except WebPushException as error:
        return _answered(error.status_code, error.retry_after, error.message)
    except OSError as error:  # requests' exceptions are all of this kind
        _log.info("push: no line to a service: %s", error)
        return Later(PAUSE)
    except (hosts.NotAllowed, VapidException, ValueError) as error:
        return Failed(f"{type(error).__name__}: {error}"[:200])
    return Sent()


def _post(subscription: Subscription, message: Message, data: bytes) -> None:
    from py_vapid import Vapid
    from pywebpush import webpush

    from inspection.alerts.pinned import PinnedSession

    host = hosts.allowed_host(subscription.endpoint)
    with PinnedSession() as session:
        webpush(
            {
                "endpoint": subscription.endpoint,
                "keys": {"p256dh": subscription.p256dh, "auth": subscription.auth},
            },
            data,
            vapid_private_key=Vapid(vapid.private_key()),
            # Hazard: webpush writes into what it is given; claims are made anew for every send.
            vapid_claims={"aud": f"https://{host}", "sub": vapid.subject()},
            ttl=TTL,
            headers={
                "Urgency": "high" if message.urgent else "normal",
                "Topic": topic(message.tag),
            },
            requests_session=session,
        )


def topic(tag: str) -> str:
    """What collapses at the service: at most 32 characters that fit an address (RFC 8030, 5.4)."""
    return vapid.encoded(hashlib.sha256(tag.encode()).digest()[:24])


def _answered(status: int | None, retry_after: str | None, said: str) -> Outcome:
    if status in (404, 410):
        return Gone()
    if status is not None and (status in (408, 429) or status >= 500):
        return Later(_pause(retry_after))
    return Failed(f"{status or ''} {said}".strip()[:200])


def _pause(retry_after: str | None) -> int:
    """`Retry-After` in seconds or as a date, within reason."""
    given = (retry_after or "").strip()
    if given.isascii() and given.isdigit():
        return min(max(int(given[:9]), 1), LONGEST_PAUSE)
    try:
        wait = parsedate_to_datetime(given) - clock.now()
    except (ValueError, TypeError):
        return PAUSE
    return min(max(round(wait.total_seconds()), 1), LONGEST_PAUSE)
