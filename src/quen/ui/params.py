"""Reading untrusted values from query strings and forms."""

MAX_INTEGER = 10**15


def positive_int(raw: object) -> int | None:
    """Return the whole number (0 or more) in a value from outside; None when it is not one or has too many digits."""
    text = str(raw or "")
    return int(text) if text.isdecimal() and len(text) < len(str(MAX_INTEGER)) else None
