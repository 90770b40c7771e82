"""Turns events into notices."""


def listen() -> None:
    """Hang on the journal."""
