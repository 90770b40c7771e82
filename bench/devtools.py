"""A Chromium driven through its DevTools pipe, and nothing else.

What a driver adds to every page it opens (worlds of its own, watchers, scripts) costs that page
about 80 ms on a processor that is slowed down four times; here the page is as a person opens it.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import F_DUPFD, fcntl
from typing import Any

from tests import needs

HEARS, SAYS = 3, 4  # the descriptors that Chromium reads commands from and writes answers to


class Devtools:
    """Commands to a browser, one after the other; events are passed over."""

    def __init__(self, commands: int, answers: int) -> None:
        self._commands, self._answers = commands, answers
        self._heard, self._number = b"", 0

    def call(self, method: str, session: str = "", **params: Any) -> dict[str, Any]:
        """The result of a command; raises RuntimeError with what the browser says instead."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        asked = message | ({"sessionId": session} if session else {})
        os.write(self._commands, json.dumps(asked).encode() + b"\0")
        while (said := self._next()).get("id") != self._number:
            pass
        if "error" in said:
            raise RuntimeError(f"{method}: {said['error']}")
        return dict(said["result"])

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._heard:
            more = os.read(self._answers, 65536)
            if not more:
                raise RuntimeError("the browser has ended")
            self._heard += more
        first, _, self._heard = self._heard.partition(b"\0")
        return dict(json.loads(first))


@contextmanager
def chromium(profile: str) -> Iterator[Devtools]:
    """A headless browser over a folder with a profile; it is closed with the block."""
    hears, commands = os.pipe()
    answers, says = os.pipe()

    def take_over() -> None:
        aside = [fcntl(one, F_DUPFD, SAYS + 1) for one in (hears, says)]  # they may be 3 or 4
        for one, wanted in zip(aside, (HEARS, SAYS), strict=True):
            os.dup2(one, wanted)

    flags = ("--headless", "--remote-debugging-pipe", f"--user-data-dir={profile}")
    running = subprocess.Popen(
        [needs.chromium() or "chromium", *needs.FLAGS, *flags],
        preexec_fn=take_over,
        pass_fds=(HEARS, SAYS, hears, says),
        stderr=subprocess.DEVNULL,
    )
    os.close(hears)
    os.close(says)
    devtools = Devtools(commands, answers)
    try:
        yield devtools
        devtools.call("Browser.close")
        running.wait(20)
    finally:
        running.kill()
        os.close(commands)
        os.close(answers)
