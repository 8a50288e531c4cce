"""The data_requests app."""

from django.apps import AppConfig


class DataRequestsConfig(AppConfig):
    """Requests of persons about their data: a desk with due dates."""

    name = "quen.apps.data_requests"
    label = "data_requests"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what the manifest has no field for."""
        from quen.apps.data_requests import manifest

        manifest.register()
