"""What the segments room plugs into the rooms below."""

from quen.apps.segments.plugs import (
    beginnings,
    conditions,
    consuming,
    copying,
    customers,
    erasing,
    kinds,
    navigation,
    overview,
    palette,
    sentences,
    uses,
)


def register() -> None:
    """Plug everything in."""
    beginnings.register()
    conditions.register()
    consuming.register()
    copying.register()
    customers.register()
    erasing.register()
    kinds.register()
    navigation.register()
    overview.register()
    palette.register()
    sentences.register()
    uses.register()
