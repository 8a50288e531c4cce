"""The events app."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    """What contacts did: one append-only stream per workspace."""

    name = "quen.apps.events"
    label = "events"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what the manifest has no field for."""
        from quen.apps.events import manifest

        manifest.register()
