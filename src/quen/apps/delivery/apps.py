"""The delivery room."""

from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    """Messages: fan-out, hand-over, receipts, opens and clicks."""

    name = "quen.apps.delivery"
    label = "delivery"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Plug the room into the rooms below and into the frame."""
        from quen.apps.delivery import plugs, receivers

        plugs.register()
        receivers.connect()
