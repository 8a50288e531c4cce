"""What the compliance room plugs into the rooms below."""

from quen.rooms.compliance.plugs import kinds


def register() -> None:
    """Plug everything in."""
    kinds.register()
