from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Request, expect

from inspection.people import sessions
from tests.browser.conftest import Live

pytestmark = pytest.mark.browser
WHO = "contractor.supervisor"
# the virtual device says yes at once to what a browser offers, before anybody can press the button
NO_OFFER = "PublicKeyCredential.isConditionalMediationAvailable = async () => false"


class Authenticator:
    """Chromium's virtual authenticator in one page."""

    def __init__(self, page: Page) -> None:
        self.cdp = page.context.new_cdp_session(page)
        self.cdp.send("WebAuthn.enable", {"enableUI": False})
        options = {
            "protocol": "ctap2",
            "ctap2Version": "ctap2_1",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
            "defaultBackupEligibility": True,
            "defaultBackupState": True,
        }
        added = self.cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self.id = added["authenticatorId"]

    def verifies(self, yes: bool) -> None:
        self.cdp.send(
            "WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": yes}
        )

    def credentials(self) -> list[Any]:
        found = self.cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.id})
        return list(found["credentials"])


@pytest.fixture
def device(page: Page) -> Authenticator:
    return Authenticator(page)


def name(live: Live) -> str:
    with live.app.app_context():
        return live.cast.harbour.people[WHO].name


def enrol(live: Live, page: Page) -> None:
    live.sign_in(page.context, WHO)
    page.goto(f"{live.url}/me/passkeys/new?next=/me")
    page.get_by_label("Name of this passkey").fill("Work phone")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("The passkey is added")).to_be_visible()


def sign_out(page: Page) -> None:
    page.locator("main").get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out")).to_be_visible()


def forms_to(page: Page, path: str) -> list[Request]:
    """The posts to `path` from now on."""
    seen: list[Request] = []

    def note(request: Request) -> None:
        if request.method == "POST" and request.url.endswith(path):
            seen.append(request)

    page.on("request", note)
    return seen


def test_a_passkey_is_made_and_then_signs_in(live: Live, page: Page, device: Authenticator) -> None:
    enrol(live, page)
    expect(page.get_by_text("Work phone")).to_be_visible()
    expect(page.get_by_text("You have one passkey")).to_be_visible()
    assert device.credentials()[0]["isResidentCredential"]
    page.add_init_script(NO_OFFER)
    sign_out(page)
    page.goto(f"{live.url}/c/harbour/people")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{live.url}/c/harbour/people")
    expect(page.get_by_role("heading", name="People", exact=True)).to_be_visible()


def test_the_browser_offers_the_passkey_by_itself(
    live: Live, page: Page, device: Authenticator
) -> None:
    enrol(live, page)
    page.context.clear_cookies()
    page.goto(f"{live.url}/sign-in?next=/me")
    page.wait_for_url(f"{live.url}/me")


def test_without_user_verification_the_browser_makes_no_passkey(
    live: Live, page: Page, device: Authenticator
) -> None:
    device.verifies(False)
    live.sign_in(page.context, WHO)
    page.goto(f"{live.url}/me/passkeys/new")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("screen lock")
    assert device.credentials() == []


@pytest.fixture
def lax(page: Page) -> Callable[[], None]:
    """A page that asks its device for less than we do, as a forged client would."""

    def relax() -> None:
        page.add_init_script(
            """for (const name of ["create", "get"]) {
                 const ask = navigator.credentials[name].bind(navigator.credentials);
                 navigator.credentials[name] = (asked) => {
                   const { publicKey } = asked;
                   publicKey.userVerification = "discouraged";
                   if (publicKey.authenticatorSelection)
                     publicKey.authenticatorSelection.userVerification = "discouraged";
                   return ask(asked);
                 };
               }"""
        )

    return relax


