"""The groups app."""

from django.apps import AppConfig


class GroupsConfig(AppConfig):
    """Contacts put together by hand."""

    name = "quen.apps.groups"
    label = "groups"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what the manifest cannot declare."""
        from quen.apps.groups import manifest

        manifest.register()
