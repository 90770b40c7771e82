"""Every form that changes something goes through the outbox; what does not says why here."""

from __future__ import annotations

import re
from pathlib import Path

from inspection import look

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
_FORM = re.compile(r'<form\b[^>]*method="post"[^>]*>')
_ADDRESS = re.compile(r'action="([^"]*)"')

# Forms that post plainly, and why: by template and address.
NOW = {
    ("people/sign_in.html", "/sign-in/passkey"): "a ceremony: its challenge is good for minutes",
    ("people/sign_in.html", "/sign-in/code"): "the way in: nobody is known yet who would wait",
    ("people/code.html", "/sign-in/code/proof"): "the way in: a code is good for minutes",
    ("people/invitation.html", "/invitations/{{ token }}"): "the way in: its answer signs in",
    ("people/new_passkey.html", "/me/passkeys"): "a ceremony: its challenge is good for minutes",
    ("people/me.html", "{{ address }}"): "ends ways in: must be known to have happened",
    ("people/me.html", "/me/passkeys/{{ passkey.id }}"): "a way in: must be known to have happened",
    ("people/me.html", "/me/passkeys/{{ passkey.id }}/removal"): "ends a way in: the same",
    (
        "pwa/_sign_out.html",
        "/sign-out",
    ): "ends the session; asks first what is to become of the outbox",
    ("qr/scan.html", "/scan/photo"): "asks what a picture says; nothing is changed",
    ("checklists/import.html", "{{ base }}/import"): "a file whose preview is the answer",
    (
        "checklists/imported.html",
        "{{ base }}/import/confirmation",
    ): "confirms a preview kept for a day",
    ("contracts/team.html", "{{ base }}/logo"): "its picture must be there to be shown",
    ("alerts/mails_off.html", ""): "opened from a mail in any browser, without a sign-in",
    ("style.html", "#"): "a sample that goes nowhere",
}


# Modules that send by themselves, and why.
SEND = {
    "outbox/line.js": "the line of the outbox",
    "outbox-seen/wire.js": "signs out, once nothing waits",
    "passkey/wire.js": "asks for a challenge",
    "visit/wire.js": "puts a visit's draft beside the outbox: nothing depends on it",
    "push/wire.js": "a subscription belongs to this browser and to now",
    "push/shown.js": "acknowledges from a notification, where no page is open",
}


def forms() -> list[tuple[str, str, str]]:
    """Each form that posts: its template, its address as written there, the tag."""
    return [
        (str(path.relative_to(TEMPLATES)), address[1] if address else "", tag)
        for path in sorted(TEMPLATES.rglob("*.html"))
        for tag in _FORM.findall(path.read_text())
        for address in [_ADDRESS.search(tag)]
    ]


def test_every_form_goes_through_the_outbox_or_says_why_not() -> None:
    plain = {(path, address) for path, address, tag in forms() if "data-now" in tag}
    assert plain == set(NOW)


def test_every_form_that_posts_is_found() -> None:
    said = sum(path.read_text().count('method="post"') for path in TEMPLATES.rglob("*.html"))
    assert len(forms()) == said


def test_both_shells_load_the_outbox() -> None:
    for shell in ("base.html", "public.html"):
        assert "{{ outbox_script() }}" in (TEMPLATES / shell).read_text()
    assert (look.STATIC / "js/outbox/wire.js").is_file()


def test_no_other_module_sends_by_itself() -> None:
    posting = re.compile(r'method:\s*"(?:POST|PUT|PATCH|DELETE)"|open\("(?:POST|PATCH)"')
    found = {
        str(path.relative_to(look.STATIC / "js"))
        for path in (look.STATIC / "js").rglob("*.js")
        if posting.search(path.read_text())
    }
    assert found <= set(SEND)
