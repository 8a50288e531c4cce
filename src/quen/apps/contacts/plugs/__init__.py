"""What the contacts room plugs into the rooms below."""

from quen.apps.contacts.plugs import (
    beginnings,
    conditions,
    copying,
    import_screens,
    imports,
    kinds,
    navigation,
    overview,
    pages,
    palette,
    sentences,
)


def register() -> None:
    """Plug everything in."""
    conditions.register()
    kinds.register()
    beginnings.register()
    sentences.register()
    palette.register()
    overview.register()
    copying.register()
    imports.register()
    import_screens.register()
    navigation.register()
    pages.register()
