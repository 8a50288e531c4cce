"""The duplicates app."""

from django.apps import AppConfig


class DuplicatesConfig(AppConfig):
    """Contacts that may be one person, and the desk where they are merged."""

    name = "quen.apps.duplicates"
    label = "duplicates"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what the manifest cannot declare."""
        from quen.apps.duplicates import manifest

        manifest.register()
