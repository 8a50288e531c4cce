"""The advertisers app."""

from django.apps import AppConfig


class AdvertisersConfig(AppConfig):
    """Workspaces of one legal entity, their refusals and their messages of the last 24 hours, by keyed hash."""

    name = "quen.apps.advertisers"
    label = "advertisers"
    default_auto_field = "django.db.models.BigAutoField"
