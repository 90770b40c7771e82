"""A push service and a phone, each as the specifications have it, without our own code.

The service speaks TLS on this machine under the names of real services; `Wires` stands where the
network begins: it says which addresses names have, and leads what is meant for a public address to
the service, remembering every address that was connected to.
"""

from __future__ import annotations

import base64
import http.server
import json
import secrets
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

GOOGLE, MOZILLA = "fcm.googleapis.com", "updates.push.services.mozilla.com"
PUBLIC = "8.8.8.8"
Answer = tuple[int, Mapping[str, str]]


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )


@dataclass
class Phone:
    """A browser's subscription, and what only it can do: read what was pushed (RFC 8291)."""

    endpoint: str = f"https://{GOOGLE}/fcm/send/abc"
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    @property
    def p256dh(self) -> str:
        return b64(point(self.key.public_key()))

    @property
    def auth(self) -> str:
        return b64(self.secret)

    @property
    def form(self) -> dict[str, str]:
        return {"endpoint": self.endpoint, "p256dh": self.p256dh, "auth": self.auth}

    def read(self, body: bytes) -> bytes:
        """Decrypt one aes128gcm record."""
        salt, (size, length) = body[:16], struct.unpack("!IB", body[16:21])
        theirs, sealed = body[21 : 21 + length], body[21 + length :]
        assert len(sealed) <= size
        shared = self.key.exchange(
            ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
        )
        info = b"WebPush: info\0" + point(self.key.public_key()) + theirs
        ikm = _hkdf(shared, self.secret, info, 32)
        key = _hkdf(ikm, salt, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _hkdf(ikm, salt, b"Content-Encoding: nonce\0", 12)
        padded = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0")
        assert padded[-1:] == b"\2"  # the last record
        return padded[:-1]


def _hkdf(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)


@dataclass
class Heard:
    """One request as it came over the wire; names of headers in small letters."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def claims(self) -> dict[str, Any]:
        """The claims of its token, after its signature was checked against its own key."""
        scheme, _, given = self.headers["authorization"].partition(" ")
        assert scheme.lower() == "vapid"
        parts = dict(part.strip().split("=", 1) for part in given.split(","))
        signed, _, signature = parts["t"].rpartition(".")
        raw = unb64(signature)
        r, s = (int.from_bytes(half, "big") for half in (raw[:32], raw[32:]))
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unb64(parts["k"]))
        key.verify(encode_dss_signature(r, s), signed.encode(), ec.ECDSA(hashes.SHA256()))
        header, claims = (json.loads(unb64(part)) for part in signed.split("."))
        assert header["alg"] == "ES256"
        return dict(claims) | {"k": parts["k"]}


@dataclass
class Service:
    """What was heard; `answer` decides what is answered."""

    port: int = 0
    heard: list[Heard] = field(default_factory=list)
    answer: Callable[[Heard], Answer] = lambda heard: (201, {})


@dataclass
class Wires:
    """Which addresses names have (one list per look-up, the last for good), and who was called."""

    service: Service
    names: dict[str, list[list[str]]] = field(default_factory=dict)
    looked_up: list[str] = field(default_factory=list)
    called: list[tuple[str, int]] = field(default_factory=list)


@contextmanager
def service(folder: Path) -> Iterator[tuple[Service, Path]]:
    """A running service, and the certificate it can be trusted by."""
    heard_here = Service()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            one = Heard(self.command, self.path, headers, body)
            heard_here.heard.append(one)
            status, headers = heard_here.answer(one)
            self.send_response(status)
            for name, value in {"Content-Length": "0", **headers}.items():
                self.send_header(name, value)
            self.end_headers()

        do_GET = do_POST

        def log_message(self, *args: Any) -> None: ...

    trusted = _certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *given: None  # type: ignore[method-assign]
    server.daemon_threads = True
    server.block_on_close = False
    server.socket = context.wrap_socket(server.socket, server_side=True)
    heard_here.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield heard_here, trusted
    server.shutdown()
    thread.join()
    server.server_close()


def _certificate(folder: Path) -> Path:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "push services, for tests")])
    names = x509.SubjectAlternativeName([x509.DNSName(host) for host in (GOOGLE, MOZILLA)])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, False)
        .add_extension(x509.BasicConstraints(True, None), True)
        .sign(key, hashes.SHA256())
    )
    pem, private = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path = folder / "service.pem"
    path.write_bytes(
        key.private_bytes(pem, private, serialization.NoEncryption()) + made.public_bytes(pem)
    )
    return path


def wired(patch: pytest.MonkeyPatch, running: Service, trusted: Path) -> Wires:
    """Put `Wires` between us and the network for as long as `patch` lasts."""
    from urllib3.util import connection

    from inspection.alerts import pinned

    wires = Wires(running, {GOOGLE: [[PUBLIC]], MOZILLA: [[PUBLIC]]})
    dial, resolve = connection.create_connection, socket.getaddrinfo

    def look_up(host: Any, port: Any, *more: Any, **named: Any) -> Any:
        if host not in wires.names:
            return resolve(host, port, *more, **named)
        wires.looked_up.append(host)
        known = wires.names[host]
        addresses = known.pop(0) if len(known) > 1 else known[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in addresses]

    def call(address: tuple[str, int], *more: Any, **named: Any) -> Any:
        wires.called.append(address)
        assert address == (PUBLIC, 443), f"a packet to {address}"
        return dial(("127.0.0.1", running.port), *more, **named)

    patch.setattr(socket, "getaddrinfo", look_up)
    patch.setattr(connection, "create_connection", call)
    patch.setattr(pinned, "TRUSTED", str(trusted))
    return wires


def silent(heard: Heard) -> Answer:
    """An answer that takes longer than anybody should wait."""
    time.sleep(2)
    return 201, {}
