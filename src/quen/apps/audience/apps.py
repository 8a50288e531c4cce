"""The audience app."""

from django.apps import AppConfig


class AudienceConfig(AppConfig):
    """The language of conditions on contacts; no tables."""

    name = "quen.apps.audience"
    label = "audience"
