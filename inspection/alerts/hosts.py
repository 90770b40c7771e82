"""Where a push may be sent: the services of the browsers' makers, at public addresses only."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from inspection.web import settings

SERVICES = (
    "fcm.googleapis.com",
    "jmt17.google.com",
    "updates.push.services.mozilla.com",
    ".push.services.mozilla.com",
    "web.push.apple.com",
    ".push.apple.com",
    ".notify.windows.com",
)
LONGEST = 1000  # characters of an address
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # IPv4 as IPv6-only networks see it


class NotAllowed(Exception):
    """No push goes there; the text is for the operator."""


def allowed_host(endpoint: str) -> str:
    """The host of an endpoint; raises `NotAllowed` unless it is a push service's, https on 443.

    A name that begins with a dot in the list stands for every host below it.
    """
    try:
        parts = urlsplit(endpoint)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise NotAllowed("not an address") from None
    plain = endpoint.isascii() and endpoint.isprintable() and "\\" not in endpoint
    if not plain or " " in endpoint or len(endpoint) > LONGEST:
        raise NotAllowed("not an address")
    if parts.scheme != "https" or port not in (None, 443) or "@" in parts.netloc:
        raise NotAllowed("only https on port 443")
    if not any(_is_of(host, name) for name in SERVICES + settings().push_hosts):
        raise NotAllowed(f"not a push service: {host[:100]}")
    return host


def _is_of(host: str, name: str) -> bool:
    return host == name or (name.startswith(".") and host.endswith(name))


def public_address(host: str) -> str:
    """The address to connect to: looked up once, and every one that was found must be public.

    Raises OSError when the name is not known just now, `NotAllowed` for addresses of networks
    that only we can reach.
    """
    found = socket.getaddrinfo(
        host, 443, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG | socket.AI_NUMERICSERV
    )
    addresses = [str(one[4][0]) for one in found]
    for address in addresses:
        if not is_public(address):
            raise NotAllowed(f"{host} is at {address}, which is not public")
    return addresses[0]


def is_public(address: str) -> bool:
    """Whether an address is somewhere on the internet, also the one it holds inside another."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:  # with a scope: of the local link
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if found in _TRANSLATED:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if found.teredo or (inner is None and (found.is_reserved or found.is_site_local)):
            return False
        if inner is not None:
            return inner.is_global and not inner.is_multicast
    return found.is_global and not found.is_multicast
