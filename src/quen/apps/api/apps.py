"""The api app."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The public interface for other systems: keys, calls, and what each operation keeps to."""

    name = "quen.apps.api"
    label = "api"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what the manifest cannot declare."""
        from quen.apps.api import manifest

        manifest.register()
