"""The manual app."""

from django.apps import AppConfig


class ManualConfig(AppConfig):
    """The pages of docs/vi and docs/en, inside the product."""

    name = "quen.apps.manual"
    label = "manual"
    default_auto_field = "django.db.models.BigAutoField"
