"""Configuration of the content app."""

from django.apps import AppConfig


class ContentConfig(AppConfig):
    """Texts of messages with merge tags, compiled once and rendered for many contacts."""

    name = "quen.apps.content"
    label = "content"
    default_auto_field = "django.db.models.BigAutoField"
