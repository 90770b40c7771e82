"""How often an account or a network may try to get in."""

from __future__ import annotations

import ipaddress

from flask import request

from inspection.budgets import spend
from inspection.db import writing
from inspection.rules.refusal import N_, Refusal
from inspection.web import Refused, hashed

HOUR = 3600
# Asked for and tried, per hour. Ten codes with five tries each leave a stranger who knows an
# address 50 guesses in 10^8 an hour; passkeys stay open to the owner meanwhile.
CODES_PER_ACCOUNT = 10
CODES_PER_NETWORK = 100
TRIES_PER_NETWORK = 200
CEREMONIES_PER_NETWORK = (
    2000  # every opened sign-in page asks for one; a whole office has one address
)

_TOO_OFTEN = Refusal(
    "sign_in.too_often",
    N_("That was tried very often from here. Wait an hour, or sign in with a passkey."),
)


def network() -> str:
    """Where the request comes from: an IPv4 address, or the /64 that one IPv6 line is given."""
    given = request.remote_addr or ""
    try:
        found = ipaddress.ip_address(given)
    except ValueError:
        return given
    if found.version == 6:
        return str(ipaddress.ip_network(f"{given}/64", strict=False).network_address)
    return given


def count(what: str, per_network: int, account: str = "", per_account: int = 0) -> None:
    """Count one use, in an own transaction that stands even when the form is refused.

    Raises `Refused` (429) past the limit. `account` is counted whether it exists or not, so that
    the answer tells nobody which addresses are known.
    """
    with writing():
        used = spend(f"{what}/net/{network()}", HOUR)
        of_account = spend(f"{what}/who/{hashed(account)[:32]}", HOUR) if account else 0
    if used > per_network or of_account > per_account > 0:
        raise Refused(_TOO_OFTEN, status=429)
