"""What the compliance room plugs into the rooms below."""

from quen.apps.compliance.plugs import erasing, kinds, navigation, panels, sentences, starting


def register() -> None:
    """Plug everything in."""
    kinds.register()
    erasing.register()
    navigation.register()
    panels.register()
    sentences.register()
    starting.register()
