"""The intake room."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    """What strangers and providers send us: kept raw first, understood later."""

    name = "quen.rooms.intake"
    label = "intake"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Plug the room into the rooms below and into the frame."""
        from quen.rooms.intake import plugs

        plugs.register()
