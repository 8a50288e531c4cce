"""What the campaigns room plugs into the rooms below."""


def register() -> None:
    """Plug everything in."""
