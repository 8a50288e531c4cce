"""The team app."""

from django.apps import AppConfig


class TeamConfig(AppConfig):
    """Members, roles, the audit log, notifications, progress of operations, files."""

    name = "quen.apps.team"
    label = "team"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect signals."""
        from quen.apps.team import receivers

        receivers.connect()
