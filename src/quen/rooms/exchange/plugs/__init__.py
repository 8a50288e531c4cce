"""What the exchange room plugs into the rooms below."""

from quen.rooms.exchange.plugs import overview, sentences


def register() -> None:
    """Plug everything in."""
    overview.register()
    sentences.register()
