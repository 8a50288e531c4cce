"""The website app."""

from django.apps import AppConfig


class WebsiteConfig(AppConfig):
    """What people do on the shop's own website, known to the shop or not."""

    name = "quen.apps.website"
    label = "website"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what the manifest has no field for."""
        from quen.apps.website import manifest

        manifest.register()
