"""The delivery app."""

from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    """Messages: dispatches, fan-out, sending, receipts, opens and clicks."""

    name = "quen.apps.delivery"
    label = "delivery"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register with the apps below and connect the signals."""
        from quen.apps.delivery import manifest, receivers

        manifest.register()
        receivers.connect()
