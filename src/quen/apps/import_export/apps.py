"""The import_export room."""

from django.apps import AppConfig


class ImportExportConfig(AppConfig):
    """Files in and out, any kind of row."""

    name = "quen.apps.import_export"
    label = "import_export"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Plug the room into the rooms below."""
        from quen.apps.import_export import navigation, plugs

        plugs.register()
        navigation.register()
