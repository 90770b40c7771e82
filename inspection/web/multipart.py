"""Forms of many fields arrive whole: a decoder that waits until it can tell where a field ends.

Hazard (werkzeug 3.1.9, its issue 3285): bodies are read by chunks of 64 KiB, and where one ends
near a boundary, a field without a value swallowed the next one, a value got a stray line break, or
a whole form was lost at its last two dashes; all without an error.
tests/inspection/web/test_multipart.py cuts a body at every byte.
"""

from __future__ import annotations

from werkzeug import formparser
from werkzeug.sansio.multipart import NEED_DATA, Event, MultipartDecoder, State

_LINE = b"\r\n"
_VALUE = frozenset({State.DATA_START, State.DATA})


class PatientDecoder(MultipartDecoder):
    """Reads on in a value only once no boundary can be cut in two by the end of what is there."""

    def next_event(self) -> Event:
        if self.state in _VALUE and not self.complete and self._cut():
            return NEED_DATA
        return super().next_event()

    def _cut(self) -> bool:
        """Whether what is there may end within a boundary, with its line breaks and dashes.

        While there is no whole boundary, as many bytes as one has are not yet looked at; behind the
        last one, its two dashes and line break must be there.
        """
        whole = len(_LINE) + len(b"--") + len(self.boundary) + len(b"--") + len(_LINE)
        at = self.buffer.find(b"--" + self.boundary)
        if at < 0:
            return len(self.buffer) < whole + len(_LINE)
        return len(self.buffer) < at + whole


def init_app() -> None:
    """Let every form be read so; the parser of werkzeug takes no decoder of ours."""
    vars(formparser)["MultipartDecoder"] = PatientDecoder
