"""The segments room."""

from django.apps import AppConfig


class SegmentsConfig(AppConfig):
    """Saved audiences and their members, kept current."""

    name = "quen.apps.segments"
    label = "segments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Plug the room into the rooms below and into the frame, listen."""
        from quen.apps.segments import plugs, receivers

        plugs.register()
        receivers.connect()
