"""What is pushed, to whom it can go, and what a service's answer means; over a real TLS line."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from flask import Flask

from inspection import clock
from inspection.alerts import hosts, pinned, push, vapid
from inspection.alerts.push import Failed, Gone, Later, Message, Sent
from inspection.settings import WrongSetting, read
from inspection.web import settings
from tests.inspection.alerts.push_service import (
    GOOGLE,
    MOZILLA,
    PUBLIC,
    Phone,
    Service,
    Wires,
    b64,
    service,
    silent,
    wired,
)

pytestmark = pytest.mark.parametrize("app", ["sqlite"], indirect=True)

P1 = Message(
    "P1 · no. 123 · acknowledge by 13:05",
    "/c/harbour/actions/123",
    "harbour/action/123",
    urgent=True,
    taps=(push.acknowledging("harbour", 123, 4, 7, ("Acknowledge", "No. 123 · acknowledged")),),
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, Path]]:
    with service(tmp_path_factory.mktemp("push")) as one:
        yield one


@pytest.fixture
def wires(app: Flask, running: tuple[Service, Path], monkeypatch: pytest.MonkeyPatch) -> Wires:
    heard, trusted = running
    heard.heard.clear()
    heard.answer = lambda one: (201, {})
    return wired(monkeypatch, heard, trusted)


def test_what_is_pushed_can_be_read_by_that_phone_alone(wires: Wires) -> None:
    phone = Phone()
    assert push.send(phone, P1) == Sent()
    [heard] = wires.service.heard
    assert heard.path == "/fcm/send/abc"
    assert heard.headers["host"] == GOOGLE
    assert heard.headers["content-encoding"] == "aes128gcm"
    said = json.loads(phone.read(heard.body))
    assert said["web_push"] == 8030
    assert said["notification"]["body"] == P1.body
    assert said["notification"]["navigate"] == "http://localhost/c/harbour/actions/123"
    with pytest.raises(InvalidTag):
        Phone().read(heard.body)


def test_fault_102_claims_are_made_anew_for_every_service(wires: Wires) -> None:
    for host in (GOOGLE, MOZILLA, GOOGLE):
        assert push.send(Phone(f"https://{host}/wpush/v2/x"), P1) == Sent()
    claims = [one.claims() for one in wires.service.heard]
    assert [one["aud"] for one in claims] == [f"https://{h}" for h in (GOOGLE, MOZILLA, GOOGLE)]
    assert {one["k"] for one in claims} == {vapid.public_key()}
    for one in claims:
        assert one["sub"] == "mailto:tandem@localhost"
        assert 0 < one["exp"] - time.time() <= 24 * 3600  # RFC 8292 allows a day


def test_fault_103_a_phone_that_is_off_is_waited_for_and_later_news_take_the_place(
    wires: Wires,
) -> None:
    later = Message("P1 · no. 123 · late", P1.path, P1.tag)
    other = Message("P3 · no. 9", "/c/harbour/actions/9", "harbour/action/9")
    for message in (P1, later, other):
        push.send(Phone(), message)
    headers = [one.headers for one in wires.service.heard]
    assert [int(one["ttl"]) for one in headers] == [86_400] * 3
    topics = [one["topic"] for one in headers]
    assert topics[0] == topics[1] != topics[2]
    assert all(len(one) <= 32 and one.replace("-", "").replace("_", "").isalnum() for one in topics)
    assert [one["urgency"] for one in headers] == ["high", "normal", "normal"]


def test_fault_105_a_message_holds_numbers_and_states_and_stays_small(app: Flask) -> None:
    said = push.payload(P1)
    assert len(said) < 1024
    notification = json.loads(said)["notification"]
    assert notification["title"] == "Tandem"
    assert set(notification) == {
        *("title", "body", "navigate", "tag", "lang", "dir", "silent"),
        *("require_interaction", "actions", "data"),
    }
    [tap] = notification["actions"]
    assert tap["navigate"].endswith("/c/harbour/actions/123#acknowledgement")
    assert notification["data"]["form"]["pairs"] == [["what", "acknowledge"], ["action", "123:4"]]
    assert "image" not in said.decode()


def test_fault_105_a_message_that_says_too_much_is_not_sent(wires: Wires) -> None:
    wordy = Message("word " * 700, "/", "x")
    assert isinstance(push.send(Phone(), wordy), Failed)
    assert wires.called == []
    fits = Message("x" * (push.LARGEST - 300), "/", "x")
    assert push.send(Phone(), fits) == Sent()
    assert len(wires.service.heard[0].body) <= 4096


# ---------------------------------------------------------------- what a service answers


@pytest.mark.parametrize(
    ("status", "headers", "outcome"),
    [
        (200, {}, Sent()),
        (202, {}, Sent()),
        (404, {}, Gone()),
        (410, {}, Gone()),
        (429, {"Retry-After": "120"}, Later(120)),
        (503, {"Retry-After": "999999999999"}, Later(push.LONGEST_PAUSE)),
        (503, {"Retry-After": "-5"}, Later(push.PAUSE)),
        (500, {"Retry-After": "soon"}, Later(push.PAUSE)),
        (502, {}, Later(push.PAUSE)),
    ],
)
def test_faults_100_and_101_what_an_answer_means(
    wires: Wires, status: int, headers: dict[str, str], outcome: push.Outcome
) -> None:
    wires.service.answer = lambda heard: (status, headers)
    assert push.send(Phone(), P1) == outcome


def test_fault_101_a_date_to_wait_for_is_understood(wires: Wires) -> None:
    then = format_datetime((clock.now() + timedelta(minutes=10)).astimezone(UTC), usegmt=True)
    wires.service.answer = lambda heard: (429, {"Retry-After": then})
    outcome = push.send(Phone(), P1)
    assert isinstance(outcome, Later)
    assert 590 <= outcome.seconds <= 601


def test_fault_101_a_silent_service_is_not_waited_for(
    wires: Wires, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sum(pinned.TIMEOUT) <= 8
    monkeypatch.setattr(pinned, "TIMEOUT", (0.5, 0.5))
    wires.service.answer = silent
    begun = time.monotonic()
    assert push.send(Phone(), P1) == Later(push.PAUSE)
    assert time.monotonic() - begun < 1.9


@pytest.mark.parametrize("status", [400, 401, 403, 413])
def test_what_a_service_refuses_is_not_sent_again(wires: Wires, status: int) -> None:
    wires.service.answer = lambda heard: (status, {})
    outcome = push.send(Phone(), P1)
    assert isinstance(outcome, Failed)
    assert str(status) in outcome.reason


def test_a_subscription_with_broken_keys_fails_with_a_reason(wires: Wires) -> None:
    broken = Phone()
    broken.secret = b""

    class Bent(Phone):
        @property
        def p256dh(self) -> str:
            return b64(b"\4" + b"\1" * 64)

    for phone in (broken, Bent()):
        assert isinstance(push.send(phone, P1), Failed)
    assert wires.service.heard == []


# ---------------------------------------------------------------- where it can go


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://127.0.0.1/x",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/x",
        "https://localhost/x",
        f"http://{GOOGLE}/x",
        f"https://{GOOGLE}:8443/x",
        f"https://{GOOGLE}@127.0.0.1/x",
        f"https://user@{GOOGLE}/x",
        f"https://{GOOGLE}.attacker.example/x",
        f"https://attacker-{GOOGLE}/x",
        "https://evilnotify.windows.com/x",
        "https://notify.windows.com/x",
        f"https://attacker.example\\@{GOOGLE}/x",
        f"https://attacker.example\\.{GOOGLE}/x",
        f"https://{GOOGLE}\t.attacker.example/x",
        f"https://{GOOGLE}\n/x",
        f"https://{GOOGLE}./x",
        f"https://{GOOGLE}%00.attacker.example/x",
        "https://fcm.googleapis.com:٤٤٣/x",
        "https://[fcm.googleapis.com/x",
        f"file://{GOOGLE}/etc/passwd",
        f"https://{GOOGLE}/" + "x" * 1000,
        "",
    ],
)
def test_fault_88_no_push_goes_to_a_host_that_is_no_push_service(
    wires: Wires, endpoint: str
) -> None:
    with pytest.raises(hosts.NotAllowed):
        hosts.allowed_host(endpoint)
    assert isinstance(push.send(Phone(endpoint), P1), Failed)
    assert wires.called == wires.looked_up == []


@pytest.mark.parametrize(
    "endpoint",
    [
        f"https://{GOOGLE}/fcm/send/x",
        "https://FCM.googleapis.com:443/fcm/send/x",
        "https://jmt17.google.com/x",
        f"https://{MOZILLA}/wpush/v2/x",
        "https://eu.push.services.mozilla.com/x",
        "https://web.push.apple.com/x",
        "https://api.push.apple.com/x",
        "https://db5p.notify.windows.com/w/?token=x",
    ],
)
def test_the_services_of_the_browsers_makers_are_known(app: Flask, endpoint: str) -> None:
    assert hosts.allowed_host(endpoint) in endpoint.lower()


PRIVATE = [
    *("127.0.0.1", "10.0.0.8", "172.16.4.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
    *("0.0.0.0", "255.255.255.255", "224.0.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fd00::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.8", "64:ff9b::7f00:1", "2002:7f00:1::", "ff02::1"),
    *("2001::1", "::127.0.0.1", "fec0::1"),
]


@pytest.mark.parametrize("address", PRIVATE)
def test_fault_88_a_name_that_leads_to_a_private_address_gets_no_packet(
    wires: Wires, address: str
) -> None:
    for found in ([address], [PUBLIC, address]):
        wires.names[GOOGLE] = [found]
        outcome = push.send(Phone(), P1)
        assert isinstance(outcome, Failed), found
        assert "not public" in outcome.reason
    assert wires.called == []


@pytest.mark.parametrize("address", [PUBLIC, "2a00:1450:400f::200e", "64:ff9b::808:808"])
def test_public_addresses_are_public(app: Flask, address: str) -> None:
    assert hosts.is_public(address)


def test_fault_88_a_name_that_changes_its_mind_is_asked_once(wires: Wires) -> None:
    wires.names[GOOGLE] = [[PUBLIC], ["127.0.0.1"]]
    assert push.send(Phone(), P1) == Sent()
    assert wires.looked_up == [GOOGLE]
    assert wires.called == [(PUBLIC, 443)]
    assert isinstance(push.send(Phone(), P1), Failed)
    assert wires.called == [(PUBLIC, 443)]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_fault_88_a_service_cannot_send_us_elsewhere(wires: Wires, status: int) -> None:
    wires.service.answer = lambda heard: (status, {"Location": "http://169.254.169.254/x"})
    assert isinstance(push.send(Phone(), P1), Failed)
    assert len(wires.service.heard) == len(wires.called) == 1


def test_fault_88_no_proxy_of_the_environment_is_asked(
    wires: Wires, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("https_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/dev/null")
    assert push.send(Phone(), P1) == Sent()
    assert wires.called == [(PUBLIC, 443)]


def test_a_service_must_show_its_own_certificate(wires: Wires) -> None:
    wires.names["web.push.apple.com"] = [[PUBLIC]]
    assert push.send(Phone("https://web.push.apple.com/x"), P1) == Later(push.PAUSE)
    assert wires.service.heard == []


def test_the_operator_can_add_services(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    own = replace(settings(), push_hosts=(".push.example.org", "push.example.net"))
    monkeypatch.setitem(app.extensions, "tandem", own)
    assert hosts.allowed_host("https://a.push.example.org/x") == "a.push.example.org"
    assert hosts.allowed_host("https://push.example.net/x") == "push.example.net"
    with pytest.raises(hosts.NotAllowed):
        hosts.allowed_host("https://a.push.example.net/x")


@pytest.mark.parametrize("text", ["https://push.example.org", "example", "a..b", "10.0.0.8", "*"])
def test_what_is_no_host_stops_the_start(app: Flask, tmp_path: Path, text: str) -> None:
    environ = {"TANDEM_DATA": str(tmp_path), "TANDEM_PUSH_HOSTS": f"push.example.org, {text}"}
    with pytest.raises(WrongSetting, match="TANDEM_PUSH_HOSTS"):
        read(environ)


# ---------------------------------------------------------------- the key


def test_fault_113_the_key_follows_from_the_secret(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = vapid.public_key()
    assert len(before) == 87
    vapid._derived.cache_clear()
    assert vapid.public_key() == before  # another process, the same secret
    monkeypatch.setitem(app.extensions, "tandem", replace(settings(), secret="another" * 6))
    assert vapid.public_key() != before


def test_services_may_turn_to_the_installation(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    public: Any = replace(settings(), base_url="https://inspect.example.org")
    assert vapid.subject() == "mailto:tandem@localhost"
    monkeypatch.setitem(app.extensions, "tandem", public)
    assert vapid.subject() == "https://inspect.example.org"
