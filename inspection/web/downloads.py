"""A file handed over in one answer, under a name that people can read."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from urllib.parse import quote

from flask import Response

IN_MEMORY = 4_000_000  # bytes of a file before it goes to disk

Writer = Callable[[IO[bytes]], None]


def download(write: Writer, kind: str, name: str, keep: bool = True) -> Response:
    """The answer with the file that `write` writes: to be kept, or else to be looked at first.

    The name goes in plain letters and as it is (RFC 6266).
    """
    answer = Response(_written(write), mimetype=kind)
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    how = "attachment" if keep else "inline"
    said = f'{how}; filename="{plain}"'
    if plain != name:
        said += f"; filename*=UTF-8''{quote(name)}"
    answer.headers["Content-Disposition"] = said
    return answer


def _written(write: Writer) -> Iterator[bytes]:
    """The file in pieces, written whole before the first: the database waits for no slow reader."""
    file: Any = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed by `_pieces`
    write(file)
    file.seek(0)
    return _pieces(file)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(64 * 1024):
            yield piece
