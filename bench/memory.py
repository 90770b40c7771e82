"""How much memory web and tick take together at rest: `python -m bench.memory`.

Proportional set size: a page that n processes share counts one n-th in each, so the sum over the
process tree is what the machine really gives, as long as nothing else runs that loads the same
libraries. At rest: the demo is set up, a handful of pages were asked for, and ten seconds have
passed. As on every start but the first, the modules are compiled already.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

GOAL = 120.0  # MB
COMPILED = "import app, inspection.serving; app.create_app()"
PAGES = ("/healthz", "/readyz", "/sign-in", "/", "/Q/000000000000")


def tree(root: int) -> Iterator[int]:
    """A process and everything below it; nothing below one that has ended meanwhile."""
    yield root
    with suppress(FileNotFoundError, ProcessLookupError):
        for thread in Path(f"/proc/{root}/task").iterdir():
            for child in (thread / "children").read_text().split():
                yield from tree(int(child))


def proportional(pid: int) -> float:
    """The proportional set size of one process, MB."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise LookupError(pid)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def asked(address: str) -> int:
    """The status an address answers with; 0 when nobody answers."""
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def measure(demo: bool = True) -> list[float]:
    """Serve, look at a few pages, rest, and measure every process of the tree; MB."""
    with tempfile.TemporaryDirectory() as data:
        port = free_port()
        settings = {"TANDEM_DATA": data, "TANDEM_PORT": str(port), "TANDEM_DEMO": str(int(demo))}
        there: Any = {
            "cwd": Path(__file__).parents[1],
            "env": {**os.environ, **settings, "PYTHONDONTWRITEBYTECODE": ""},
        }
        subprocess.run([sys.executable, "-c", COMPILED], check=True, **there)
        serving = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "app", "serve"],
            stdout=subprocess.DEVNULL,
            **there,
        )
        try:
            until = time.monotonic() + 60
            while asked(f"http://127.0.0.1:{port}/healthz") != 200:
                if time.monotonic() > until or serving.poll() is not None:
                    raise SystemExit("serve did not answer within a minute")
                time.sleep(0.2)
            for page in PAGES:
                asked(f"http://127.0.0.1:{port}{page}")
            time.sleep(10)
            return [proportional(pid) for pid in tree(serving.pid)]
        finally:
            serving.send_signal(signal.SIGTERM)
            serving.wait(60)


def main() -> None:
    """Print the figure beside its goal."""
    parts = measure()
    names = " + ".join(f"{part:.1f}" for part in parts)
    print(f"web and tick at rest: {sum(parts):.1f} MB of {GOAL:.0f} MB ({names})")


if __name__ == "__main__":
    main()
