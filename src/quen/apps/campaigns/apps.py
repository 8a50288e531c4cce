"""The campaigns room."""

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    """One message to many, once."""

    name = "quen.apps.campaigns"
    label = "campaigns"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Plug the room into the rooms below and into the frame, listen."""
        from quen.apps.campaigns import plugs, receivers

        plugs.register()
        receivers.connect()
