"""What the delivery room plugs into the rooms below."""


def register() -> None:
    """Plug everything in."""
    from quen.rooms.delivery.plugs import kinds, tracking

    kinds.register()
    tracking.register()
