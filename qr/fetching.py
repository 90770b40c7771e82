"""Fetch the barcode reader for browsers that have none of their own: `python qr/fetching.py`.

Two files of two packages, by version and hash, through the npm client of this machine, into
static/vendor, which is never committed. Standard library only. Without them, or without npm, the
product works all the same: a code is then read from a photo by the server, or typed.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

VENDOR = Path(__file__).resolve().parents[1] / "static" / "vendor"
PATIENCE = 90  # seconds for one package
LARGEST = 4_000_000  # bytes of a file; the largest has 1.1 million


@dataclass(frozen=True)
class Module:
    """A file of a package: where it is in there, how we call it, and what it must be."""

    package: str
    path: str
    name: str
    sha256: str

    @property
    def kept(self) -> Path:
        """Where it lies when it is here."""
        return VENDOR / self.name

    def is_here(self) -> bool:
        """Whether it lies there, whole."""
        return self.kept.is_file() and _sha256(self.kept.read_bytes()) == self.sha256


# Both are MIT. barcode-detector 3.2.2 was built for zxing-wasm 3.1.3; another one's reader differs.
MODULES = (
    Module(
        "barcode-detector@3.2.2",
        "package/dist/iife/ponyfill.js",
        "barcode-detector.js",
        "e3aa2057178b8ea71dd97003270331bbcb46499197b68bc0c7dd18e40c0863ea",
    ),
    Module(
        "zxing-wasm@3.1.3",
        "package/dist/reader/zxing_reader.wasm",
        "zxing_reader.wasm",
        "2ebda08a93eea3efcd8399cda6b276e6a0b1de4fec60b4d8988a047de4c6d1ba",
    ),
)


class NotFetched(Exception):
    """One sentence for whoever sets this up."""


def here() -> bool:
    """Whether every module is here, whole."""
    return all(module.is_here() for module in MODULES)


def fetch() -> None:
    """Bring what is missing; raises `NotFetched`."""
    npm = shutil.which("npm")
    if npm is None:
        raise NotFetched("npm is not on this machine")
    VENDOR.mkdir(parents=True, exist_ok=True)
    for module in MODULES:
        if not module.is_here():
            _put(module, _packed(npm, module))


def _packed(npm: str, module: Module) -> bytes:
    """The file out of its package, as the registry has it."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            subprocess.run(  # noqa: S603 - constants
                [npm, "pack", "--silent", "--ignore-scripts", module.package],
                cwd=folder,
                check=True,
                capture_output=True,
                timeout=PATIENCE,
            )
            (packed,) = Path(folder).glob("*.tgz")
            with tarfile.open(packed) as package:
                file = package.extractfile(module.path)
                return file.read(LARGEST) if file else b""
        except (OSError, subprocess.SubprocessError, ValueError, KeyError, tarfile.TarError) as no:
            raise NotFetched(f"{module.package} could not be fetched ({type(no).__name__})") from no


def _put(module: Module, data: bytes) -> None:
    if _sha256(data) != module.sha256:
        raise NotFetched(f"{module.package} holds another file than the one that was tried")
    part = module.kept.with_suffix(".part")
    part.write_bytes(data)
    part.replace(module.kept)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def said() -> Iterator[str]:
    """Fetch what is missing and say how it went, if anything was to be done."""
    if here():
        return
    try:
        fetch()
        yield "The barcode reader for browsers is here."
    except NotFetched as why:
        yield f"No barcode reader for browsers: {why}. Codes are read from a photo, or typed."


if __name__ == "__main__":
    for sentence in said():
        sys.stderr.write(sentence + "\n")
