"""What must follow in the queue when something happened elsewhere."""


def listen() -> None:
    """Hang on the journal."""
