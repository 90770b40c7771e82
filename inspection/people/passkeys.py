"""Passkeys: discoverable credentials, made and used only with the person verified.

`webauthn` is imported where it is used: it costs 15 MB that a process at rest need not hold.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app
from sqlalchemy import delete, func, insert, select, update

from inspection import clock
from inspection.db import db, table
from inspection.people import challenges, letters, persons
from inspection.people.models import Passkey, Person
from inspection.rules.refusal import N_, Refusal
from inspection.web import PersonCard, Refused, settings

LONGEST = 20_000  # characters of a credential as JSON

_passkeys, _persons = table(Passkey), table(Person)
T = TypeVar("T")

_REFUSED = Refusal(
    "passkey.refused",
    N_(
        "This passkey was not accepted. Try once more; if that does not help, use the code by"
        " e-mail."
    ),
)
_TOO_LATE = Refusal(
    "passkey.too_late", N_("That took longer than five minutes, or was sent before. Try again.")
)
_KNOWN = Refusal("passkey.known", N_("This passkey is in use already."))


# ---------------------------------------------------------------- what the browser is asked


def enrolment_options(person: PersonCard) -> str:
    """What `navigator.credentials.create` needs, as JSON."""
    import webauthn
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        PublicKeyCredentialDescriptor,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    mine = select(_passkeys.c.credential_id).where(_passkeys.c.person_id == person.id)
    have = [PublicKeyCredentialDescriptor(id=id) for id in db.session.execute(mine).scalars()]
    options = webauthn.generate_registration_options(
        rp_id=settings().host_name,
        rp_name="Tandem",
        user_id=persons.one(person.id).handle,
        user_name=person.email,
        user_display_name=person.name,
        challenge=challenges.give("enrol", person.id),
        timeout=_milliseconds(),
        exclude_credentials=have,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
    )
    return str(webauthn.options_to_json(options))


def sign_in_options() -> str:
    """What `navigator.credentials.get` needs, as JSON; it names no credential, so tells nothing."""
    import webauthn
    from webauthn.helpers.structs import UserVerificationRequirement

    options = webauthn.generate_authentication_options(
        rp_id=settings().host_name,
        challenge=challenges.give("sign_in"),
        timeout=_milliseconds(),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return str(webauthn.options_to_json(options))


def _milliseconds() -> int:
    return int(challenges.LIFETIME.total_seconds() * 1000)


# ---------------------------------------------------------------- what it answered


class Answer:
    """A credential as the browser sent it; its challenge is taken on arrival, whatever follows."""

    def __init__(self, text: str, ceremony: challenges.Ceremony, person_id: int | None = None):
        self.text = text
        self.body = _object(text)
        self.challenge = _challenge(self.body)
        self.in_time = challenges.take(self.challenge, ceremony, person_id)

    def verified(self, verify: Callable[..., T], **expected: Any) -> T:
        """What `verify` makes of it; raises `Refused` when the signature or its terms are wrong."""
        from webauthn.helpers.exceptions import WebAuthnException

        if not self.in_time:
            raise Refused(_TOO_LATE)
        try:
            return verify(
                credential=self.body,
                expected_challenge=self.challenge,
                expected_rp_id=settings().host_name,
                expected_origin=settings().base_url,
                require_user_verification=True,  # False by default, and then UV=0 passes
                **expected,
            )
        except WebAuthnException as wrong:
            current_app.logger.warning("passkey refused: %r", str(wrong))
            raise Refused(_REFUSED) from None


def _object(text: str) -> dict[str, Any]:
    """The credential; the library takes a list or None for an object and falls over."""
    try:
        body = json.loads(text[:LONGEST])
    except ValueError:
        body = None
    if not isinstance(body, dict) or not isinstance(body.get("response"), dict):
        raise Refused(_REFUSED)
    return body


def _challenge(body: dict[str, Any]) -> bytes:
    try:
        client = json.loads(_bytes(body["response"]["clientDataJSON"]))
        return _bytes(client["challenge"])
    except (ValueError, KeyError, TypeError):
        raise Refused(_REFUSED) from None


def _bytes(text: Any) -> bytes:
    if not isinstance(text, str):
        raise TypeError("not base64url")
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as wrong:
        raise ValueError("not base64url") from wrong


def sign_in(answer: Answer) -> int:
    """The person whose passkey signed."""
    import webauthn

    known = _known(answer)
    if known is None:
        raise Refused(_REFUSED if answer.in_time else _TOO_LATE)
    shown = answer.verified(
        webauthn.verify_authentication_response,
        credential_public_key=known.public_key,
        # the counter is compared here: a synced or restored passkey that counts backwards is worth
        # a line in the log, and locking its owner out would help nobody
        credential_current_sign_count=0,
    )
    if 0 < shown.new_sign_count <= known.sign_count:
        current_app.logger.warning(
            "passkey %s of person %s counted back from %s to %s: it may have been copied",
            *(known.id, known.person_id, known.sign_count, shown.new_sign_count),
        )
    db.session.execute(
        update(_passkeys)
        .where(_passkeys.c.id == known.id)
        .values(
            sign_count=shown.new_sign_count,
            backed_up=shown.credential_backed_up,
            last_used_at=clock.now(),
        )
    )
    return int(known.person_id)


def _known(answer: Answer) -> Any:
    """The stored passkey that the answer names, if it is of the person it names."""
    try:
        credential_id = _bytes(answer.body.get("rawId"))
        handle = _bytes(answer.body["response"].get("userHandle"))
    except (ValueError, TypeError):
        return None
    return db.session.execute(
        select(_passkeys)
        .join(_persons, _persons.c.id == _passkeys.c.person_id)
        .where(_passkeys.c.credential_id == credential_id, _persons.c.handle == handle)
    ).first()


def enrol(person: PersonCard, answer: Answer, name: str) -> int:
    """Keep a new passkey of the person and tell them; its id."""
    import webauthn

    made = answer.verified(webauthn.verify_registration_response)
    taken = select(_passkeys.c.id).where(_passkeys.c.credential_id == made.credential_id)
    if db.session.execute(taken).first() is not None:
        raise Refused(_KNOWN)
    transports = answer.body["response"].get("transports")
    passkey_id = db.session.execute(
        insert(_passkeys)
        .values(
            person_id=person.id,
            credential_id=made.credential_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            name=name,
            backed_up=made.credential_backed_up,
            transports=",".join(map(str, transports))[:100] if isinstance(transports, list) else "",
            created_at=clock.now(),
        )
        .returning(_passkeys.c.id)
    ).scalar_one()
    current_app.logger.info("passkey %s added by person %s", passkey_id, person.id)
    letters.warn(
        person.email,
        person.language,
        N_("A passkey was added"),
        N_("The passkey “%(name)s” can now sign you in at %(host)s."),
        name=name,
        host=settings().base_url,
    )
    return int(passkey_id)


# ---------------------------------------------------------------- keeping them


def of_person(person_id: int) -> list[Any]:
    """The person's passkeys, oldest first."""
    return list(
        db.session.execute(
            select(_passkeys).where(_passkeys.c.person_id == person_id).order_by(_passkeys.c.id)
        )
    )


