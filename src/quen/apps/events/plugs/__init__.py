"""What the events room plugs into the rooms below."""


def register() -> None:
    """Plug everything in."""
    from quen.apps.events.plugs import conditions

    conditions.register()
