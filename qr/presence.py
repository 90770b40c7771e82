"""Stores scans as proof of presence."""


def listen() -> None:
    """Hang on the journal."""
