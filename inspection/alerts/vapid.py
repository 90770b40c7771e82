"""Who we are towards push services: one key, made from the installation's secret (RFC 8292).

Every machine with the same `TANDEM_SECRET` has the same key, and nothing is stored. With another
secret every subscription is void: the page notices it on its next visit and subscribes again.
"""

from __future__ import annotations

import base64
from functools import lru_cache
from typing import TYPE_CHECKING

from inspection.web import settings

if TYPE_CHECKING:  # cryptography is large: taken when something is pushed, not when we start
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256


def private_key() -> EllipticCurvePrivateKey:
    """The key that signs what is pushed."""
    return _derived(settings().secret)


def public_key() -> str:
    """The browser's `applicationServerKey`: the point in 65 bytes, as 87 characters."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    point = private_key().public_key()
    return encoded(point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def subject() -> str:
    """Whom a push service may turn to."""
    chosen = settings()
    return chosen.base_url if chosen.https else f"mailto:tandem@{chosen.host_name}"


def encoded(data: bytes) -> str:
    """Base64 for addresses, without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@lru_cache(maxsize=2)
def _derived(secret: str) -> EllipticCurvePrivateKey:
    """48 bytes of HKDF, reduced into 1 … order - 1: so many that the bias is below 2^-128."""
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    drawn = HKDF(SHA256(), length=48, salt=None, info=b"vapid").derive(secret.encode())
    return derive_private_key(int.from_bytes(drawn, "big") % (_ORDER - 1) + 1, SECP256R1())
