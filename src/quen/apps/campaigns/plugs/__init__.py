"""What the campaigns room plugs into the rooms below."""

from quen.apps.campaigns.plugs import (
    beginnings,
    navigation,
    overview,
    palette,
    segments,
    sentences,
    uses,
    words,
)


def register() -> None:
    """Plug everything in."""
    navigation.register()
    overview.register()
    palette.register()
    sentences.register()
    uses.register()
    words.register()
    segments.register()
    beginnings.register()
