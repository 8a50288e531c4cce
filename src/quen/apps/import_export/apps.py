"""The import_export app."""

from django.apps import AppConfig


class ImportExportConfig(AppConfig):
    """Files in and out, any kind of row."""

    name = "quen.apps.import_export"
    label = "import_export"
    default_auto_field = "django.db.models.BigAutoField"
