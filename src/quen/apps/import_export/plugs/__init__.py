"""What the import_export room plugs into the rooms below."""

from quen.apps.import_export.plugs import overview, sentences


def register() -> None:
    """Plug everything in."""
    overview.register()
    sentences.register()