def count(person_id: int) -> int:
    held = select(func.count()).select_from(_passkeys).where(_passkeys.c.person_id == person_id)
    return int(db.session.execute(held).scalar_one())


def named(person_id: int, passkey_id: int) -> str | None:
    """The name of the person's passkey; None when it is not theirs."""
    return db.session.execute(
        select(_passkeys.c.name).where(
            _passkeys.c.id == passkey_id, _passkeys.c.person_id == person_id
        )
    ).scalar()


def rename(passkey_id: int, name: str) -> None:
    db.session.execute(update(_passkeys).where(_passkeys.c.id == passkey_id).values(name=name))


def remove(person: PersonCard, passkey_id: int, name: str) -> None:
    """Forget the passkey and tell the person, also what is left to them."""
    db.session.execute(delete(_passkeys).where(_passkeys.c.id == passkey_id))
    current_app.logger.info("passkey %s removed by person %s", passkey_id, person.id)
    left = (
        N_("Your other passkeys still work.")
        if count(person.id)
        else N_("It was the last one: from now on you sign in with a code by e-mail.")
    )
    letters.warn(
        person.email,
        person.language,
        N_("A passkey was removed"),
        N_("The passkey “%(name)s” no longer signs you in at %(host)s."),
        left,
        name=name,
        host=settings().base_url,
    )
