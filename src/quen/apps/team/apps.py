"""The team app."""

from django.apps import AppConfig


class TeamConfig(AppConfig):
    """Members, roles, the audit log, notifications, progress of operations, files."""

    name = "quen.apps.team"
    label = "team"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register navigation, log messages and onboarding steps; connect signals."""
        from quen.apps.team import log_messages, navigation, onboarding, receivers

        navigation.register()
        log_messages.register()
        onboarding.register()
        receivers.connect()
