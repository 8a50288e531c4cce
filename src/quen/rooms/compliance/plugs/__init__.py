"""What the compliance room plugs into the rooms below."""

from quen.rooms.compliance.plugs import erasing, kinds


def register() -> None:
    """Plug everything in."""
    kinds.register()
    erasing.register()
