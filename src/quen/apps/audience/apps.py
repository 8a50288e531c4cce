"""The audience room."""

from django.apps import AppConfig


class AudienceConfig(AppConfig):
    """The language for "who"; no tables."""

    name = "quen.apps.audience"
    label = "audience"
