"""Secrets and signatures: 128 bits that only their holder knows, tokens nobody can alter."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Any

from itsdangerous import BadData, URLSafeTimedSerializer

from inspection.web.current import settings


def hashed(secret: str) -> str:
    """How a 128-bit secret is stored."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_secret() -> str:
    """128 random bits in 22 characters that fit an address."""
    return secrets.token_urlsafe(16)


def derived_secret(purpose: str, name: str) -> str:
    """128 bits that only we can make again from `name`; so a repeated answer can hold them."""
    key = settings().secret.encode()
    digest = hmac.digest(key, f"{purpose}/{name}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")


def sign(purpose: str, value: Any) -> str:
    """A token for `value` that cannot be altered; for one purpose."""
    return str(URLSafeTimedSerializer(settings().secret, salt=purpose).dumps(value))


def unsign(purpose: str, token: str, seconds: int) -> Any:
    """The signed value, or None when altered, for another purpose, or older than `seconds`."""
    try:
        return URLSafeTimedSerializer(settings().secret, salt=purpose).loads(token, max_age=seconds)
    except BadData:
        return None
