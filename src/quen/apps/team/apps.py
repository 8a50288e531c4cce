"""The team room."""

from django.apps import AppConfig


class TeamConfig(AppConfig):
    """Members, roles, the action log, notices, progress of long work, files."""

    name = "quen.apps.team"
    label = "team"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Put the room's pages into the sidebar, say how its news reads, listen."""
        from quen.apps.team import navigation, receivers, sentences, starting

        navigation.register()
        sentences.register()
        starting.register()
        receivers.connect()
