"""The segments app."""

from django.apps import AppConfig


class SegmentsConfig(AppConfig):
    """Saved audiences whose members are kept current."""

    name = "quen.apps.segments"
    label = "segments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what the manifest cannot declare, connect signal receivers."""
        from quen.apps.segments import manifest, receivers

        manifest.register()
        receivers.connect()
