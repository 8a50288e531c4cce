"""The wizard's screens for people."""

from quen.apps.contacts.importing.screens import ContactImportScreens
from quen.apps.import_export import registry


def register() -> None:
    """Plug them in."""
    registry.register_screens("contacts", ContactImportScreens())
