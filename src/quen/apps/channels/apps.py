"""The channels room."""

from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    """How messages travel: adapters, credentials, senders, the sandbox."""

    name = "quen.apps.channels"
    label = "channels"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Plug the room into the rooms below and into the frame."""
        from quen.apps.channels import plugs

        plugs.register()
