"""The campaigns app."""

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    """One message, sent once, to an audience."""

    name = "quen.apps.campaigns"
    label = "campaigns"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what the manifest cannot declare, and conditions; connect signal receivers."""
        from quen.apps.campaigns import conditions, manifest, receivers

        manifest.register()
        conditions.register()
        receivers.connect()
