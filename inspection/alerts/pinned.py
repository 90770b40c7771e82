"""The line to a push service: one address that was looked at, no redirects, no proxies.

Loads `requests`; imported when something is pushed.
"""

from __future__ import annotations

from typing import Any

import requests
from requests.adapters import HTTPAdapter

from inspection.alerts import hosts

TIMEOUT = (3.0, 5.0)  # seconds to connect and to wait for an answer: eight for one send
ANSWER = 1024  # bytes read of what a service says
TRUSTED: bool | str = True  # whom certificates must come from


class PinnedSession(requests.Session):
    """Posts to the address that was found public, whatever the name says a moment later."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False  # no proxies, no .netrc
        self.verify = TRUSTED
        self.headers["User-Agent"] = "Tandem"

    def request(self, method: Any, url: Any, **given: Any) -> requests.Response:  # type: ignore[override]
        """Raises `NotAllowed` before any packet, OSError (of requests too) when the line fails."""
        host = hosts.allowed_host(url)
        self.mount("https://", _Pinned(host, hosts.public_address(host)))
        given |= {"allow_redirects": False, "stream": True, "timeout": TIMEOUT}
        with super().request(method, url, **given) as answer:
            answer._content = next(answer.iter_content(ANSWER), b"")
        return answer


class _Pinned(HTTPAdapter):
    """Connects to an address; greets, checks the certificate and asks for the host by its name."""

    def __init__(self, host: str, address: str) -> None:
        self.host = host
        self.address = f"[{address}]" if ":" in address else address
        super().__init__()

    def init_poolmanager(self, *given: Any, **named: Any) -> None:
        named |= {"server_hostname": self.host, "assert_hostname": self.host}
        super().init_poolmanager(*given, **named)

    def send(self, request: requests.PreparedRequest, *given: Any, **named: Any) -> Any:
        path = (request.url or "").partition("://")[2].partition("/")[2]
        request.url = f"https://{self.address}/{path}"
        request.headers["Host"] = self.host
        return super().send(request, *given, **named)
