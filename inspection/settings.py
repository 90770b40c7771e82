"""What the operator decides: environment variables, read once, checked before anything starts."""

from __future__ import annotations

import os
import re
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit


class WrongSetting(Exception):
    """One line that names the variable and says why it cannot be used."""


@dataclass(frozen=True)
class Settings:
    """The settings in force; `docs/operating.md` holds the documented table."""

    data: Path
    database_url: str
    storage_url: str
    base_url: str
    secret: str
    host: str
    port: int
    trusted_proxies: int
    smtp_url: str | None
    trusted_hosts: tuple[str, ...]
    demo: bool
    workers: int
    threads: int
    access_log: bool | None
    push_hosts: tuple[str, ...] = ()
    reply_to: str | None = None

    @property
    def https(self) -> bool:
        return self.base_url.startswith("https://")

    @property
    def host_name(self) -> str:
        return urlsplit(self.base_url).hostname or ""


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise WrongSetting(f"TANDEM_PORT={text}: a port is a number from 1 to 65535")
    return int(text)


def _proxies(text: str) -> int:
    if not text.isdigit() or int(text) > 9:
        raise WrongSetting(
            f"TANDEM_TRUSTED_PROXIES={text}: say how many proxies stand in front, 0 to 9"
        )
    return int(text)


def _several(name: str, text: str, most: int) -> int:
    if not text.isdigit() or not 0 < int(text) <= most:
        raise WrongSetting(f"{name}={text}: a number from 1 to {most}")
    return int(text)


def _said(name: str, text: str) -> bool:
    if text not in ("0", "1"):
        raise WrongSetting(f"{name}={text}: 1 for yes, 0 for no")
    return text == "1"


def _access_log(given: str | None) -> bool | None:
    """None: not said, so written unless somebody looks at the terminal."""
    return None if given is None else _said("TANDEM_ACCESS_LOG", given)


def _smtp_url(given: str | None) -> str | None:
    if given is None:
        return None
    parts = urlsplit(given)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise WrongSetting(
            "TANDEM_SMTP_URL: like smtps://name:password@mail.example.org, or smtp:// for STARTTLS"
        )
    return given


def _storage_url(given: str | None, data: Path) -> str:
    if given is None:
        return str(data / "photos")
    if "://" in given and not given.startswith("s3://"):
        raise WrongSetting(f"TANDEM_STORAGE_URL={given}: a directory, or s3://bucket/prefix")
    return given


def _reply_to(given: str | None) -> str | None:
    if given is not None and not re.fullmatch(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+", given):
        raise WrongSetting(f"TANDEM_REPLY_TO={given!r}: one address, like service@example.org")
    return given


_PUSH_HOST = re.compile(r"\.?[a-z0-9-]+(\.[a-z0-9-]+)+")


def _push_hosts(text: str) -> tuple[str, ...]:
    hosts = tuple(filter(None, (name.strip().lower() for name in text.split(","))))
    for host in hosts:
        if not _PUSH_HOST.fullmatch(host) or not host.rpartition(".")[2].isalpha():
            raise WrongSetting(
                f"TANDEM_PUSH_HOSTS={host}: like push.example.org, or with a dot in front for all"
                " hosts below it"
            )
    return hosts


def _data(text: str) -> Path:
    path = Path(text).expanduser().resolve()
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise WrongSetting(f"TANDEM_DATA={text}: {error.strerror or error}") from None
    if not os.access(path, os.W_OK):
        raise WrongSetting(f"TANDEM_DATA={text}: this directory cannot be written to")
    return path


def _secret(given: str | None, data: Path) -> str:
    if given is not None:
        if len(given) < 32:
            raise WrongSetting(
                "TANDEM_SECRET: at least 32 characters, for instance from `openssl rand -hex 32`"
            )
        return given
    kept = data / "secret"
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_hex(32))
    return kept.read_text().strip()


def _own_address() -> str:
    """This machine's address on its local network (no packet is sent to find it)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def _base_url(given: str | None, host: str, port: int) -> str:
    if given is None:
        name = "localhost" if host in ("127.0.0.1", "localhost", "::1") else host
        if name in ("0.0.0.0", "::"):  # noqa: S104 - asked for by the operator
            name = _own_address()
        return f"http://{name}:{port}"
    parts = urlsplit(given)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
        raise WrongSetting(
            f"TANDEM_BASE_URL={given}: like https://inspect.example.org, nothing after the host"
        )
    return f"{parts.scheme}://{parts.netloc}"


def _database_url(given: str | None, data: Path) -> str:
    if given is None:
        return f"sqlite:///{data / 'tandem.sqlite3'}"
    if given.startswith("sqlite:"):
        return given
    for prefix in ("postgresql+psycopg://", "postgresql://", "postgres://"):
        if given.startswith(prefix):
            return "postgresql+psycopg://" + given.removeprefix(prefix)
    raise WrongSetting("TANDEM_DATABASE_URL: starts with postgresql:// or sqlite:///")


def read(environ: Mapping[str, str]) -> Settings:
    """The settings in `environ`; raises `WrongSetting` with one line for the operator."""
    data = _data(environ.get("TANDEM_DATA") or "data")
    host = environ.get("TANDEM_HOST") or "127.0.0.1"
    port = _port(environ.get("TANDEM_PORT") or "8000")
    base_url = _base_url(environ.get("TANDEM_BASE_URL") or None, host, port)
    aliases = [name.strip() for name in environ.get("TANDEM_HOST_ALIASES", "").split(",")]
    own = (urlsplit(base_url).hostname or "", *filter(None, aliases))
    local = () if base_url.startswith("https:") else ("localhost", "127.0.0.1")
    return Settings(
        data=data,
        database_url=_database_url(environ.get("TANDEM_DATABASE_URL") or None, data),
        storage_url=_storage_url(environ.get("TANDEM_STORAGE_URL") or None, data),
        base_url=base_url,
        secret=_secret(environ.get("TANDEM_SECRET") or None, data),
        host=host,
        port=port,
        trusted_proxies=_proxies(environ.get("TANDEM_TRUSTED_PROXIES") or "0"),
        smtp_url=_smtp_url(environ.get("TANDEM_SMTP_URL") or None),
        # The printed address is upper case, and not every client writes the host small.
        trusted_hosts=tuple(
            dict.fromkeys(name for host in (*own, *local) for name in (host, host.upper()))
        ),
        demo=_said("TANDEM_DEMO", environ.get("TANDEM_DEMO") or "1"),
        workers=_several("TANDEM_WORKERS", environ.get("TANDEM_WORKERS") or "1", 64),
        threads=_several("TANDEM_THREADS", environ.get("TANDEM_THREADS") or "8", 64),
        access_log=_access_log(environ.get("TANDEM_ACCESS_LOG") or None),
        push_hosts=_push_hosts(environ.get("TANDEM_PUSH_HOSTS", "")),
        reply_to=_reply_to(environ.get("TANDEM_REPLY_TO") or None),
    )
