"""The exchange room."""

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """Files in and out, any kind of row."""

    name = "quen.rooms.exchange"
    label = "exchange"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Plug the room into the rooms below."""
        from quen.rooms.exchange import navigation, plugs

        plugs.register()
        navigation.register()