def test_an_assertion_without_user_verification_is_refused_by_the_server(
    live: Live, page: Page, device: Authenticator, lax: Callable[[], None]
) -> None:
    enrol(live, page)
    page.context.clear_cookies()
    device.verifies(False)
    lax()
    page.add_init_script(NO_OFFER)
    sent = forms_to(page, "/sign-in/passkey")
    page.goto(f"{live.url}/sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("This passkey was not accepted")).to_be_visible()
    assert sent
    assert page.context.cookies() == []


def test_a_captured_sign_in_cannot_be_sent_again(
    live: Live, page: Page, device: Authenticator
) -> None:
    enrol(live, page)
    page.context.clear_cookies()
    sent = forms_to(page, "/sign-in/passkey")
    page.goto(f"{live.url}/sign-in?next=/me")
    page.wait_for_url(f"{live.url}/me")
    fields = sent[0].post_data_json
    fields["submission_key"] = "another-key-of-the-thief"
    page.context.clear_cookies()
    answer = page.context.request.post(
        f"{live.url}/sign-in/passkey",
        form=fields,
        headers={"Sec-Fetch-Site": "same-origin"},
        max_redirects=0,
    )
    assert answer.status == 422
    assert "was sent before" in answer.text()
    assert page.context.cookies() == []


def test_a_copied_cookie_is_dead_after_sign_out(
    live: Live, page: Page, context: BrowserContext
) -> None:
    live.sign_in(context, WHO)
    copied = next(c for c in context.cookies() if c["name"] == "tandem")
    page.goto(f"{live.url}/me")
    sign_out(page)
    context.add_cookies([{"name": copied["name"], "value": copied["value"], "url": live.url}])
    page.goto(f"{live.url}/me")
    expect(page).to_have_url(f"{live.url}/sign-in?next=/me")


def test_an_invitation_leads_over_a_passkey_to_the_contract(
    live: Live, page: Page, device: Authenticator
) -> None:
    from inspection.db import writing
    from inspection.people import invitations
    from inspection.rules.access import Party, Role

    with live.app.test_request_context(), writing():
        contract = live.cast.harbour.contract
        place = invitations.Place(
            contract.id, contract.name, contract.customer_id, Party.CUSTOMER, Role.STAFF
        )
        token = invitations.invite("noor@harbour.example", "Noor Bakke", place)
    page.goto(f"{live.url}/invitations/{token}")
    page.get_by_role("button", name="Accept and go on").click()
    page.get_by_role("button", name="Add a passkey").click()
    page.wait_for_url(lambda url: "/me" not in url)
    assert len(device.credentials()) == 1
    page.goto(f"{live.url}/c/harbour/people")
    expect(page.locator("main").get_by_text("Noor Bakke")).to_be_visible()
    page.goto(f"{live.url}/invitations/{token}")
    expect(page.get_by_text("This invitation cannot be used")).to_be_visible()


def test_without_javascript_the_code_by_mail_is_the_way_in(live: Live, page: Page) -> None:
    from sqlalchemy import select

    from inspection.db import db
    from inspection.people.models import Mail

    browser = page.context.browser
    assert browser is not None
    plain = browser.new_context(java_script_enabled=False, locale="en-GB")
    tab = plain.new_page()
    tab.goto(f"{live.url}/me")
    expect(tab.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    with live.app.app_context():
        tab.get_by_label("Your e-mail address").fill(live.cast.harbour.people[WHO].email)
    tab.get_by_role("button", name="Send me a code").click()
    with live.app.app_context():
        subject = db.session.execute(select(Mail.subject)).scalar_one()
        db.session.rollback()
    tab.get_by_label("Code from the mail").fill(subject[:9])
    tab.get_by_role("button", name="Sign in").click()
    tab.wait_for_url(f"{live.url}/me")
    assert {cookie["name"] for cookie in plain.cookies()} == {sessions_cookie(live)}
    assert all(cookie["httpOnly"] for cookie in plain.cookies())
    plain.close()


def sessions_cookie(live: Live) -> str:
    with live.app.app_context():
        return sessions.cookie_name()


def test_a_refused_passkey_is_not_offered_again_before_the_reason_is_read(
    live: Live, page: Page, device: Authenticator
) -> None:
    from sqlalchemy import delete

    from inspection.db import db, writing
    from inspection.people.models import Passkey

    enrol(live, page)
    page.context.clear_cookies()
    with live.app.app_context(), writing():
        db.session.execute(delete(Passkey))
    sent = forms_to(page, "/sign-in/passkey")
    page.goto(f"{live.url}/sign-in")
    expect(page.get_by_text("This passkey was not accepted")).to_be_visible()
    page.wait_for_timeout(500)
    assert len(sent) == 1
