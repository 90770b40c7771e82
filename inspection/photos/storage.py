"""Where pictures lie: by the hash of their bytes, in a directory or in an S3-compatible store."""

import contextlib
import hashlib
import io
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from obstore.store import ObjectStore as Objects
    from obstore.store import S3Config

NAME = re.compile(r"[0-9a-f]{64}")


class Store(Protocol):
    """Keeps bytes under the SHA-256 of what they are, in lower-case hex.

    A name that nothing is kept under, or that is no such hash, is a FileNotFoundError. The same
    bytes are kept once: before `delete`, see that no other row names them.
    """

    def put(self, data: bytes) -> str:
        """Keep the bytes and return their name; when this returns they survive a power cut."""

    def read(self, sha256: str) -> bytes:
        """Return the bytes of that name."""

    def open(self, sha256: str) -> BinaryIO:
        """Return the bytes of that name as a file; the caller closes it."""

    def exists(self, sha256: str) -> bool:
        """Tell whether bytes of that name are kept."""

    def delete(self, sha256: str) -> None:
        """Forget the bytes of that name; to forget them twice is no mistake."""

    def names(self) -> Iterator[str]:
        """Tell the name of everything that is kept."""


def store_at(url: str) -> Store:
    """Open the store that `url` names, or raise ValueError with a sentence for the operator.

    `url` is the path of a directory, made when missing, or
    `s3://bucket/prefix?endpoint=https://host&region=name`, all but the bucket optional; the keys
    come from `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`.
    """
    if url.startswith("s3://"):
        return ObjectStore(_bucket(url))
    if not url or "://" in url:
        raise ValueError(f"{url!r} is neither a directory nor s3://bucket")
    return Directory(Path(url))


def key(sha256: str) -> str:
    """Return where the bytes of that name lie below the store's root: `ab/cd/abcd…`."""
    if not NAME.fullmatch(sha256):
        raise FileNotFoundError(sha256)
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


class Directory:
    """A store in a directory of this machine."""

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.root = root

    def put(self, data: bytes) -> str:
        """Keep the bytes; a kept file is replaced only when it is no longer what its name says."""
        sha256 = hashlib.sha256(data).hexdigest()
        path = self.root / key(sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        if _holds(path, data):
            os.utime(path)  # wanted again: a sweep of what is old and unused must not take it now
        else:
            _write(path, data)
        # Also when the file was there: another process may not have come this far yet.
        for directory in (path.parent, path.parent.parent, self.root):
            _sync(directory)
        return sha256

    def read(self, sha256: str) -> bytes:
        """Return the bytes of that name."""
        return (self.root / key(sha256)).read_bytes()

    def open(self, sha256: str) -> BinaryIO:
        """Return the file of that name."""
        return (self.root / key(sha256)).open("rb")

    def exists(self, sha256: str) -> bool:
        """Tell whether bytes of that name are kept."""
        with contextlib.suppress(FileNotFoundError):
            return (self.root / key(sha256)).is_file()
        return False

    def delete(self, sha256: str) -> None:
        """Forget the bytes of that name, for good when this returns."""
        with contextlib.suppress(FileNotFoundError):
            path = self.root / key(sha256)
            path.unlink()
            _sync(path.parent)

    def names(self) -> Iterator[str]:
        """Tell the name of every file that is kept."""
        return (path.name for path in self.root.glob("??/??/*") if NAME.fullmatch(path.name))

    def put_at(self, sha256: str) -> float:
        """Return when that file was last put here; seconds since 1970."""
        return (self.root / key(sha256)).stat().st_mtime


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.read_bytes() == data
    except FileNotFoundError:
        return False


def _write(path: Path, data: bytes) -> None:
    """Put a whole file in its place or none.

    Hazard: without the first fsync a power cut after the rename leaves a file of zeros; without
    those of the directories, no file. A kill in between leaves `.part-…`, which nothing reads.
    """
    handle, part = tempfile.mkstemp(prefix=".part-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        os.unlink(part)
        raise


def _sync(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class ObjectStore:
    """A store in whatever obstore reaches, and as durable as that is."""

    def __init__(self, objects: "Objects") -> None:
        # Imported here: it costs 7 MB of memory that a store in a directory does not need.
        import obstore

        self._obstore = obstore
        self._objects = objects

    def put(self, data: bytes) -> str:
        """Keep the bytes; two that put the same at once write the same.

        Asked first rather than put with `mode="create"`, which not every S3 server knows.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        if not self.exists(sha256):
            self._obstore.put(self._objects, key(sha256), data, use_multipart=False)
        return sha256

    def read(self, sha256: str) -> bytes:
        """Return the bytes of that name."""
        return bytes(self._obstore.get(self._objects, key(sha256)).bytes())

    def open(self, sha256: str) -> BinaryIO:
        """Return the bytes of that name as a file in memory; a picture is a megabyte at most."""
        return io.BytesIO(self.read(sha256))

    def exists(self, sha256: str) -> bool:
        """Tell whether bytes of that name are kept."""
        try:
            self._obstore.head(self._objects, key(sha256))
        except FileNotFoundError:
            return False
        return True

    def delete(self, sha256: str) -> None:
        """Forget the bytes of that name."""
        with contextlib.suppress(FileNotFoundError):
            self._obstore.delete(self._objects, key(sha256))

    def names(self) -> Iterator[str]:
        """Tell the name of every object that is kept."""
        for page in self._obstore.list(self._objects):
            for one in page:
                name = one["path"].rpartition("/")[2]
                if NAME.fullmatch(name):
                    yield name


def _bucket(url: str) -> "Objects":
    parts = urlsplit(url)
    said = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    unknown = set(said) - {"endpoint", "region"}
    if not parts.netloc or unknown:
        raise ValueError(f"{url!r} is not s3://bucket/prefix?endpoint=…&region=…")
    from obstore.store import S3Store

    config: S3Config = {
        "region": said.get("region", "us-east-1"),
        "virtual_hosted_style_request": False,
    }
    endpoint = said.get("endpoint", "")
    if endpoint:
        config["endpoint"] = endpoint
    return S3Store(
        parts.netloc,
        prefix=parts.path.strip("/") or None,
        config=config,
        client_options={"allow_http": endpoint.startswith("http://"), "timeout": "30s"},
    )
