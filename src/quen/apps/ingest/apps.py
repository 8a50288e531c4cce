"""The ingest room."""

from django.apps import AppConfig


class IngestConfig(AppConfig):
    """What strangers and providers send us: kept raw first, understood later."""

    name = "quen.apps.ingest"
    label = "ingest"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Plug the room into the rooms below and into the frame."""
        from quen.apps.ingest import plugs

        plugs.register()
