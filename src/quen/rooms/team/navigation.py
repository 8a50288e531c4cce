"""The team room's entries in the sidebar."""


def register() -> None:
    """Register them."""
