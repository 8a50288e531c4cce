"""The wizard's screens for people."""

from quen.rooms.contacts.importing.screens import ContactScreens
from quen.rooms.exchange import registry


def register() -> None:
    """Plug them in."""
    registry.register_screens("contacts", ContactScreens())
