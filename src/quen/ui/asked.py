"""What stands in an address or a field, read without trust."""

LARGEST = 10**15


def whole(raw: object) -> int | None:
    """A whole number from outside; None when it is none, or larger than anything that is numbered here."""
    text = str(raw or "")
    return int(text) if text.isdecimal() and len(text) < len(str(LARGEST)) else None
