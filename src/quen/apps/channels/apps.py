"""Configuration of the channels app."""

from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    """How messages are sent: adapters, credentials, senders, the sandbox."""

    name = "quen.apps.channels"
    label = "channels"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the channels and adapters, and which channels a workspace uses."""
        from quen.apps.channels import discovery, queries
        from quen.apps.compliance import registry as compliance

        discovery.register_all()
        compliance.register_used_channels(queries.connected_channels)
