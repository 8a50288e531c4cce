"""Configuration of the channels app."""

from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    """How messages are sent: adapters, credentials, senders, the sandbox."""

    name = "quen.apps.channels"
    label = "channels"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the channels and adapters."""
        from quen.apps.channels import discovery

        discovery.register_all()
