"""The webhooks app."""

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    """Messages to other systems about what happened."""

    name = "quen.apps.webhooks"
    label = "webhooks"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what the manifest has no field for."""
        from quen.apps.webhooks import manifest

        manifest.register()
