"""The ingest app."""

from django.apps import AppConfig


class IngestConfig(AppConfig):
    """Raw events from outside, stored first and processed later."""

    name = "quen.apps.ingest"
    label = "ingest"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the receivers."""
        from quen.apps.ingest import receivers

        receivers.connect()
