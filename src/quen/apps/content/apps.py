"""The content room."""

from django.apps import AppConfig


class ContentConfig(AppConfig):
    """What we say: texts with merge tags, compiled once, rendered for many."""

    name = "quen.apps.content"
    label = "content"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Plug the room into the rooms below and into the frame."""
        from quen.apps.content import plugs

        plugs.register()
