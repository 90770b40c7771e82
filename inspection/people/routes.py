"""Sign-in, invitations, and what a person decides about themselves."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, abort, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from inspection import web, words
from inspection.idempotency import Done, actor_scope, once, receipt_secret
from inspection.people import (
    codes,
    devices,
    invitations,
    limits,
    passkeys,
    persons,
    sessions,
)
from inspection.rules.refusal import N_, Refusal
from inspection.web import Field, Refused, current, form, own_path, person

rooms = Blueprint("people", __name__)
rooms.after_app_request(sessions.renew)

NEXT = Field(limit=2000)
CREDENTIAL = Field("words", limit=passkeys.LONGEST, required=True)
NAME = Field(limit=100, required=True)

SAID = {
    "signed-out": N_("You are signed out."),
    "saved": N_("Saved."),
    "passkey-added": N_("The passkey is added. Next time it signs you in."),
    "passkey-renamed": N_("The passkey has its new name."),
    "passkey-removed": N_("The passkey is removed. Delete it on the device as well."),
    "session-ended": N_("That session has ended."),
    "sessions-ended": N_("All other sessions have ended."),
}


def _page(template: str, **given: Any) -> str:
    return render_template(f"people/{template}.html", notices=words.said(SAID), **given)


def _next() -> str:
    return own_path(request.values.get("next"))


# ---------------------------------------------------------------- signing in


@rooms.get("/sign-in")
@web.allow(web.PUBLIC)
def sign_in() -> ResponseReturnValue:
    """Passkey first, code by e-mail second."""
    return _page("sign_in", next=_next())


@rooms.post("/sign-in/passkey/options")
@web.allow(web.PUBLIC)
def sign_in_options() -> ResponseReturnValue:
    """A challenge for a passkey to sign."""
    limits.count("ceremony", limits.CEREMONIES_PER_NETWORK)
    return Response(passkeys.sign_in_options(), mimetype="application/json")


@rooms.post("/sign-in/passkey")
@web.allow(web.PUBLIC)
@web.again(sign_in)
def sign_in_with_passkey() -> ResponseReturnValue:
    """Sign in whose passkey signed our challenge."""
    typed = form(credential=CREDENTIAL, next=NEXT)
    answer = passkeys.Answer(typed["credential"], "sign_in")

    def prove() -> sessions.Entry:
        return sessions.Entry(passkeys.sign_in(answer), Done(own_path(typed["next"])))

    return sessions.enter(answer.text, prove)


@rooms.post("/sign-in/code")
@web.allow(web.PUBLIC)
@web.again(sign_in)
def ask_for_code() -> ResponseReturnValue:
    """Mail a code, if the address is known; the answer is the same when it is not."""
    typed = form(email=Field(limit=254, required=True), next=NEXT)
    email = web.accepted(persons.address(typed["email"]))
    limits.count("code", limits.CODES_PER_NETWORK, email, limits.CODES_PER_ACCOUNT)

    def write() -> Done:
        codes.send(email, receipt_secret(actor_scope()))
        return Done(_with_next("/sign-in/code?ask={receipt}", typed["next"]))

    return once(write)


@rooms.get("/sign-in/code")
@web.allow(web.PUBLIC)
def code_page() -> ResponseReturnValue:
    """Where the code from the mail is typed."""
    return _page("code", next=_next(), ask=request.values.get("ask", ""))


@rooms.post("/sign-in/code/proof")
@web.allow(web.PUBLIC)
@web.again(code_page)
def sign_in_with_code() -> ResponseReturnValue:
    """Sign in whom the code was sent to."""
    typed = form(code=Field(limit=30, required=True), ask=Field(limit=40, required=True), next=NEXT)
    codes.count_try(typed["ask"])

    def prove() -> sessions.Entry:
        return sessions.Entry(
            codes.prove(typed["ask"], typed["code"]), Done(own_path(typed["next"]))
        )

    return sessions.enter(typed["ask"] + typed["code"], prove)


@rooms.post("/sign-out")
@web.allow(web.PUBLIC)
def sign_out() -> ResponseReturnValue:
    """End this session; whoever has copied the cookie is out as well."""
    form()

    def write() -> Done:
        someone = current().person
        if someone is not None:
            sessions.end_sessions(someone.id, only=someone.session_id)
        return Done("/sign-in", "signed-out")

    return sessions.take_cookie(make_response(once(write)))


def _with_next(location: str, next_: str) -> str:
    """`location` with the page to go on to, when it is one of ours."""
    path = own_path(next_)
    return (
        location
        if path == "/"
        else f"{location}{'&' if '?' in location else '?'}next={quote(path)}"
    )


# ---------------------------------------------------------------- invitations


@rooms.get("/invitations/<token>")
@web.allow(web.PUBLIC)
def invitation(token: str) -> ResponseReturnValue:
    """Who invites to what; a used, old or made-up link gets one friendly page."""
    found = invitations.found(token)
    if found is None:
        return _page("invitation_gone"), 404
    known = persons.at(found.email)
    return _page("invitation", invitation=found, known=known, token=token)


@rooms.post("/invitations/<token>")
@web.allow(web.PUBLIC)
@web.again(invitation)
def accept_invitation(token: str) -> ResponseReturnValue:
    """Let the invited person in, and offer them a passkey."""
    typed = form(name=Field(limit=200))

    def prove() -> sessions.Entry:
        person_id = invitations.accept(token, typed["name"])
        if person_id is None:
            raise Refused(_GONE, status=404)
        there = "/" if passkeys.count(person_id) else "/me/passkeys/new?next=/"
        return sessions.Entry(person_id, Done(there))

    return sessions.enter(token, prove)


_GONE = Refusal("invitation.gone", N_("This invitation was used or is no longer good."))


# ---------------------------------------------------------------- myself


@rooms.get("/me")
@web.allow(web.PERSON)
def me() -> ResponseReturnValue:
    """Name, language, ways in, and where I am signed in."""
    mine = person()
    return _page(
        "me",
        person=mine,
        passkeys=passkeys.of_person(mine.id),
        sessions=sessions.of_person(mine.id),
        fresh=sessions.is_fresh(),
        device=devices.spoken,
    )


@rooms.post("/me")
@web.allow(web.PERSON)
@web.again(me)
def change_me() -> ResponseReturnValue:
    """Another name or language."""
    typed = form(
        name=Field(limit=200, required=True),
        language=Field(required=True, choices=web.STAFF_LANGUAGES),
    )

    def write() -> Done:
        persons.change(person().id, typed["name"], typed["language"])
        return Done("/me", "saved")

    return once(write)


@rooms.post("/me/sessions/<int:session>/ending")
@web.allow(web.PERSON)
def end_session(session: int) -> ResponseReturnValue:
    """End one of my sessions."""
    form()

    def write() -> Done:
        if not sessions.end_sessions(person().id, only=session):
            abort(404)
        return Done("/me", "session-ended")

    return once(write)


@rooms.post("/me/sessions/ending")
@web.allow(web.PERSON)
def end_other_sessions() -> ResponseReturnValue:
    """End all my sessions but this one."""
    form()

    def write() -> Done:
        sessions.end_sessions(person().id, but=person().session_id)
        return Done("/me", "sessions-ended")

    return once(write)


# ---------------------------------------------------------------- my passkeys


@rooms.get("/me/passkeys/new")
@web.allow(web.PERSON)
def new_passkey() -> ResponseReturnValue:
    """Offer to make a passkey on this device."""
    return _page(
        "new_passkey",
        next=own_path(request.values.get("next"), "/me"),
        fresh=sessions.is_fresh(),
        first=not passkeys.count(person().id),
        device=devices.spoken(request.user_agent.string or "") or gettext("This device"),
    )


@rooms.post("/me/passkeys/options")
@web.allow(web.PERSON)
def enrolment_options() -> ResponseReturnValue:
    """A challenge for a new passkey to sign."""
    _refuse_stale()
    limits.count("ceremony", limits.CEREMONIES_PER_NETWORK)
    return Response(passkeys.enrolment_options(person()), mimetype="application/json")


@rooms.post("/me/passkeys")
@web.allow(web.PERSON)
@web.again(new_passkey)
def enrol_passkey() -> ResponseReturnValue:
    """Keep the passkey that was just made."""
    typed = form(credential=CREDENTIAL, name=NAME, next=NEXT)
    _refuse_stale()
    answer = passkeys.Answer(typed["credential"], "enrol", person().id)

    def write() -> Done:
        passkeys.enrol(person(), answer, typed["name"])
        return Done(own_path(typed["next"], "/me"), "passkey-added")

    return once(write)


@rooms.post("/me/passkeys/<int:passkey>")
@web.allow(web.PERSON)
@web.again(lambda passkey: me())
def rename_passkey(passkey: int) -> ResponseReturnValue:
    """Another name for one of my passkeys."""
    typed = form(passkey_name=NAME)

    def write() -> Done:
        _mine(passkey)
        passkeys.rename(passkey, typed["passkey_name"])
        return Done("/me", "passkey-renamed")

    return once(write)


@rooms.post("/me/passkeys/<int:passkey>/removal")
@web.allow(web.PERSON)
@web.again(lambda passkey: me())
def remove_passkey(passkey: int) -> ResponseReturnValue:
    """Forget one of my passkeys."""
    form()
    _refuse_stale()

    def write() -> Done:
        passkeys.remove(person(), passkey, _mine(passkey))
        return Done("/me", "passkey-removed")

    return once(write)


def _mine(passkey: int) -> str:
    name = passkeys.named(person().id, passkey)
    if name is None:
        abort(404)
    return name


def _refuse_stale() -> None:
    """Ways in are changed only just after signing in; an unlocked phone does not do."""
    if not sessions.is_fresh():
        raise Refused(
            Refusal(
                "sign_in.stale",
                N_("To change your passkeys, sign in again first. It keeps others out."),
            ),
            status=403,
        )
