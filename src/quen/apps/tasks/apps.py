"""The tasks app."""

from django.apps import AppConfig


class TasksConfig(AppConfig):
    """What members of the team have to do, about customers or not."""

    name = "quen.apps.tasks"
    label = "tasks"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what the manifest has no field for."""
        from quen.apps.tasks import manifest

        manifest.register()
