"""The exchange room."""

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """Files in and out, any kind of row."""

    name = "quen.rooms.exchange"
    label = "exchange"
    default_auto_field = "django.db.models.BigAutoField"
